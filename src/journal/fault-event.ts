/** A fault as it was done: its plan, how its lease went, and what proves it. */
import Type from 'typebox'
import type { Json, Predicate } from '../base/predicate.ts'
import { predicateSchema } from '../base/predicate-schema.ts'
import { type Of, orNull } from '../base/schema.ts'

const text = Type.String()
const texts = Type.Array(text)
const ms = Type.Number()

const predicate = Type.Unsafe<Predicate>(predicateSchema)

/** What the answers to the questions of one step must say. */
const expectation = Type.Object({
  machine: text,
  effective: predicate,
  /** For as long as it is held. */
  lasting: predicate,
  gone: predicate,
})
export type Expectation = Of<typeof expectation>

/** A fault about to be armed: its whole plan, so that `sweep` can undo it. Written before anything is done. */
export const planEvent = Type.Object({
  kind: Type.Literal('plan'),
  lease: text,
  fault: text,
  ttlMs: ms,
  holdMs: ms,
  plan: Type.Unknown(),
  targets: texts,
  radius: texts,
  silences: texts,
  /** Who does no work while the fault is held, whatever they say; absent: nobody. */
  idles: Type.Optional(texts),
  /** Who may or may not answer while the fault is held, such as a hub that says so when it notices; absent: none. */
  mayFail: Type.Optional(texts),
  /** Whom it restarts and does not silence, and the longest time from `applying` until each answers again; absent: no agent, or not known. */
  restarts: Type.Optional(Type.Object({ ids: texts, withinMs: Type.Number({ exclusiveMinimum: 0 }) })),
  lasts: Type.Enum(['instant', 'until-undone']),
  /** Of each step; the answers themselves follow as events. */
  expectations: Type.Array(expectation),
})
export type PlanEvent = Of<typeof planEvent>

/**
 * Why a hold ended: its time was over; what it was held for was over earlier, as planned; or it was cut short, and then no proof says
 * how the fault stood at its end.
 */
const ending = Type.Enum(['held', 'load-over', 'cut-short'])
export type Ending = Of<typeof ending>

/**
 * Progress of a lease. `applying` and `releasing` are written before the deed, the others after; `undone` is not yet proven. `refused`:
 * nothing was done on any machine, so that nothing can be left of it, and nothing is proven gone. `failed` before `releasing`: it could
 * not be applied as planned; behind it, it could not be taken back as planned.
 */
export const leaseEvent = Type.Object({
  kind: Type.Literal('lease'),
  lease: text,
  state: Type.Enum(['armed', 'applying', 'applied', 'refused', 'releasing', 'undone', 'released', 'expired', 'failed']),
  detail: Type.Optional(text),
  /** Of one that failed before `releasing`: machines on which something was done, or may have been; only these are proven gone. */
  begun: Type.Optional(texts),
  /** Of `releasing`. */
  because: Type.Optional(ending),
})
export type LeaseEvent = Of<typeof leaseEvent>

/**
 * The answer to a query, as it came; whether it proves anything is for the judge to say. `effective` is asked once it is applied, `lasting`
 * again and again while it is held and once more between `releasing` and `undone`, where the fault lasts until it is undone.
 */
export const proofEvent = Type.Object({
  kind: Type.Literal('proof'),
  lease: text,
  step: Type.Integer({ minimum: 0 }),
  machine: text,
  query: Type.Enum(['effective', 'lasting', 'gone']),
  /** Null where the question could not be answered: then nothing is said, neither way. */
  answer: Type.Unsafe<Json>(Type.Unknown()),
  /** Why it could not. */
  problem: orNull(text),
  /** How long before this event its asking began, as far as the machine's tool can tell. */
  ageMs: Type.Number({ minimum: 0 }),
})
export type ProofEvent = Of<typeof proofEvent>
