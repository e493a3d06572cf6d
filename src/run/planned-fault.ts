/** A fault of a scenario before it is in place and while it is: what the plan is to the executor, and what the executor gives back. */
import type { Problem } from '../base/errors.ts'
import type { Plan } from '../faults/fault.ts'
import type { Ending, EventBody } from '../journal/event.ts'

export type Write = (body: EventBody) => unknown

/** A fault of the scenario, planned for this topology. */
export interface PlannedFault {
  readonly lease: string
  readonly kind: string
  readonly plan: Plan
  readonly holdMs: number
  /** From the begin of the fault phase; absent: when all faults before it are over. */
  readonly atMs?: number
  /** Where its scenario says it. */
  readonly place?: Pick<Problem, 'file' | 'line' | 'column'>
}

/** A fault that is in place. */
export interface Held {
  /**
   * Undoes it and asks whether it is gone. May be called twice; the first call decides.
   * @param because left out: it was held for its time. Where it is cut short, nothing is asked before the undo.
   */
  release(because?: Ending): Promise<void>
  /** Begins the release, and returns as soon as the undo has run. Never throws: the release does. */
  undo(because?: Ending): Promise<void>
}

/** Journals the undo, arms it beside the fault with its time to live, applies, and asks for proof. */
export type Hold = (fault: PlannedFault, signal: AbortSignal) => Promise<Held>
