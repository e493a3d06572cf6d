/**
 * The vocabulary of the journal: everything that happened, in the order it happened, as one discriminated union.
 * The run writes it and judges nothing; the judge reads it and sees nothing else. All times are milliseconds on one
 * clock, the run's own: 0 is the moment the journal was opened.
 */
import type { AbortEvent } from './abort-event.ts'
import type { AskedFor } from './asked-for.ts'
import type { BootEvent, ValidationEvent } from './boot-event.ts'
import type { LeaseEvent, PlanEvent, ProofEvent } from './fault-event.ts'
import type { LoadEndEvent, LoadEvent, LoadSamplesEvent } from './load-event.ts'
import type { PlantedDefect } from './planted-defect.ts'
import type {
  AccountsEvent,
  ExpectedAlert,
  ExpositionEvent,
  FreshnessEvent,
  NoticesEvent,
  ProcessesEvent,
  PushesEvent,
  RegistrationsEvent,
  SequencesEvent,
} from './reported-event.ts'
import type { LeftoversEvent, SnapshotEvent } from './residue-event.ts'

export type * from './boot-event.ts'
export type * from './fault-event.ts'
export type * from './load-event.ts'
export type * from './reported-event.ts'

/** Place of an event in the journal: dense, from 0. */
export type Seq = number & { readonly brand: 'journal sequence number' }

export const journalSchema = 'gauntlet/journal@1'

/** What an answer to a probe was. The position in this list is the code in `samples.answers`. */
export const answers = [
  'ok', // answered in time, body says healthy, by the right agent
  'timeout', // no complete answer within the time allowed
  'unreachable', // refused, reset, or no route
  'status', // an HTTP status other than 200
  'malformed', // not health JSON: a TCP-only agent ends here
  'stranger', // health JSON, but of another agent
  'unhealthy', // the right agent, and its body says it is not well
  'unsent', // never sent in time, or the observer itself was not able to hear the answer: unknown, not down
] as const
export type Answer = (typeof answers)[number]

export type PhaseName = 'bring-up' | 'steady' | 'fault' | 'recovery' | 'final'

/** Who this run is: enough to judge it again elsewhere, and to run it again. Always the first event. */
export interface RunEvent {
  readonly kind: 'run'
  readonly schema: typeof journalSchema
  readonly id: string
  readonly startedAt: string
  /** What was asked for; absent in a journal from before it was written as data. */
  readonly asked?: AskedFor
  /** The command that reproduces it, seed included: `asked`, for people. */
  readonly reproduce: string
  readonly seed: number
  readonly profile: string
  /** By which the times of alerts were divided; absent in a journal from before there were any: 1. */
  readonly timeScale?: number
  /** What was put into the fleet on purpose, and on which agents or machines; absent: nothing. */
  readonly defects?: readonly PlantedDefect[]
  /** Which Vault the fleet had, in words; absent in a journal from before there was a choice. */
  readonly vault?: string
  /** Of the harness's own repository; `null` outside one. */
  readonly commit: string | null
  readonly dirty: boolean
  readonly images: Readonly<Record<string, string>>
  readonly host: {
    readonly cores: number
    readonly memoryMb: number
    readonly kernel: string
    readonly engine: string
    readonly abilities: readonly string[]
  }
  readonly suite: { readonly name: string; readonly scenarios: readonly string[]; readonly requires: readonly string[] }
  readonly promises: Promises
}

/** The owners' promises as numbers (scenarios/promises.yaml). */
export interface Promises {
  /** Ratio of agent-seconds, 0 to 1. */
  readonly uptime: number
  /** Ratio of listed agents, 0 to 1. */
  readonly coverage: number
  readonly registrationMs: number
  readonly metricsFreshMs: number
  readonly bootMs: number
  readonly recoveryMs: number
  /** Of any change, of one of a single agent, of one of a config; absent in a journal from before rollbacks were judged. */
  readonly rollbackMs?: number
  readonly rollbackAgentMs?: number
  readonly rollbackConfigMs?: number
  /** Ratios that answers may be slower by, at these quantiles; absent in a journal from before they were judged. */
  readonly latencyP50?: number
  readonly latencyP95?: number
  readonly latencyP99?: number
  /** What is slower by less than this is not counted. */
  readonly latencyLeastMs?: number
}

export interface TopologyEvent {
  readonly kind: 'topology'
  readonly machines: readonly { readonly id: string; readonly engine: string; readonly configFile: string }[]
  /** `samples.targets` are positions in this list, then in that of the services; one past both ends is the sentinel. */
  readonly agents: readonly {
    readonly id: string
    readonly name: string
    readonly machine: string
    readonly role: string
    readonly port: number
    readonly healthPort: number
    readonly dependsOn: readonly string[]
  }[]
  /** What the observer asks beside the agents; absent in a journal from before it did: nothing. */
  readonly services?: readonly {
    readonly id: string
    readonly machine: string
    readonly probe: ServiceProbe
    /** Whose word it is: hurt when that agent is, and back only when it is as well. */
    readonly agent?: string
  }[]
  /** Where a snapshot is taken before and after each scenario; absent in a journal from before that was listed. */
  readonly places?: readonly string[]
}

