/**
 * What a tool container remembers of a lease, on disk, so that whoever comes later (a release, the guard, sweep) needs nobody
 * else's memory. One folder a lease; one file for each thing that has happened to it, so that two writers cannot undo each other.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Endpoint } from './lan.ts'
import type { LinkNote } from './link-measure.ts'
import type { Incarnation } from './proc.ts'
import type { HoldRequest } from './protocol.ts'
import type { Rule } from './rules.ts'
import type { Look } from './secret-files.ts'

/** Set elsewhere only by tests, which run without a container: several of them in one process, so that it is asked for at each use. */
export const toolHome = () => process.env.GAUNTLET_TOOL_HOME ?? '/run/gauntlet'
const leasesHome = () => join(toolHome(), 'leases')

export type LeaseState = 'armed' | 'applied' | 'expired' | 'released'

/** What a secret was, and since when it is another, or itself again. Never its value. */
export interface SecretNote {
  readonly state: string
  readonly originals: readonly (Look & { readonly name: string })[]
  /** Of the agents, before anything was done. */
  readonly before: readonly Incarnation[]
  readonly turnedMs: number
  /** The same moment by the clock that logs are written by. */
  readonly wallMs: number
  readonly back?: boolean
}

/** What a machine's repository was, and what its deploy path answered. */
export interface ChangeNote {
  readonly kind: string
  /** Of its commit; no two leases have the same. */
  readonly message: string
  readonly before: {
    readonly commit: string
    readonly tree: string
    readonly branch: string
    /** A hash of git's settings and hooks there. */
    readonly settings: string
  }
  /** All that supervisord ran before anything was done. */
  readonly processes: readonly (Incarnation & { readonly name: string })[]
  readonly files: readonly { readonly path: string; readonly before: string; readonly after: string }[]
  readonly answer?: { readonly word: 'taken' | 'refused'; readonly said: string }
  /** When what is deployed was last turned, either way. */
  readonly turnedMs: number
  /** When it was begun, by the clock of file systems. */
  readonly begunWallMs: number
  readonly back?: boolean
}

interface Entries {
  /** Steps and limits; written before anything is done. */
  readonly request: HoldRequest
  readonly holder: Incarnation
  readonly guard: Incarnation
  /** Clock of the kernel since its start, shared by all processes. */
  readonly armed: { readonly atMs: number }
  readonly applied: { readonly atMs: number }
  /** Nothing was done, so that there is nothing to undo. */
  readonly refused: { readonly atMs: number }
  readonly expired: { readonly atMs: number }
  /** Who undoes it at this moment, beside the guard, who waits for that. */
  readonly releasing: Incarnation
  /** Every undo was run to its end, whether or not it is proven gone by then. */
  readonly undone: { readonly atMs: number }
  readonly released: { readonly atMs: number }
  /** What the hand has killed or paused, with the address at which it could be asked before. */
  readonly containers: readonly HurtContainer[]
  /** Rounds that agents had counted, when they were first looked at. */
  readonly rounds: Readonly<Record<string, { readonly rounds: number; readonly atMs: number }>>
  /** What hogs and their machines had used, when they were first looked at; by machine. */
  readonly usage: Readonly<Record<string, readonly [Usage, Usage]>>
  /** How wrong the machine's clock is to be, and from when on it drifts. */
  readonly clock: { readonly offsetMs: number; readonly driftMsPerS: number; readonly atMs: number }
  /** Whom `signal` has signalled, so that its undo reaches the same processes and no other. */
  readonly signalled: readonly (Incarnation & { readonly name: string })[]
  /** Of a partition: what it is made of, and which connections worked before it. */
  readonly cut: { readonly rules: readonly Rule[]; readonly open: readonly Endpoint[] }
  /** Of a degraded link: how, and what was measured before. */
  readonly link: LinkNote
  /** Of a taken port: how long each agent's log was before. */
  readonly logs: Readonly<Record<string, number>>
  readonly secret: SecretNote
  readonly change: ChangeNote
}

/** A container as it was before the hand hurt it. */
export interface HurtContainer {
  /** The step of the lease that did. */
  readonly part: string
  readonly id: string
  readonly service: string
  /** At which it could be asked. */
  readonly address: string | undefined
  readonly startedAt: string
  /** Its boot script was called since. */
  readonly booted?: true
}

/** Of one cgroup, at one moment of the engine's. */
export interface Usage {
  readonly cpuNs: number
  readonly bytes: number
  readonly atMs: number
}

/** Lease ids become folder names: nothing that could lead elsewhere. */
function folder(lease: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(lease)) throw new Error(`${JSON.stringify(lease)} is not a lease id`)
  return join(leasesHome(), lease)
}

/** @returns false when the lease is there already: whoever comes first, a hold or a release, decides whether it may begin */
export function createLease(lease: string): boolean {
  mkdirSync(leasesHome(), { recursive: true })
  try {
    mkdirSync(folder(lease))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

export function leaseExists(lease: string): boolean {
  return existsSync(folder(lease))
}

export function leaseIds(): string[] {
  return existsSync(leasesHome()) ? readdirSync(leasesHome()).sort() : []
}

/** Whole or not at all: a reader never sees half a file. */
export function note<K extends keyof Entries>(lease: string, entry: K, value: Entries[K]): void {
  const file = join(folder(lease), `${entry}.json`)
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(value)}\n`)
  renameSync(draft, file)
}

export function noted<K extends keyof Entries>(lease: string, entry: K): Entries[K] | undefined {
  try {
    return JSON.parse(readFileSync(join(folder(lease), `${entry}.json`), 'utf8')) as Entries[K]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** A file of the lease's own, for what is not JSON. */
export function leaseFile(lease: string, name: string): string {
  return join(folder(lease), name)
}

export function forget(lease: string, entry: keyof Entries): void {
  rmSync(join(folder(lease), `${entry}.json`), { force: true })
}

export function stateOf(lease: string): LeaseState {
  for (const state of ['released', 'expired', 'applied'] as const) if (noted(lease, state)) return state
  return 'armed'
}

export function kernelNowMs(): number {
  return Math.round(Number(process.hrtime.bigint()) / 1e6)
}

/** The resident tool of this container, and whose it is. */
interface Server extends Incarnation {
  readonly owner: string
}

export function serverFile(): string {
  return join(toolHome(), 'server.json')
}

export function writeServer(server: Server): void {
  mkdirSync(toolHome(), { recursive: true })
  const draft = `${serverFile()}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(server)}\n`)
  renameSync(draft, serverFile())
}

export function readServer(): Server | undefined {
  try {
    return JSON.parse(readFileSync(serverFile(), 'utf8')) as Server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
