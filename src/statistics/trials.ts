/**
 * What a number of trials of one thing says about the next ones: how often it keeps its limit in the long run. A trial that was not
 * over in time is one above the limit, whatever it would have been.
 */
import { betaQuantile } from './quantiles.ts'

/** Trials that may be counted together: of one configuration, one class of fault, and one limit. */
export interface TrialSet {
  readonly key: string
  readonly limitMs: number
  /** Infinity where it was not over when nobody looked any more. */
  readonly tookMs: readonly number[]
}

export interface LongRun {
  readonly trials: number
  readonly aboveLimit: number
  /** Infinity when one was never over. */
  readonly slowestMs: number
  /** At 95 % confidence, at least this share of all keeps the limit; 0 where nothing is known. */
  readonly shareWithin: number
  readonly outcome: 'pass' | 'fail' | 'unknown'
  /** Further trials, all within the limit, that would show it; 0 where it is shown, or where no number of them would. */
  readonly trialsMissing: number
}

const confidence = 0.95
/** The share that is claimed for the long run. */
export const claimedShare = 0.95
/** Without any above the limit: the least n with 0.95ⁿ ≤ 0.05. */
export const trialsNeeded = Math.ceil(Math.log(1 - confidence) / Math.log(claimedShare))

/**
 * Any trial above the limit breaks the plan that was made before the first: to go on until it looks well again would find whatever
 * is looked for.
 */
export function longRunOf({ tookMs, limitMs }: Pick<TrialSet, 'tookMs' | 'limitMs'>): LongRun {
  const trials = tookMs.length
  const aboveLimit = tookMs.filter((ms) => !(ms <= limitMs)).length // NaN is no time at all
  const slowestMs = tookMs.reduce((most, ms) => Math.max(most, Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms), 0)
  const shareWithin = trials === aboveLimit ? 0 : 1 - betaQuantile(confidence, aboveLimit + 1, trials - aboveLimit)
  const shown = aboveLimit === 0 && trials >= trialsNeeded
  const outcome = aboveLimit > 0 ? 'fail' : shown ? 'pass' : 'unknown'
  return { trials, aboveLimit, slowestMs, shareWithin, outcome, trialsMissing: outcome === 'unknown' ? trialsNeeded - trials : 0 }
}

/** Sets of the same key and limit become one, in the order of their keys; those of different limits stay apart. */
export function pooled(sets: readonly TrialSet[]): readonly TrialSet[] {
  const groups = Map.groupBy(sets, ({ key, limitMs }) => `${key} ${limitMs}`)
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, group]) => ({ ...(group[0] as TrialSet), tookMs: group.flatMap(({ tookMs }) => tookMs) }))
}
