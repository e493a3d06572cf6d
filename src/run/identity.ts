/** Who this run is: enough to judge it again elsewhere, and to run it again. */
import { execFileSync } from 'node:child_process'
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

/** The harness's own commit; `null` and false outside a repository or without git. */
export function commitOf(directory: string): { readonly commit: string | null; readonly dirty: boolean } {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    return { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain') !== '' }
  } catch {
    return { commit: null, dirty: false }
  }
}

export function hostOf(engine: string, abilities: readonly string[]): RunEvent['host'] {
  return { cores: cpus().length, memoryMb: Math.round(totalmem() / 2 ** 20), kernel: release(), engine, abilities }
}
