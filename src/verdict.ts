/** The judge's answer: outcomes by criterion, by scenario and its five stages, and by risk. */
import type { Accounting } from './evidence/accounting.ts'
import type { Finding, Outcome } from './evidence/finding.ts'
import type { PlantedDefect } from './journal/event.ts'

export const verdictSchema = 'gauntlet/verdict@1'
/** `held` is whether the bystanders were unaffected. */
export const stages = ['steady', 'effective', 'held', 'recovered', 'clean'] as const
export type Stage = (typeof stages)[number]

export interface Verdict {
  readonly schema: typeof verdictSchema
  readonly outcome: 'GO' | 'NO-GO' | 'INCONCLUSIVE'
  readonly run: {
    readonly id: string
    readonly seed: number
    readonly profile: string
    /** By which the times of alerts were divided. */
    readonly timeScale: number
    /** What was put into the fleet on purpose: a verdict of such a fleet says nothing of a good one. */
    readonly defects: readonly PlantedDefect[]
    /** Which Vault the fleet had, in words, where its journal says. */
    readonly vault?: string
    readonly suite: string
    readonly startedAt: string
    readonly endedAt: string | null
    readonly commit: string | null
    readonly dirty: boolean
    readonly images: Readonly<Record<string, string>>
  }
  /** Required ones first. `required: false` with `unknown` is shown as *not judged*. */
  readonly criteria: readonly ({
    readonly id: string
    readonly promise: string
    readonly required: boolean
    readonly scenario: string | null
  } & Finding)[]
  readonly scenarios: readonly {
    readonly name: string
    readonly hypothesis: string
    readonly risks: readonly string[]
    readonly stages: Readonly<Record<Stage, Outcome>>
    readonly findings: readonly ({ readonly about: string } & Finding)[]
  }[]
  /** Null where the journal names no agents. */
  readonly accounting: Accounting | null
  /** The worst that the scenarios of a risk found, in their stages or by a criterion that they declare. */
  readonly risks: Readonly<Record<string, Outcome>>
  /** What this run says about the next ones: no part of the outcome. */
  readonly longRun: readonly { readonly about: 'uptime' | 'recovery' | 'rollback'; readonly outcome: Outcome; readonly because: string }[]
  /** Limits that a scenario of this run set itself and that promise less than the owners do. */
  readonly loosened: readonly { readonly scenario: string; readonly limit: string; readonly promised: number; readonly used: number }[]
  /** Limits by which it was judged again, instead of those it was run with; null for the verdict of the run itself. */
  readonly editedLimits: Readonly<Record<string, number>> | null
  /** What is wrong in the configs, by our own reading: shown whatever the outcome. */
  readonly config: readonly {
    readonly rule: string
    readonly severity: string
    readonly message: string
    readonly file: string
    readonly line: number
  }[]
  readonly troubles: readonly { readonly code: string; readonly message: string; readonly next: string }[]
  /** Last log lines of agents that were not well, by agent id. */
  readonly logs: Readonly<Record<string, readonly string[]>>
  readonly reproduce: string
}
