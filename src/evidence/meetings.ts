/**
 * Where faults of one scenario meet: while another one was in place on the same targets, what contradicts a fault may be the doing of that
 * one, and what the harness did itself is unknown, never fail.
 */
import type { Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { type Finding, unknown } from './finding.ts'
import type { Span } from './scope.ts'

export interface Other extends Span {
  readonly plan: Event<'plan'>
}

/** Other faults on any of the same targets, from when each may have begun until it was released. */
export function othersOnSame(scenario: ScenarioHistory, plan: Event<'plan'>): readonly Other[] {
  const own = new Set(affectedBy(plan))
  return othersThan(scenario, plan).filter((other) => affectedBy(other.plan).some((id) => own.has(id)))
}

export function othersThan(scenario: ScenarioHistory, { lease }: Event<'plan'>): readonly Other[] {
  return scenario.of('plan').flatMap((plan): Other[] => {
    const leases = scenario.of('lease').filter((event) => event.lease === plan.lease)
    const fromMs = leases.find(({ state }) => state === 'applying')?.atMs
    const toMs = leases.find(({ state }) => state === 'released')?.atMs ?? Number.POSITIVE_INFINITY
    return plan.lease === lease || fromMs === undefined ? [] : [{ plan, fromMs, toMs }]
  })
}

/** The first of these that was in place at some time from one instant to the other, both included. */
export function metIn(others: readonly Other[], { fromMs, toMs }: Span): Other | undefined {
  return others.filter((other) => other.fromMs <= toMs && other.toMs >= fromMs).sort((a, b) => a.fromMs - b.fromMs)[0]
}

function affectedBy({ targets, radius, silences }: Event<'plan'>): readonly string[] {
  return [...targets, ...radius, ...silences]
}

/** What contradicts it may be the other one's doing. */
export function byAnother({ fault }: Event<'plan'>, other: Event<'plan'>, because: string): Finding {
  return unknown(`${fault}: ${other.fault} was done to the same meanwhile, and ${because}`, 'faults that do not meet on one target')
}
