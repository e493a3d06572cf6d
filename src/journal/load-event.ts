/** Load as it was sent: what was asked of whom, every answer, and the load generator's own count of what it sent. */
import Type from 'typebox'
import { type Of, orNull } from '../base/schema.ts'

/** Both releases at once; by turns; or before and after, beside agents that are not changed. */
export const loadDesigns = ['duet', 'abba', 'control'] as const
export type LoadDesign = (typeof loadDesigns)[number]

/** The position in this list is the code in `load-samples.arms`. The twin is the old once more, for the comparison that must find nothing. */
export const loadArms = ['old', 'twin', 'new'] as const
export type LoadArm = (typeof loadArms)[number]

const text = Type.String()
const texts = Type.Array(text)
const count = Type.Integer({ minimum: 0 })
const counts = Type.Array(count)
const above = Type.Number({ exclusiveMinimum: 0 })
const asked = Type.Object({ path: text, says: text })

/** A part of the load, sent in one piece; written before the first request of it. */
export const loadEvent = Type.Object({
  kind: Type.Literal('load'),
  /** Of this part, in its scenario. */
  load: text,
  design: Type.Enum(loadDesigns),
  /** Before anything was changed, or while the change was in. */
  when: Type.Enum(['before', 'during']),
  /** Requests a second, of each arm on each machine, at a constant rate of arrival. */
  ratePerS: above,
  slotMs: above,
  /** How many comparisons this part has slots for. */
  replicates: Type.Integer({ minimum: 1, maximum: 10_000 }),
  /** Numbers of comparisons, of all parts together, at which it may be judged: set before the first. */
  looks: Type.Array(Type.Integer({ minimum: 1 })),
  timeoutMs: above,
  /** Sent before the first slot, and not counted. */
  warmUpMs: Type.Number({ minimum: 0 }),
  /** Draws the order of arms. */
  seed: Type.Number(),
  /** `load-samples.targets` are positions in this list; agent ids by arm. */
  targets: Type.Array(Type.Object({ machine: text, agents: Type.Object({ old: texts, twin: texts, new: texts }) })),
  /** Whose answer is none of that arm's unless `says` stands in it. */
  asks: Type.Object({ old: asked, twin: asked, new: asked }),
})
export type LoadEvent = Of<typeof loadEvent>

/** Raw samples, in columns of equal length. Whoever did not answer well has failed, whatever the latency. */
export const loadSamplesEvent = Type.Object({
  kind: Type.Literal('load-samples'),
  load: text,
  /** Intended instants, from the begin of the first slot. */
  scheduled: Type.Array(Type.Number()),
  targets: counts,
  arms: counts,
  /** Codes as in `samples.answers`. */
  answers: counts,
  /** From the intended instant to the complete answer. */
  latency: Type.Array(Type.Number()),
})
export type LoadSamplesEvent = Of<typeof loadSamplesEvent>

/** The end of a part: what the load generator itself says that it sent. Null where it did not say. */
export const loadEndEvent = Type.Object({
  kind: Type.Literal('load-end'),
  load: text,
  /** Requests that count, the warm-up left out. */
  sent: orNull(count),
  /** `dropped_iterations`: requests that were due, and for which it had nobody left to send them. */
  dropped: orNull(count),
  exitCode: Type.Integer(),
  /** Its last words, where it had any. */
  said: text,
})
export type LoadEndEvent = Of<typeof loadEndEvent>
