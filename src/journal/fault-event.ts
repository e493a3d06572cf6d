/** A fault as it was done: its plan, how its lease went, and what proves it. */
import type { Json, Predicate } from '../base/predicate.ts'

/** A fault about to be armed: its whole plan, so that `sweep` can undo it. Written before anything is done. */
export interface PlanEvent {
  readonly kind: 'plan'
  readonly lease: string
  readonly fault: string
  readonly ttlMs: number
  readonly holdMs: number
  readonly plan: unknown
  readonly targets: readonly string[]
  readonly radius: readonly string[]
  readonly silences: readonly string[]
  /** Who does no work while the fault is held, whatever they say; absent: nobody. */
  readonly idles?: readonly string[]
  /** Who may or may not answer while the fault is held, such as a hub that says so when it notices; absent: none. */
  readonly mayFail?: readonly string[]
  /** Whom it restarts and does not silence, and the longest time from `applying` until each answers again; absent: no agent, or not known. */
  readonly restarts?: { readonly ids: readonly string[]; readonly withinMs: number }
  readonly lasts: 'instant' | 'until-undone'
  /** Of each step: what is asked there, and what the answers must say; the answers themselves follow as events. */
  readonly expectations: readonly Expectation[]
}

export interface Expectation {
  readonly machine: string
  readonly effective: Predicate
  /** For as long as it is held. */
  readonly lasting: Predicate
  readonly gone: Predicate
}

/**
 * Progress of a lease. `applying` and `releasing` are written before the deed, the others after; `undone` is not yet proven. `refused`:
 * nothing was done on any machine, so that nothing can be left of it, and nothing is proven gone. `failed` before `releasing`: it could
 * not be applied as planned; behind it, it could not be taken back as planned.
 */
export interface LeaseEvent {
  readonly kind: 'lease'
  readonly lease: string
  readonly state: 'armed' | 'applying' | 'applied' | 'refused' | 'releasing' | 'undone' | 'released' | 'expired' | 'failed'
  readonly detail?: string
  /**
   * Of one that failed before `releasing`: machines on which something was done, or may have been; only these are proven gone. Absent
   * elsewhere, and in an older journal: not known.
   */
  readonly begun?: readonly string[]
  /** Of `releasing`; absent in an older journal: not known. */
  readonly because?: Ending
}

/**
 * Why a hold ended: its time was over; what it was held for was over earlier, as planned; or it was cut short, and then no proof says
 * how the fault stood at its end.
 */
export type Ending = 'held' | 'load-over' | 'cut-short'

/**
 * The answer to a query, as it came; whether it proves anything is for the judge to say. `effective` is asked once it is applied, `lasting`
 * again and again while it is held and once more between `releasing` and `undone`, where the fault lasts until it is undone.
 */
export interface ProofEvent {
  readonly kind: 'proof'
  readonly lease: string
  readonly step: number
  readonly machine: string
  readonly query: 'effective' | 'lasting' | 'gone'
  /** Null where the question could not be answered: then nothing is said, neither way. */
  readonly answer: Json
  /** Why it could not. */
  readonly problem: string | null
  /** How long before this event its asking began, as far as the machine's tool can tell. */
  readonly ageMs: number
}
