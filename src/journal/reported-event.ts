/** Events that carry what the fleet says of itself: registered, exported, pushed, reported, stored, and told to people. */
import Type from 'typebox'
import { type Of, orNull } from '../base/schema.ts'

const text = Type.String()
const texts = Type.Array(text)
const number = Type.Number()
const ms = Type.Number()
const count = Type.Integer({ minimum: 0 })
const sequence = Type.Integer({ minimum: 1 })
const when = Type.Enum(['before', 'after'])

/** The registry's own records. */
export const registrationsEvent = Type.Object({
  kind: Type.Literal('registrations'),
  /** `sinceStartMs`: from the agent's process start to its registration, as the registry recorded it. */
  records: Type.Array(Type.Object({ agent: text, sinceStartMs: ms, status: text })),
})
export type RegistrationsEvent = Of<typeof registrationsEvent>

/** One read of `/metrics` of every agent asked. */
export const expositionEvent = Type.Object({
  kind: Type.Literal('exposition'),
  /** `problem` is null for valid exposition text; `samples` counts its sample lines, `self` says whether it names its own agent. */
  answers: Type.Array(Type.Object({ agent: text, problem: orNull(text), samples: number, self: Type.Boolean() })),
})
export type ExpositionEvent = Of<typeof expositionEvent>

const ages = Type.Array(Type.Object({ agent: text, ageMs: ms }))

/** When the central hub last received metrics of each agent it knows. */
export const freshnessEvent = Type.Object({ kind: Type.Literal('freshness'), hub: text, records: ages })
export type FreshnessEvent = Of<typeof freshnessEvent>

/** When the Pushgateway of a machine was last pushed to, by its own `push_time_seconds`: it keeps the last values of the dead. */
export const pushesEvent = Type.Object({ kind: Type.Literal('pushes'), machine: text, records: ages })
export type PushesEvent = Of<typeof pushesEvent>

/**
 * The agents' own accounts of what they reported: all of 1 to `sequence` but `lostSequences` was acknowledged. Read before the first
 * fault, for the processes that it ends, and again after recovery. Whoever did not answer is not in it.
 */
export const accountsEvent = Type.Object({
  kind: Type.Literal('accounts'),
  when,
  records: Type.Array(
    Type.Object({
      agent: text,
      /** Of a process: its successor counts from 1 again. */
      incarnation: number,
      sequence: count,
      lost: count,
      /** The newest of them; all, where there are as many as `lost`. */
      lostSequences: Type.Array(sequence),
    }),
  ),
})
export type AccountsEvent = Of<typeof accountsEvent>

/**
 * Which process each agent of a machine is: by the kernel, under the name that its supervisor runs it by. Read before the first fault and
 * after all is over, in every scenario: who is another one than before was restarted. An agent without a process is not in it.
 */
export const processesEvent = Type.Object({
  kind: Type.Literal('processes'),
  when,
  machine: text,
  records: Type.Array(
    Type.Object({
      agent: text,
      pid: count,
      /** Since the kernel's start, in its ticks: ids of processes are given out again. */
      startTicks: count,
    }),
  ),
})
export type ProcessesEvent = Of<typeof processesEvent>

const sequenceRange = Type.Tuple([sequence, sequence])
/** From, to; both ends included. */
export type SequenceRange = Of<typeof sequenceRange>

/** What the central hub has stored, read after the accounts, and again until nothing of them was missing or the time was over. */
export const sequencesEvent = Type.Object({
  kind: Type.Literal('sequences'),
  hub: text,
  /** From the last of the accounts to this answer. */
  waitedMs: ms,
  records: Type.Array(
    Type.Object({
      agent: text,
      incarnation: number,
      stored: Type.Array(sequenceRange),
      /** Counted more than once. */
      doubled: Type.Array(sequenceRange),
    }),
  ),
})
export type SequencesEvent = Of<typeof sequencesEvent>

/** A rule of the alerting server, short enough to be compared in every scenario. */
const alertingRule = Type.Object({
  kind: Type.Enum(['alert', 'record']),
  name: text,
  /** Of its expression, thresholds included, however it is spaced: the first digits of a SHA-256. */
  exprHash: text,
  /** How long it must hold before the alert fires. */
  forMs: ms,
  labels: Type.Record(text, text),
})
export type AlertingRule = Of<typeof alertingRule>

/** The alerts that were delivered, as the alert sink recorded them. */
export const noticesEvent = Type.Object({
  kind: Type.Literal('notices'),
  when,
  notices: Type.Array(
    Type.Object({
      service: text,
      /** A channel, or who is paged. */
      channel: text,
      /** Null where the message does not say it. */
      alert: orNull(text),
      level: orNull(text),
      subject: orNull(text),
      /** On the run's clock. */
      firedMs: ms,
      resolvedMs: orNull(ms),
      times: count,
    }),
  ),
  /** Messages of the alert that always fires, sent the whole way to show that it is open; the last one on the run's clock. */
  heartbeats: count,
  heartbeatMs: orNull(ms),
  /** The servers' shortest time between two of them, and between two looks at anything. */
  heartbeatEveryMs: ms,
  /** When each was delivered, of all since the read before on this fleet, oldest first; bounded by what the alert sink keeps. */
  heartbeatsMs: Type.Array(ms),
  /** Every time that came as an age may be off by so much, either way: the time that the read took. */
  uncertainMs: Type.Number({ minimum: 0 }),
  /** What the fleet's profile has the alerting server evaluate, whatever was done to it since. */
  deployed: Type.Array(alertingRule),
  /**
   * Rules that the alerting server evaluates without an error, how long ago, and how many agents it sees; null: it did not say. `broken`
   * are all others that it has. `evaluated` are all of them as the server says them, recordings included.
   */
  rules: orNull(
    Type.Object({
      names: texts,
      broken: texts,
      ageMs: ms,
      agentsSeen: count,
      evaluated: Type.Array(alertingRule),
    }),
  ),
  /** Resolved ones that the record had no more room for; resolutions of what was never told; messages that were turned away. */
  dropped: count,
  unmatched: count,
  refused: count,
})
export type NoticesEvent = Of<typeof noticesEvent>
