/**
 * What the outages of a run say about the long run (claim B of the statistics). Outages that overlap, of whichever agents, or follow each
 * other closely in one agent, are taken for one incident of one cause: probes of one outage are no independent evidence, nor are agents that fail
 * together, nor is an agent that fails again and again.
 */
import { exposureNeeded, longRunLimits } from '../statistics/incident-rate.ts'
import { lookedAt, type Watched } from '../statistics/sequential.ts'
import type { Outcome } from './finding.ts'
import { type Outage, outageGroups, type Tally } from './outages.ts'

/** Slots of one probing interval. */
export interface Exposure extends Pick<Tally, 'known' | 'outages'> {
  readonly intervalMs: number
}

/**
 * @param exposures of one run, on its clock: an outage that goes on from one window into the next is one
 * @param relapseMs an agent that fails again within this has not recovered, and it is the same incident
 */
export function watchedIn(exposures: readonly Exposure[], relapseMs: number): Watched {
  const exposureS = exposures.reduce((sum, { known, intervalMs }) => sum + (known * intervalMs) / 1000, 0)
  const together = [...Map.groupBy(exposures, ({ intervalMs }) => intervalMs)]
  const sizesS = together.flatMap(([intervalMs, all]) => {
    const outages = all.flatMap((exposure): readonly Outage[] => exposure.outages)
    return outageGroups(outages, intervalMs, relapseMs).map((group) =>
      group.reduce((sum, { fails }) => sum + (fails * intervalMs) / 1000, 0),
    )
  })
  return { exposureS, sizesS }
}

export interface LongRunUptime {
  readonly outcome: Outcome
  /** The size that one more incident is reckoned with. */
  readonly largestS: number
  /** Shares of the time down, each at 95 %. */
  readonly lower: number
  readonly upper: number
  /** Further agent-seconds without an incident that would show it; 0 where it is shown. */
  readonly moreS: number
}

/**
 * Of one run, which is looked at once.
 * @param uptime promised
 * @param leastS that an incident is reckoned with, also where none was seen or past ones were small
 */
export function claimB({ exposureS, sizesS }: Watched, uptime: number, leastS: number): LongRunUptime {
  const largestS = largestOf(sizesS, leastS)
  const allowed = 1 - uptime
  const limits = longRunLimits(sizesS, largestS)
  const moreS = exposureNeeded(sizesS, largestS, allowed) - exposureS
  if (exposureS <= 0) return { outcome: 'unknown', largestS, lower: 0, upper: 1, moreS }
  const [lower, upper] = [limits.lower / exposureS, limits.upper / exposureS]
  const outcome = upper <= allowed ? 'pass' : lower > allowed ? 'fail' : 'unknown'
  return { outcome, largestS, lower: Math.min(1, lower), upper: Math.min(1, upper), moreS: outcome === 'pass' ? 0 : moreS }
}

/** Of several runs, which are looked at again after each. @param leastS as `claimB` has it */
export function claimOverRuns(
  runs: readonly Watched[],
  uptime: number,
  leastS: number,
): Pick<LongRunUptime, 'outcome' | 'largestS' | 'moreS'> {
  const all = pooledWatch(runs)
  const largestS = largestOf(all.sizesS, leastS)
  return { largestS, ...lookedAt(all, largestS, 1 - uptime) }
}

/** There may be more of them than a call takes arguments. */
function largestOf(sizesS: readonly number[], leastS: number): number {
  return sizesS.reduce((largest, size) => Math.max(largest, size), leastS)
}

/** Runs have clocks of their own: what seems to overlap in two of them does not. */
export function pooledWatch(runs: readonly Watched[]): Watched {
  return { exposureS: runs.reduce((sum, { exposureS }) => sum + exposureS, 0), sizesS: runs.flatMap(({ sizesS }) => sizesS) }
}