/** How a service is asked: for a connection, for what its hub says of itself, for the greeting of a message server. */
export const serviceProbes = ['tcp', 'hub', 'nats'] as const
export type ServiceProbe = (typeof serviceProbes)[number]

/** What our own static reading of the configs says, before anything is started. */
export interface ConfigFindingsEvent {
  readonly kind: 'config-findings'
  readonly findings: readonly ConfigFinding[]
}

export interface ConfigFinding {
  readonly rule: ConfigRule
  readonly severity: 'error' | 'note'
  readonly message: string
  readonly file: string
  readonly line: number
  readonly column: number
  /** Agent ids concerned, sorted; for a cycle, in the order of the cycle, from its smallest id. */
  readonly agents: readonly string[]
}
export const configRules = [
  'dependency-cycle',
  'port-clash',
  'unknown-dependency',
  'port-outside-range',
  'missing-script',
  'host-mapped',
] as const
export type ConfigRule = (typeof configRules)[number]

/** Declares a scenario; everything up to the next one belongs to it. */
export interface ScenarioEvent {
  readonly kind: 'scenario'
  readonly name: string
  readonly hypothesis: string
  readonly risks: readonly string[]
  readonly criteria: readonly string[]
  /** Limits after the scenario's own tightening or loosening. */
  readonly limits: Promises
  /** True when the fleet was brought up for this scenario, so that its bring-up is part of it. */
  readonly coldStart: boolean
  /** How long it is to be watched, undisturbed and from the first fault on; absent in a journal from before that was written. */
  readonly planned?: { readonly steadyMs: number; readonly disturbedMs: number }
  /** Absent where the scenario does not say; empty where nobody is to be told of anything. */
  readonly alerts?: readonly ExpectedAlert[]
}

export interface PhaseEvent {
  readonly kind: 'phase'
  readonly name: PhaseName
}

/** The last log lines of an agent that is not well, for the person who reads the verdict. */
export interface AgentLogEvent {
  readonly kind: 'agent-log'
  readonly agent: string
  readonly lines: readonly string[]
}

/** The observer's terms, or its end. */
export interface ObserverEvent {
  readonly kind: 'observer'
  readonly state: 'started' | 'stopped' | 'lost'
  readonly intervalMs: number
  readonly timeoutMs: number
  /** How late a probe may be sent and still count. */
  readonly latenessMs: number
  /** Its clock's origin on the run's clock, and how uncertain that is. */
  readonly offsetMs: number
  readonly offsetErrorMs: number
  /** At its end: probes that it sent and did not send, by its own count; absent in a journal from before they were written as numbers. */
  readonly sent?: number
  readonly unsent?: number
  readonly detail?: string
}

/** A batch of probes by the open-loop observer, in columns of equal length. */
export interface SamplesEvent {
  readonly kind: 'samples'
  /** Scheduled instants are `baseMs + scheduled[i]`. */
  readonly baseMs: number
  readonly scheduled: readonly number[]
  readonly targets: readonly number[]
  readonly answers: readonly number[]
  /** From the scheduled instant to the complete answer; the time-out where there was none. */
  readonly latency: readonly number[]
  /** How long after its instant the latest of them was sent, in ms; 0 where none was sent. Absent in journals from before. */
  readonly lateMs?: number
}

/** The observer was starved or its clock jumped: whatever it measured between these instants is unknown. */
export interface LagEvent {
  readonly kind: 'lag'
  readonly fromMs: number
  readonly toMs: number
  readonly cause: 'event-loop' | 'clock'
}

/** The harness itself failed, or was told to stop; whatever it touched becomes unknown. */
export interface TroubleEvent {
  readonly kind: 'trouble'
  readonly code: string
  readonly message: string
  readonly next: string
}

/** Always the last event of a whole journal; one without it was cut off. */
export interface EndEvent {
  readonly kind: 'end'
  readonly endedAt: string
  readonly interrupted: boolean
}

export type EventBody =
  | RunEvent
  | TopologyEvent
  | ConfigFindingsEvent
  | ScenarioEvent
  | PhaseEvent
  | BootEvent
  | ValidationEvent
  | AgentLogEvent
  | RegistrationsEvent
  | ExpositionEvent
  | FreshnessEvent
  | PushesEvent
  | AccountsEvent
  | ProcessesEvent
  | SequencesEvent
  | NoticesEvent
  | PlanEvent
  | LeaseEvent
  | ProofEvent
  | ObserverEvent
  | SamplesEvent
  | LagEvent
  | LoadEvent
  | LoadSamplesEvent
  | LoadEndEvent
  | SnapshotEvent
  | LeftoversEvent
  | AbortEvent
  | TroubleEvent
  | EndEvent

export type Kind = EventBody['kind']

/** An event as it stands in the file: its body, where it is, and when it was written. */
export type Event<K extends Kind = Kind> = Extract<EventBody, { readonly kind: K }> & { readonly seq: Seq; readonly atMs: number }
