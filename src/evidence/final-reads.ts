/**
 * The reads that say how a scenario ended. Each has an age: it was made in the final phase of its own scenario, once all that was done
 * had been taken back, and not long before the last read. What was read at another time says nothing of the end, and counts as not read.
 */
import type { Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'

/** Before the last read; beyond that only by as long as the scenario waits for its alerts to resolve, which comes after these. */
const oldestMs = 60_000
const reads = ['registrations', 'freshness', 'pushes', 'exposition', 'accounts', 'sequences', 'notices', 'snapshot'] as const

export type FinalRead = (typeof reads)[number]

export function finalReads<K extends FinalRead>(scenario: ScenarioHistory, kind: K): readonly Event<K>[] {
  const final = scenario.phases.at(-1)
  if (final?.name !== 'final') return []
  const since = Math.max(final.seq, overBy(scenario)?.seq ?? final.seq)
  const waitsMs = Math.max(0, ...(scenario.declared.alerts ?? []).map(({ resolvedMs }) => resolvedMs))
  const fromMs = lastReadMs(scenario) - oldestMs - waitsMs
  const all: readonly Event<FinalRead>[] = scenario.of(kind)
  return all.filter(({ seq, atMs }) => seq > since && atMs >= fromMs) as readonly Event[] as readonly Event<K>[]
}

/** The last thing that happened to a fault: from then on none was in place. Undefined where there was none. */
export function overBy(scenario: ScenarioHistory): Event<'lease'> | undefined {
  return scenario.of('lease').at(-1)
}

function lastReadMs(scenario: ScenarioHistory): number {
  return reads
    .flatMap((kind): readonly Event[] => scenario.of(kind))
    .reduce((latest, { atMs }) => Math.max(latest, atMs), Number.NEGATIVE_INFINITY)
}
