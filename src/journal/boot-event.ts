/** What the boot scripts answer: how a start went, and what they say to a config that they must refuse. */
import Type from 'typebox'
import { type Of, orNull } from '../base/schema.ts'

const text = Type.String()
const texts = Type.Array(text)
const flag = Type.Boolean()
const ms = Type.Number()
const count = Type.Integer({ minimum: 0 })
/** `null`: never within its limit. */
const healthyMs = orNull(ms)

/** A boot script's own answer. One event for each machine and run of the script. */
export const bootEvent = Type.Object({
  kind: Type.Literal('boot'),
  machine: text,
  dryRun: flag,
  ok: flag,
  scripts: Type.Object({ found: count, total: count }),
  /** Agent names, in the order the layers were started. */
  layers: Type.Array(texts),
  findings: Type.Array(Type.Object({ rule: text, message: text, agents: texts })),
  /** Agents that were started; times since the script's own start. */
  started: Type.Array(
    Type.Object({
      agent: text,
      startedMs: ms,
      healthyMs,
      /** What it depends on of other machines, and when this script saw that healthy; absent where it waited for nothing, or did not say. */
      waitedFor: Type.Optional(Type.Array(Type.Object({ agent: text, healthyMs }))),
    }),
  ),
})
export type BootEvent = Of<typeof bootEvent>

/**
 * A machine's config with one violation of the schema planted in it, given to its boot script's dry run: silence about a good config is
 * evidence only beside a refusal of a bad one.
 */
export const validationEvent = Type.Object({
  kind: Type.Literal('validation'),
  machine: text,
  /** In words. */
  planted: text,
  /** `unclear`: it could not be asked, or its answer was neither. */
  answer: Type.Enum(['refused', 'accepted', 'unclear']),
  /** Its first lines. */
  said: texts,
})
export type ValidationEvent = Of<typeof validationEvent>
