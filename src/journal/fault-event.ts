/** A fault as it was done: its plan, how its lease went, and what proves it. */

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
  /** Who is restarted without being silenced, and by when after `applying` each must answer again; absent: none. */
  readonly restarts?: { readonly ids: readonly string[]; readonly withinMs: number }
  readonly lasts: 'instant' | 'until-undone'
  /** What each step's queries must answer; the answers themselves follow as events. */
  readonly expectations: readonly { readonly machine: string; readonly effective: Expectation; readonly gone: Expectation }[]
}
export type Expectation = { readonly matches: string } | { readonly exitCode: number }

/** Progress of a lease. `applying` and `releasing` are written before the deed, the others after; `undone` is not yet proven. */
export interface LeaseEvent {
  readonly kind: 'lease'
  readonly lease: string
  readonly state: 'armed' | 'applying' | 'applied' | 'releasing' | 'undone' | 'released' | 'expired' | 'failed'
  readonly detail?: string
  /** Of `releasing`: why it was released then. Absent in a journal from before that was written: it was held for its time. */
  readonly because?: 'held' | 'load-over' | 'cut-short'
}

/** The raw answer of a query; whether it proves anything is for the judge to say. */
export interface ProofEvent {
  readonly kind: 'proof'
  readonly lease: string
  readonly step: number
  readonly machine: string
  readonly query: 'effective' | 'gone'
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}
