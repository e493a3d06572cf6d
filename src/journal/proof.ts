/** Whether the answer to a query shows what it was asked for. */
import { holds as holdsOf } from '../base/predicate.ts'
import type { Event, Expectation } from './event.ts'
import type { ScenarioHistory } from './history.ts'

/** Ages are of whole milliseconds of another process, and an event stands in the journal a moment after it happened. */
const grainMs = 100

/**
 * The answers to one query of one step, in order. That a fault is in place shows something only from its beginning until it is undone,
 * that it is gone only from its end on; and what holds on another machine shows nothing of this one.
 */
export function proofsOf(
  scenario: ScenarioHistory,
  { lease, expectations }: Event<'plan'>,
  step: number,
  query: Event<'proof'>['query'],
): readonly Event<'proof'>[] {
  const firstOf = (...states: readonly string[]) =>
    scenario.of('lease').find((event) => event.lease === lease && states.includes(event.state))
  const from = query === 'gone' ? firstOf('releasing', 'expired') : firstOf('applying')
  const toSeq = (query === 'gone' ? undefined : firstOf('undone', 'released', 'expired'))?.seq ?? Number.POSITIVE_INFINITY
  if (from === undefined) return []
  return scenario
    .of('proof')
    .filter(
      (proof) =>
        proof.lease === lease &&
        proof.step === step &&
        proof.query === query &&
        proof.machine === expectations[step]?.machine &&
        proof.seq > from.seq &&
        begunMs(proof) >= from.atMs - grainMs &&
        proof.seq < toSeq,
    )
}

/** When its asking began, as far as the journal says. */
export function begunMs({ atMs, ageMs }: Event<'proof'>): number {
  return atMs - ageMs
}

/** A query may be asked until it comes true: the last answer counts. */
export function lastProof(
  scenario: ScenarioHistory,
  plan: Event<'plan'>,
  step: number,
  query: Event<'proof'>['query'],
): Event<'proof'> | undefined {
  return proofsOf(scenario, plan, step, query).at(-1)
}

/** The last word on whether it was in place, while it was. */
export function lastShown(scenario: ScenarioHistory, plan: Event<'plan'>, step: number): Event<'proof'> | undefined {
  return lastProof(scenario, plan, step, 'lasting') ?? lastProof(scenario, plan, step, 'effective')
}

/** Undefined where the question was not answered, or in doubt, or its answer does not say: then nothing is said, neither way. */
export function holds(proof: Event<'proof'>, expectation: Expectation): boolean | undefined {
  if (proof.answer === null || proof.problem !== null) return undefined
  const says = holdsOf(expectation[proof.query], proof.answer)
  return says === 'unknown' ? undefined : says
}

/** What was seen, for whoever reads a verdict. */
export function seenIn({ answer, problem }: Event<'proof'>): string {
  return problem ?? JSON.stringify(answer)
}
