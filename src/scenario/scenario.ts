/** A scenario as its file says it: what happens, when, to whom, and what is promised meanwhile. */
import type { Selector } from '../fleet/select.ts'
import type { Promises } from '../journal/event.ts'

export interface Scenario {
  readonly name: string
  /** One sentence that the run can refute. */
  readonly hypothesis: string
  readonly risks: readonly string[]
  /** Criteria this scenario exercises; `drill` requires them all. */
  readonly criteria: readonly string[]
  /** Brings up a fleet of its own, whatever ran before it. */
  readonly coldStart: boolean
  readonly steadyMs: number
  /** Measured after the last release: the limit and the sustained run both fit inside it. */
  readonly recoveryMs: number
  readonly faults: readonly FaultUse[]
  /** Overrides of scenarios/promises.yaml for this scenario. */
  readonly limits: Partial<Promises>
}

export interface FaultUse {
  readonly kind: string
  readonly target: Selector
  readonly holdMs: number
  readonly params: Readonly<Record<string, unknown>>
}

/** A list of scenarios, in order, and what a verdict on all of them must have judged. */
export interface Suite {
  readonly name: string
  readonly scenarios: readonly string[]
  /** Criteria that are unknown, and make the verdict inconclusive, when no scenario exercised them. */
  readonly requires: readonly string[]
}
