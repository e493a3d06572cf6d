/** What the observer saw, by which terms, and when it cannot be believed. */
import Type from 'typebox'
import type { Of } from '../base/schema.ts'

const ms = Type.Number()
const span = Type.Number({ minimum: 0 })
const count = Type.Integer({ minimum: 0 })
const numbers = Type.Array(Type.Number())

const terms = {
  kind: Type.Literal('observer'),
  intervalMs: span,
  timeoutMs: span,
  /** How late a probe may be sent and still count. */
  latenessMs: span,
  /** Its clock's origin on the run's clock, and how uncertain that is. */
  offsetMs: ms,
  offsetErrorMs: span,
}

/** The observer's terms, or its end. */
export const observerEvent = Type.Union([
  Type.Object({ ...terms, state: Type.Literal('started') }),
  Type.Object({
    ...terms,
    state: Type.Enum(['stopped', 'lost']),
    /** Probes that it sent and did not send, by its own count. */
    sent: count,
    unsent: count,
    detail: Type.String(),
  }),
])
export type ObserverEvent = Of<typeof observerEvent>

/**
 * A batch of probes by the open-loop observer, in columns of equal length. Says what is written: what is read is looked at by hand,
 * column by column, since there may be millions (columns.ts).
 */
export const samplesEvent = Type.Object({
  kind: Type.Literal('samples'),
  /** Scheduled instants are `baseMs + scheduled[i]`. */
  baseMs: ms,
  scheduled: numbers,
  targets: numbers,
  answers: numbers,
  /** From the scheduled instant to the complete answer; the time-out where there was none. */
  latency: numbers,
  /** How long after its instant the latest of them was sent, in ms; 0 where none was sent. */
  lateMs: ms,
})
export type SamplesEvent = Of<typeof samplesEvent>

/** The observer was starved or its clock jumped: whatever it measured between these instants is unknown. */
export const lagEvent = Type.Object({
  kind: Type.Literal('lag'),
  fromMs: ms,
  toMs: ms,
  cause: Type.Enum(['event-loop', 'clock']),
})
export type LagEvent = Of<typeof lagEvent>
