/** Watches how full the disks are that a run can fill: those of this host, each machine's own, and its volume of logs. */
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { logDirectory } from '../fleet/contract.ts'
import type { MachineId } from '../fleet/topology.ts'
import { targetRoot } from '../tool/cat.ts'
import type { Aborts } from './abort.ts'
import type { Hands } from './hold.ts'

/** A look at a machine costs a command in its tool container, so that it is paid for only where somebody asks for it. */
const lookEveryMs = 500

interface Disk {
  readonly place: string
  /** Of bytes or of files, whichever is fuller; 0 to 1. */
  readonly full: number
}

export interface DiskWatch {
  readonly hands: Hands
  readonly machines: readonly MachineId[]
  readonly hostPaths: readonly string[]
  readonly clock: Clock
  readonly nowMs: () => number
}

/** Looks until the signal aborts; where nobody asked for it, not at all. A disk that cannot be looked at counts as full. */
export async function watchDisks({ conditions, trip }: Aborts, watch: DiskWatch, signal: AbortSignal): Promise<void> {
  const condition = conditions.find(({ kind }) => kind === 'disk')
  if (condition === undefined) return
  while (!signal.aborted) {
    try {
      const disks = await Promise.all([
        ...watch.hostPaths.map(hostDisk),
        ...watch.machines.map((machine) => machineDisks(watch.hands, machine, signal)),
      ])
      const worst = disks.flat().reduce((a, b) => (b.full > a.full ? b : a))
      if (worst.full >= condition.limit) trip(condition.text, `${worst.place} is ${(100 * worst.full).toFixed(1)} % full`, watch.nowMs())
      await watch.clock.sleep(lookEveryMs, signal)
    } catch (error) {
      if (signal.aborted) return
      trip(condition.text, `a disk could not be looked at: ${error instanceof Error ? error.message : String(error)}`, watch.nowMs())
      return
    }
  }
}

async function hostDisk(path: string): Promise<readonly Disk[]> {
  const { blocks, bfree, bavail, files, ffree } = await statfs(path)
  return [{ place: `the disk of ${path} on this host`, full: fullness(blocks, bfree, bavail, files, ffree) }]
}

async function machineDisks(hands: Hands, machine: MachineId, signal: AbortSignal): Promise<readonly Disk[]> {
  const paths = ['/', logDirectory]
  const argv = ['stat', '--file-system', '--format=%b %f %a %c %d', ...paths.map((path) => join(targetRoot, path))]
  const { exitCode, stdout, stderr } = await hands.tool(machine).run(argv, { signal })
  const lines = stdout.split('\n').filter((line) => line !== '')
  if (exitCode !== 0 || lines.length !== paths.length) throw new Error(`\`stat\` on ${machine} ended with ${exitCode}: ${stderr.trim()}`)
  return lines.map((line, index) => {
    const [blocks = 0, free = 0, available = 0, files = 0, freeFiles = 0] = line.split(' ').map(Number)
    return { place: `${paths[index]} of ${machine}`, full: fullness(blocks, free, available, files, freeFiles) }
  })
}

/** As `df` counts: what is kept back for root is nobody's to fill. A file system without a number of files has no end of them. */
export function fullness(blocks: number, free: number, available: number, files: number, freeFiles: number): number {
  const used = blocks - free
  const ofBytes = used + available > 0 ? used / (used + available) : 0
  return Math.max(ofBytes, files > 0 ? (files - freeFiles) / files : 0)
}
