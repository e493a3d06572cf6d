/** Who this run is: enough to judge it again elsewhere, and to run it again. */
import { randomBytes, randomInt } from 'node:crypto'
import { cpus, release, totalmem } from 'node:os'
import type { RunEvent } from '../journal/event.ts'

/** Sortable by time, readable, and unique even for two runs of one second: `20261122-143005-gate-7f3a`. */
export function newRunId(name: string, now: Date): string {
  const stamp = now
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '-')
  return `${stamp}-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${randomBytes(2).toString('hex')}`
}

export function newSeed(): number {
  return randomInt(2 ** 31)
}

export function hostOf(engine: string, abilities: readonly string[]): RunEvent['host'] {
  return { cores: cpus().length, memoryMb: Math.round(totalmem() / 2 ** 20), kernel: release(), engine, abilities }
}
