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

/** Which of two numbers is the better one: stated here for every unit, for the judge and for the reports. */
export const better: Readonly<Record<Measure['unit'], 'more' | 'less'>> = {
  ratio: 'more',
  agents: 'more',
  slots: 'more',
  proofs: 'more',
  ms: 'less',
  times: 'less',
  findings: 'less',
  reports: 'less',
  'agent-seconds': 'less',
}

/**
 * How much of what is allowed was used up: 0 is nothing, 1 is all of it, above 1 the limit is broken. So that milliseconds can be
 * compared with agents: of ratios it is the part that is missing, of counts and times the part of the limit.
 */
export function used({ value, limit, unit }: Measure): number {
  if (unit === 'ratio') return share(1 - value, 1 - limit)
  return better[unit] === 'more' ? share(limit, value) : share(value, limit)
}

/** Of nothing, nothing is no part, and anything is more than any part. */
function share(part: number, whole: number): number {
  if (whole > 0) return part / whole
  return part > 0 ? Number.POSITIVE_INFINITY : 0
}

/** The same at the worse end of what it may have been: of two that measured alike, the less certain has less to spare. */
function usedAtWorst(measure: Measure): number {
  const [low, high] = measure.interval ?? [measure.value, measure.value]
  return used({ ...measure, value: better[measure.unit] === 'more' ? low : high })
}

/** Whether a has less to spare than b: by outcome, by what is used up, by what may be. Of several that are unknown none is worse. */
export function isWorse(a: Finding, b: Finding): boolean {
  if (a.outcome !== b.outcome) return rank[a.outcome] > rank[b.outcome]
  if (a.outcome === 'unknown' || b.outcome === 'unknown') return false
  const [own, other] = [used(a.measure), used(b.measure)]
  if (own === other) return usedAtWorst(a.measure) > usedAtWorst(b.measure)
  return own > other
}

/** The worst finding, the first among equals; of none, unknown. */
export function worstOf(findings: readonly Finding[]): Finding {
  return findings.reduce<Finding>(
    (a, b) => (isWorse(b, a) ? b : a),
    findings[0] ?? unknown('nothing was looked at', 'a scenario that exercises it'),
  )
}

/**
 * Millionths are beyond what is measured, and the last digits of sums would only look like knowledge; but no rounding may move a value
 * to the other side of its limit, nor into the whole or into nothing. A ratio's limit was chosen, and keeps all of its digits.
 */
function rounded({ value, limit, unit, interval }: Measure): Measure {
  const six = (number: number) => Math.round(number * 1e6) / 1e6
  const bounds = [limit, 0, 1]
  const isSame = (number: number) => bounds.every((bound) => Math.sign(six(number) - bound) === Math.sign(number - bound))
  return {
    value: isSame(value) ? six(value) : value,
    limit: unit === 'ratio' ? limit : six(limit),
    unit,
    ...(interval && { interval: [six(interval[0]), six(interval[1])] as const }),
  }
}
