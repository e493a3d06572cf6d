/**
 * What runs say beyond themselves. The criteria are of what happened in a run's own windows; whether it would happen again is another
 * claim, which one short run seldom shows. It is never part of that run's outcome: it says how much more would be needed.
 */
import { exactly, onItsSide, percentOf } from '../base/digits.ts'
import { trialsOf as recoveriesOf } from '../checks/recovery.ts'
import { trialsOf as rollbacksOf } from '../checks/rollback.ts'
import { tallies } from '../checks/uptime.ts'
import { claimB, claimOverRuns, type Exposure, pooledWatch, watchedIn } from '../evidence/incidents.ts'
import { better } from '../evidence/measure.ts'
import { decimalsOf, many, seconds, termsOf } from '../evidence/scope.ts'
import type { Promises } from '../journal/event.ts'
import type { History } from '../journal/history.ts'
import type { Watched } from '../statistics/sequential.ts'
import { claimedShare, longRunOf, pooled, type TrialSet } from '../statistics/trials.ts'
import type { Verdict } from '../verdict.ts'

export type LongRunClaim = Verdict['longRun'][number]

/** What one run has to say to it; small, however long the run was. */
export interface LongRunEvidence {
  readonly agents: number
  readonly watched: Watched
  readonly recoveries: readonly TrialSet[]
  readonly rollbacks: readonly TrialSet[]
}

export function longRunEvidence(history: History): LongRunEvidence {
  const { scenarios, topology, run } = history
  const exposures = scenarios.flatMap((scenario): Exposure[] => {
    const intervalMs = termsOf(history, scenario)?.intervalMs
    return intervalMs === undefined ? [] : tallies(history, scenario).map((tally) => ({ ...tally, intervalMs }))
  })
  return {
    agents: topology?.agents.length ?? 0,
    watched: watchedIn(exposures, run.promises.recoveryMs),
    recoveries: scenarios.flatMap((scenario) => recoveriesOf(history, scenario)),
    rollbacks: scenarios.flatMap((scenario) => rollbacksOf(history, scenario)),
  }
}

export function longRun(history: History): readonly LongRunClaim[] {
  const evidence = longRunEvidence(history)
  return [uptimeClaim(evidence, history.run.promises), ...trialClaims([evidence])]
}

/** @param promises of each of them */
export function longRunOver(runs: readonly LongRunEvidence[], promises: Promises): readonly LongRunClaim[] {
  return [uptimeOverRuns(runs, promises), ...trialClaims(runs)]
}

function uptimeClaim({ watched, agents }: LongRunEvidence, promises: Promises): LongRunClaim {
  if (watched.exposureS === 0) return nothingWatched
  const { outcome, largestS, lower, upper, moreS } = claimB(watched, promises.uptime, leastS(promises))
  const promise = promised(promises.uptime)
  const seen = seenIn(watched)
  const most = `at most ${percent(upper)} down at 95 % confidence, ${withUpTo(largestS)}`
  const because = {
    pass: `${promise} is shown: ${seen}, ${most}`,
    fail: `${promise} is not kept: ${seen}, at least ${percent(lower)} down at 95 % confidence`,
    unknown: `${promise} is not shown: ${seen}, ${most}; ${neededOf(moreS, agents)}`,
  }[outcome]
  return { about: 'uptime', outcome, because }
}

function uptimeOverRuns(runs: readonly LongRunEvidence[], promises: Promises): LongRunClaim {
  const watched = pooledWatch(runs.map((run) => run.watched))
  if (watched.exposureS === 0) return nothingWatched
  const agents = Math.max(...runs.map((run) => run.agents)) // one that was cut off may not have got as far as its fleet
  const { outcome, largestS, moreS } = claimOverRuns(
    runs.map((run) => run.watched),
    promises.uptime,
    leastS(promises),
  )
  const promise = promised(promises.uptime)
  const seen = `${seenIn(watched)} of ${many(runs.length, 'run')}, ${withUpTo(largestS)}`
  const sure = 'at 95 % confidence, however often it is looked at'
  const because = {
    pass: `${promise} is shown: ${seen}, ${sure}`,
    fail: `${promise} is not kept: ${seen}, ${sure}`,
    unknown: `${promise} is not shown: ${seen}; ${neededOf(moreS, agents)}`,
  }[outcome]
  return { about: 'uptime', outcome, because }
}

const nothingWatched: LongRunClaim = { about: 'uptime', outcome: 'unknown', because: 'nothing was watched' }

/** An agent that is down for as long as a recovery may take keeps every other promise: such an incident must be reckoned with. */
function leastS({ recoveryMs }: Promises): number {
  return recoveryMs / 1000
}

function seenIn({ exposureS, sizesS }: Watched): string {
  return `${many(sizesS.length, 'incident')} in ${Math.round(exposureS)} agent-seconds outside the blast radius`
}

function withUpTo(largestS: number): string {
  return `with incidents of up to ${onItsSide(largestS, 1, [0], 'less')} agent-seconds`
}

/** A promise that allows for nothing is shown by no time, however long. */
function neededOf(moreS: number, agents: number): string {
  if (!Number.isFinite(moreS)) return 'no exposure can show it, since it allows for nothing'
  return `it would take ${duration((moreS / agents) * 1000)} more without an incident`
}

function trialClaims(runs: readonly LongRunEvidence[]): readonly LongRunClaim[] {
  return [
    ...pooled(runs.flatMap(({ recoveries }) => recoveries)).map((trials) => trialClaim('recovery', 'recoveries', 'from', trials)),
    ...pooled(runs.flatMap(({ rollbacks }) => rollbacks)).map((trials) => trialClaim('rollback', 'rollbacks', 'of', trials)),
  ]
}

function trialClaim(about: 'recovery' | 'rollback', plural: string, joined: string, trials: TrialSet): LongRunClaim {
  const { outcome, trials: count, aboveLimit, slowestMs, shareWithin, trialsMissing } = longRunOf(trials)
  const limit = exactly(trials.limitMs / 1000, decimalsOf(trials.limitMs))
  const took = onItsSide(slowestMs / 1000, decimalsOf(slowestMs), [trials.limitMs / 1000], better.ms)
  const slowest = Number.isFinite(slowestMs) ? `slowest ${took} s` : 'one never over'
  const seen = `${count} ${count === 1 ? about : plural} ${joined} ${trials.key}, ${slowest}, limit ${limit} s`
  const because = {
    pass: `${seen}: at least ${percent(claimedShare)} keep it, at 95 % confidence`,
    fail: `${seen}: ${aboveLimit} above it, which more trials do not undo`,
    unknown: `${seen}: at least ${percent(shareWithin)} keep it, at 95 % confidence; ${trialsMissing} more would show ${percent(claimedShare)}`,
  }[outcome]
  return { about, outcome, because }
}

/** As it was promised, with all of its digits. */
function promised(ratio: number): string {
  return `${exactly(percentOf(ratio), 0)} %`
}

/** Of what was measured four digits say enough, but for what they would make the whole. */
function percent(ratio: number): string {
  const four = Number((ratio * 100).toPrecision(4))
  return ratio < 1 && four >= 100 ? promised(ratio) : `${four} %`
}

function duration(ms: number): string {
  const minutes = ms / 60_000
  if (minutes < 2) return seconds(ms)
  return minutes < 120 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(1)} h`
}
