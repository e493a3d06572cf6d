/** Who a run is, and how it ended: as it was meant to, by a condition that was set for it, or by an error of the harness. */
import Type from 'typebox'
import { type Of, orNull } from '../base/schema.ts'
import { askedFor } from './asked-for.ts'

export const journalSchema = 'gauntlet/journal@2'

const text = Type.String()
const texts = Type.Array(text)
/** Of nothing, nothing would be promised. */
const ratio = Type.Number({ exclusiveMinimum: 0, maximum: 1 })
const ms = Type.Number()
const factor = Type.Number({ minimum: 1 })

/** The owners' promises as numbers (scenarios/promises.yaml). */
export const promises = Type.Object({
  /** Of agent-seconds. */
  uptime: ratio,
  /** Of listed agents. */
  coverage: ratio,
  registrationMs: ms,
  metricsFreshMs: ms,
  bootMs: ms,
  recoveryMs: ms,
  /** Of any change, of one of a single agent, of one of a config. */
  rollbackMs: ms,
  rollbackAgentMs: ms,
  rollbackConfigMs: ms,
  /** Ratios that answers may be slower by, at these quantiles. */
  latencyP50: factor,
  latencyP95: factor,
  latencyP99: factor,
  /** What is slower by less than this is not counted. */
  latencyLeastMs: Type.Number({ minimum: 0 }),
})
export type Promises = Of<typeof promises>

/** A defect that was put into the fleet on purpose. */
export const plantedDefect = Type.Object({
  id: text,
  sentence: text,
  /** Criteria that must catch it. */
  owners: texts,
  /** Agents or machines. */
  on: texts,
})
export type PlantedDefect = Of<typeof plantedDefect>

/** Who this run is: enough to judge it again elsewhere, and to run it again. Always the first event. */
export const runEvent = Type.Object({
  kind: Type.Literal('run'),
  schema: Type.Literal(journalSchema),
  id: text,
  startedAt: text,
  /** Absent of what is neither a gate nor a drill. */
  asked: Type.Optional(askedFor),
  /** The command that reproduces it, seed included: `asked`, for people. */
  reproduce: text,
  seed: Type.Number(),
  profile: text,
  /** By which the times of alerts were divided. */
  timeScale: factor,
  defects: Type.Array(plantedDefect),
  /** Which Vault the fleet had, in words. */
  vault: text,
  /** Of the harness's own repository; `null` outside one. */
  commit: orNull(text),
  dirty: Type.Boolean(),
  images: Type.Record(text, text),
  host: Type.Object({ cores: Type.Number(), memoryMb: Type.Number(), kernel: text, engine: text, abilities: texts }),
  suite: Type.Object({ name: text, scenarios: texts, requires: texts }),
  promises,
})
export type RunEvent = Of<typeof runEvent>

/** A condition under which whoever started the run wants every fault ended at once, and that was met: the first one, and only that. */
export const abortEvent = Type.Object({
  kind: Type.Literal('abort'),
  /** As it was asked for: `bystanders=3`; `stop` is the kill switch. */
  condition: text,
  /** In words for a person: how much, and of whom. */
  seen: text,
  /** When that was there to be seen: when an answer had come or its time was over, the disk was looked at, the switch was thrown. */
  causeMs: ms,
})
export type AbortEvent = Of<typeof abortEvent>

/** The harness itself failed, or was told to stop; whatever it touched becomes unknown. */
export const troubleEvent = Type.Object({ kind: Type.Literal('trouble'), code: text, message: text, next: text })
export type TroubleEvent = Of<typeof troubleEvent>

/** Always the last event of a whole journal; one without it was cut off. */
export const endEvent = Type.Object({ kind: Type.Literal('end'), endedAt: text, interrupted: Type.Boolean() })
export type EndEvent = Of<typeof endEvent>
