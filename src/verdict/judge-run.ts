/** A run's folder in, its verdict out. The manifest is looked at first: what was changed since is not judged. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { GauntletError } from '../base/errors.ts'
import { gather } from '../base/gather.ts'
import type { History } from '../journal/history.ts'
import { manifestName, verifyManifest } from '../journal/manifest.ts'
import { readHistory } from '../journal/reader.ts'
import type { Verdict } from '../verdict.ts'
import { judge } from './judge.ts'
import { readLimits, withLimits } from './limits.ts'
import { memberOf, type Pool, type PoolMember, pool } from './pool.ts'

/**
 * @param limits to judge by instead of the run's own, each `name=value`; the verdict is then marked
 * @throws GauntletError usage/run when there is no journal, or it is not what it was; usage/arguments for limits that cannot be
 */
export function judgeRun(directory: string, limits: readonly string[] = []): { readonly history: History; readonly verdict: Verdict } {
  verifyManifest(directory)
  const history = readHistory(join(directory, 'journal.ndjson'))
  if (limits.length === 0) return { history, verdict: judge(history) }
  const edited = readLimits(limits, history.run.promises)
  return { history, verdict: judge(withLimits(history, edited), edited) }
}

/**
 * As `judgeRun`, of a run that somebody hands in: one that has ended must be vouched for, or whoever changes it need only remove the
 * manifest.
 * @throws GauntletError as `judgeRun`; usage/run for one that has ended and has no manifest
 */
export function judgeAgain(directory: string, limits: readonly string[] = []): ReturnType<typeof judgeRun> {
  const judged = judgeRun(directory, limits)
  if (judged.history.end !== undefined && !existsSync(join(directory, manifestName)))
    throw new GauntletError('usage/run', `judge ${directory}: it has ended, and no manifest vouches for its journal`)
  return judged
}

/**
 * Several folders in, one pool out. Each is looked at as `judgeAgain` does, one after the other.
 * @throws GauntletError as `judgeAgain`, for all of them at once; usage/pool when they are not of one kind
 */
export function judgeRuns(directories: readonly [string, ...string[]], limits: readonly string[] = []): Pool {
  const members = gather(Object.fromEntries(directories.map((directory, place) => [place, () => memberIn(directory, limits)])))
  return pool(Object.values(members) as [PoolMember, ...PoolMember[]])
}

function memberIn(directory: string, limits: readonly string[]): PoolMember {
  return memberOf(directory, judgeAgain(directory, limits))
}
