/** Whether the raw answer of a query shows what it was asked for. */
import type { Event, Expectation } from './event.ts'
import type { ScenarioHistory } from './history.ts'

/**
 * A query may be asked until it comes true: the last answer counts. That a fault is in place shows something only from its beginning to
 * its end, that it is gone only from its end on; and what holds on another machine shows nothing of this one.
 */
export function lastProof(
  scenario: ScenarioHistory,
  { lease, expectations }: Event<'plan'>,
  step: number,
  query: Event<'proof'>['query'],
): Event<'proof'> | undefined {
  const firstOf = (...states: readonly string[]) =>
    scenario.of('lease').find((event) => event.lease === lease && states.includes(event.state))?.seq ?? Number.POSITIVE_INFINITY
  const beginSeq = firstOf('applying')
  const endSeq = firstOf('releasing', 'expired')
  return scenario.of('proof').findLast((proof) => {
    if (proof.lease !== lease || proof.step !== step || proof.query !== query) return false
    if (proof.machine !== expectations[step]?.machine) return false
    return query === 'gone' ? proof.seq > endSeq : proof.seq > beginSeq && proof.seq < endSeq
  })
}

/** Undefined when the expectation itself cannot be read. */
export function holds(proof: Event<'proof'>, expectation: Expectation): boolean | undefined {
  if ('exitCode' in expectation) return proof.exitCode === expectation.exitCode
  try {
    return new RegExp(expectation.matches).test(proof.stdout)
  } catch {
    return undefined
  }
}
