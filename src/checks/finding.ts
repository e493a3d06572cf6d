/** What a check concluded. A pass cannot be written without the evidence it stands on. */
import type { NonEmpty } from '../base/nonempty.ts'
import type { Seq } from '../journal/event.ts'

export type Outcome = 'pass' | 'fail' | 'unknown'

export interface Measure {
  readonly value: number
  readonly limit: number
  readonly unit: 'ratio' | 'agents' | 'ms' | 'findings' | 'agent-seconds' | 'slots'
  readonly interval?: readonly [low: number, high: number]
}

export type Finding =
  | { readonly outcome: 'pass'; readonly measure: Measure; readonly because: string; readonly standsOn: NonEmpty<Seq> }
  | { readonly outcome: 'fail'; readonly measure: Measure; readonly because: string; readonly standsOn: NonEmpty<Seq> }
  | { readonly outcome: 'unknown'; readonly because: string; readonly wouldHelp: string }

const rank = { fail: 2, unknown: 1, pass: 0 } as const

/** The worst of several outcomes. Of none: unknown, since nothing was shown. */
export function worst(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce<Outcome>((a, b) => (rank[b] > rank[a] ? b : a), outcomes[0] ?? 'unknown')
}
