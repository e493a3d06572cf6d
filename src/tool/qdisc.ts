/**
 * The queueing discipline at the root of a device. There is room for one, so that a foreign one means no; ours is known by its handle,
 * which is made from the lease.
 */
import { createHash } from 'node:crypto'
import type { Io } from './verb.ts'

export interface OwnQdisc {
  readonly device: string
  /** `6a01:` */
  readonly handle: string
}

interface Shown {
  readonly kind: string
  readonly handle: string
  readonly root?: boolean
  readonly parent?: string
}

/** Never 0, which is the kernel's own, nor ffff, which is the place for what comes in. */
export function handleOf(lease: string): string {
  const number = (createHash('sha256').update(lease).digest().readUInt16BE() % 0xfffd) + 1
  return `${number.toString(16)}:`
}

/** @returns what stands at the root, where it is not the kernel's own default */
export async function foreignRoot(device: string, io: Io): Promise<string | undefined> {
  const root = (await shown(device, io)).find((qdisc) => qdisc.root)
  return root === undefined || root.handle === '0:' ? undefined : `${root.kind} ${root.handle}`
}

export async function isThere({ device, handle }: OwnQdisc, io: Io): Promise<boolean> {
  return (await shown(device, io)).some((qdisc) => qdisc.root && qdisc.handle === handle)
}

/** With it goes what hangs below it, which is ours too. Nothing where another stands there. @throws when it stays */
export async function removeOwnQdisc(own: OwnQdisc, io: Io): Promise<void> {
  if (!(await isThere(own, io))) return
  const { stderr } = await io.run({ argv: ['tc', 'qdisc', 'del', 'dev', own.device, 'root', 'handle', own.handle] })
  if (await isThere(own, io)) throw new Error(`tc keeps the qdisc ${own.handle} on ${own.device}: ${stderr.trim()}`)
}

async function shown(device: string, io: Io): Promise<readonly Shown[]> {
  const { exitCode, stdout, stderr } = await io.run({ argv: ['tc', '-j', 'qdisc', 'show', 'dev', device] })
  if (exitCode !== 0) throw new Error(`tc qdisc show ended with ${exitCode}: ${stderr.trim()}`)
  return JSON.parse(stdout) as readonly Shown[]
}
