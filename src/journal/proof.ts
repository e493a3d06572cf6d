/** Whether the raw answer of a query shows what it was asked for. */
import type { Event, Expectation } from './event.ts'
import type { ScenarioHistory } from './history.ts'

/** A query may be asked until it comes true: the last answer counts. */
export function lastProof(
  scenario: ScenarioHistory,
  lease: string,
  step: number,
  query: Event<'proof'>['query'],
): Event<'proof'> | undefined {
  return scenario.of('proof').findLast((proof) => proof.lease === lease && proof.step === step && proof.query === query)
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
