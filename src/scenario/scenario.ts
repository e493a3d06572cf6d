/** A scenario as its file says it: what happens, when, to whom, and what is promised meanwhile. */
import type { Place } from '../config/nodes.ts'
import type { Selector } from '../fleet/select.ts'
import type { ExpectedAlert, LoadEvent, Promises } from '../journal/event.ts'

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
  /** Who is to be told of its faults, at time scale 1; absent where it does not say, empty where nobody is. */
  readonly alerts?: readonly ExpectedAlert[]
  /** Sent while all faults are held; absent: none. */
  readonly load?: Load
  /** Overrides of scenarios/promises.yaml for this scenario. */
  readonly limits: Partial<Promises>
}

export interface FaultUse {
  readonly kind: string
  readonly target: Selector
  /** From the begin of the fault phase; absent: when all faults before it are over. */
  readonly atMs?: number
  readonly holdMs: number
  readonly params: Readonly<Record<string, unknown>>
  /** Where its file says it, for what is found wrong only with the fleet in view. */
  readonly place: Place
  /** Where its target stands; absent: on the command line. */
  readonly targetPlace?: Place
}

/** What is asked of the agents that the faults change, and how often. */
export interface Load extends Pick<LoadEvent, 'design' | 'ratePerS' | 'slotMs' | 'looks'> {
  readonly old: Asked
  readonly new: Asked
}

export type Asked = LoadEvent['asks']['old']

/** A list of scenarios, in order, and what a verdict on all of them must have judged. */
export interface Suite {
  readonly name: string
  readonly scenarios: readonly string[]
  /** Criteria that are unknown, and make the verdict inconclusive, when no scenario exercised them. */
  readonly requires: readonly string[]
}
