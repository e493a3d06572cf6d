/**
 * What a tool container remembers of a lease, on disk, so that whoever comes later (a release, the guard, sweep) needs nobody
 * else's memory. One folder a lease; one file for each thing that has happened to it, so that two writers cannot undo each other.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Incarnation } from './proc.ts'
import type { HoldRequest } from './protocol.ts'

/** Set elsewhere only by tests, which run without a container. */
export const toolHome = process.env.GAUNTLET_TOOL_HOME ?? '/run/gauntlet'
const leasesHome = join(toolHome, 'leases')

export type LeaseState = 'armed' | 'applied' | 'expired' | 'released'

interface Entries {
  /** Steps and limits; written before anything is done. */
  readonly request: HoldRequest
  readonly holder: Incarnation
  readonly guard: Incarnation
  /** Clock of the kernel since its start, shared by all processes. */
  readonly armed: { readonly atMs: number }
  readonly applied: { readonly atMs: number }
  readonly expired: { readonly atMs: number }
  readonly released: { readonly atMs: number }
  /** Whom `signal` has signalled, so that its undo reaches the same processes and no other. */
  readonly signalled: readonly (Incarnation & { readonly name: string })[]
}

/** Lease ids become folder names: nothing that could lead elsewhere. */
function folder(lease: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(lease)) throw new Error(`${JSON.stringify(lease)} is not a lease id`)
  return join(leasesHome, lease)
}

/** @returns false when the lease is there already: whoever comes first, a hold or a release, decides whether it may begin */
export function createLease(lease: string): boolean {
  mkdirSync(leasesHome, { recursive: true })
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
  return existsSync(leasesHome) ? readdirSync(leasesHome).sort() : []
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
