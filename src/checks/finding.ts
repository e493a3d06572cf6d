/** What a check concluded. A pass cannot be written without the evidence it stands on. */
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import type { Seq } from '../journal/event.ts'

export type Outcome = 'pass' | 'fail' | 'unknown'

export interface Measure {
  readonly value: number
  readonly limit: number
  readonly unit: 'ratio' | 'agents' | 'ms' | 'findings' | 'agent-seconds' | 'slots' | 'proofs' | 'reports' | 'times'
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

/** Sorted, each once: the same evidence gives the same bytes, in whatever order a check came upon it. */
export function evidence(seqs: Iterable<number | undefined>): readonly Seq[] {
  return [...new Set([...seqs].filter((seq): seq is Seq => seq !== undefined))].sort((a, b) => a - b)
}

/** A conclusion with a measure; without anything to stand on, it is unknown whatever was concluded. */
export function concluded(outcome: 'pass' | 'fail', measure: Measure, because: string, seqs: Iterable<number | undefined>): Finding {
  const standsOn = evidence(seqs)
  if (!isNonEmpty(standsOn)) return unknown(`${because}, but nothing in the journal shows it`, 'a run that records what it measures')
  return { outcome, measure: rounded(measure), because, standsOn }
}

export function unknown(because: string, wouldHelp: string): Finding {
  return { outcome: 'unknown', because, wouldHelp }
}

/** The first of the worst findings; of none, unknown. */
export function worstOf(findings: readonly Finding[]): Finding {
  return findings.reduce<Finding>(
    (a, b) => (rank[b.outcome] > rank[a.outcome] ? b : a),
    findings[0] ?? unknown('nothing was looked at', 'a scenario that exercises it'),
  )
}

/** Millionths are beyond what is measured, and the last digits of sums would only look like knowledge. */
function rounded({ value, limit, unit, interval }: Measure): Measure {
  const six = (number: number) => Math.round(number * 1e6) / 1e6
  return { value: six(value), limit: six(limit), unit, ...(interval && { interval: [six(interval[0]), six(interval[1])] as const }) }
}
