/** Whether the raw answer of a query shows what it was asked for. */
import type { Event, Expectation } from './event.ts'
import type { ScenarioHistory } from './history.ts'

/**
 * A query may be asked until it comes true: the last answer counts. That a fault is gone shows nothing before its release began, and what
 * holds on another machine shows nothing of this one.
 */
export function lastProof(
  scenario: ScenarioHistory,
  { lease, expectations }: Event<'plan'>,
  step: number,
  query: Event<'proof'>['query'],
): Event<'proof'> | undefined {
  const ends = ['releasing', 'expired']
  const endSeq = scenario.of('lease').find((event) => event.lease === lease && ends.includes(event.state))?.seq ?? Number.POSITIVE_INFINITY
  return scenario.of('proof').findLast((proof) => {
    if (proof.lease !== lease || proof.step !== step || proof.query !== query) return false
    return proof.machine === expectations[step]?.machine && (query === 'effective' || proof.seq > endSeq)
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
