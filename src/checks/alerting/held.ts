/** When the faults of a scenario were, as far as alerts are about them, and whether they took effect at all. */
import { withoutEffect } from '../../evidence/effect.ts'
import { triggerOf } from '../../evidence/sustained.ts'
import type { History, ScenarioHistory } from '../../journal/history.ts'

/** On the run's clock. */
export interface Held {
  /** No effect can be older. */
  readonly begunMs: number
  /** By then the first one was in. */
  readonly appliedMs: number
  /** The last release; undefined where none was released. */
  readonly toMs: number | undefined
  /** Until then all of them were held; undefined where one was over by itself, and what it set off may have been too. */
  readonly allUntilMs: number | undefined
  readonly seqs: readonly number[]
}

/** Undefined where no fault was applied. */
export function heldOf(scenario: ScenarioHistory): Held | undefined {
  const leases = scenario.of('lease')
  const first = leases.find(({ state }) => state === 'applied')
  const last = leases.findLast(({ state }) => state === 'releasing' || state === 'expired')
  const ends = scenario.of('plan').map((plan) => (plan.lasts === 'instant' ? undefined : triggerOf(scenario, plan)?.atMs))
  const allUntilMs = ends.length === 0 ? undefined : ends.reduce(soonest)
  if (first === undefined) return undefined
  const begunMs = begunAtMs(scenario) ?? first.atMs
  return { begunMs, appliedMs: first.atMs, toMs: last?.atMs, allUntilMs, seqs: [first.seq, ...(last ? [last.seq] : [])] }
}

/** When the first fault began to be applied, whatever became of it. */
export function begunAtMs(scenario: ScenarioHistory): number | undefined {
  return scenario.of('lease').find(({ state }) => state === 'applying' || state === 'applied')?.atMs
}

function soonest(aMs: number | undefined, bMs: number | undefined): number | undefined {
  return aMs === undefined || bMs === undefined ? undefined : Math.min(aMs, bMs)
}

/** @returns why it is not known that every fault was in effect; undefined where each was */
export function tookNoEffect(history: History, scenario: ScenarioHistory): string | undefined {
  const reasons = scenario.of('plan').flatMap((plan) => withoutEffect(history, scenario, plan) ?? [])
  return reasons.length === 0 ? undefined : reasons.join(', ')
}
