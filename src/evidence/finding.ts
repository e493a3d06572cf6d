/** What a check concluded. A pass cannot be written without the evidence it stands on. */
import Type, { type TProperties } from 'typebox'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import { closed, type Of } from '../base/schema.ts'
import type { Seq } from '../journal/event.ts'
import { type Measure, measure, rounded, used, usedAtWorst } from './measure.ts'

export const outcome = Type.Enum(['pass', 'fail', 'unknown'])
export type Outcome = Of<typeof outcome>

const text = Type.String()
const standsOn = Type.Unsafe<NonEmpty<Seq>>(
  Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, description: 'Events of journal.ndjson that it stands on, by seq.' }),
)

/** @param about fields that stand beside what was concluded */
export function findingWith<About extends TProperties>(about: About) {
  return Type.Union([
    closed({ ...about, outcome: Type.Literal('pass'), measure, because: text, standsOn }),
    closed({ ...about, outcome: Type.Literal('fail'), measure, because: text, standsOn }),
    closed({ ...about, outcome: Type.Literal('unknown'), because: text, wouldHelp: text }),
  ])
}
const finding = findingWith({})
export type Finding = Of<typeof finding>

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
