/**
 * The vocabulary of the journal: everything that happened, in the order it happened, as one discriminated union.
 * The run writes it and judges nothing; the judge reads it and sees nothing else. All times are milliseconds on one
 * clock, the run's own: 0 is the moment the journal was opened.
 */

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
  /** The command that reproduces it, seed included. */
  readonly reproduce: string
  readonly seed: number
  readonly profile: string
  /** By which the times of alerts were divided; absent in a journal from before there were any: 1. */
  readonly timeScale?: number
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
}

export interface TopologyEvent {
  readonly kind: 'topology'
  readonly machines: readonly { readonly id: string; readonly engine: string; readonly configFile: string }[]
  /** `samples.targets` are positions in this list; one past its end is the sentinel. */
  readonly agents: readonly {
    readonly id: string
    readonly name: string
    readonly machine: string
    readonly role: string
    readonly port: number
    readonly healthPort: number
    readonly dependsOn: readonly string[]
  }[]
}

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
}

export interface PhaseEvent {
  readonly kind: 'phase'
  readonly name: PhaseName
}

/** A boot script's own answer. One event for each machine and run of the script. */
export interface BootEvent {
  readonly kind: 'boot'
  readonly machine: string
  readonly dryRun: boolean
  readonly ok: boolean
  readonly scripts: { readonly found: number; readonly total: number }
  /** Agent names, in the order the layers were started. */
  readonly layers: readonly (readonly string[])[]
  readonly findings: readonly { readonly rule: string; readonly message: string; readonly agents: readonly string[] }[]
  /** Agents that were started; times since the script's own start, `null`: never healthy within its limit. */
  readonly started: readonly { readonly agent: string; readonly startedMs: number; readonly healthyMs: number | null }[]
}

/** The last log lines of an agent that is not well, for the person who reads the verdict. */
export interface AgentLogEvent {
  readonly kind: 'agent-log'
  readonly agent: string
  readonly lines: readonly string[]
}

/** The registry's own records. */
export interface RegistrationsEvent {
  readonly kind: 'registrations'
  /** `sinceStartMs`: from the agent's process start to its registration, as the registry recorded it. */
  readonly records: readonly { readonly agent: string; readonly sinceStartMs: number; readonly status: string }[]
}

/** One read of `/metrics` of every agent asked. */
export interface ExpositionEvent {
  readonly kind: 'exposition'
  /** `problem` is null for valid exposition text; `samples` counts its sample lines, `self` says whether it names its own agent. */
  readonly answers: readonly { readonly agent: string; readonly problem: string | null; readonly samples: number; readonly self: boolean }[]
}

/** When the central hub last received metrics of each agent it knows. */
export interface FreshnessEvent {
  readonly kind: 'freshness'
  readonly hub: string
  readonly records: readonly { readonly agent: string; readonly ageMs: number }[]
}

/** A fault about to be armed: its whole plan, so that `sweep` can undo it. Written before anything is done. */
export interface PlanEvent {
  readonly kind: 'plan'
  readonly lease: string
  readonly fault: string
  readonly ttlMs: number
  readonly holdMs: number
  readonly plan: unknown
  readonly targets: readonly string[]
  readonly radius: readonly string[]
  readonly silences: readonly string[]
  readonly lasts: 'instant' | 'until-undone'
  /** What each step's queries must answer; the answers themselves follow as events. */
  readonly expectations: readonly { readonly machine: string; readonly effective: Expectation; readonly gone: Expectation }[]
}
export type Expectation = { readonly matches: string } | { readonly exitCode: number }

/** Progress of a lease. `applying` and `releasing` are written before the deed, the others after. */
export interface LeaseEvent {
  readonly kind: 'lease'
  readonly lease: string
  readonly state: 'armed' | 'applying' | 'applied' | 'releasing' | 'released' | 'expired' | 'failed'
  readonly detail?: string
}

/** The raw answer of a query; whether it proves anything is for the judge to say. */
export interface ProofEvent {
  readonly kind: 'proof'
  readonly lease: string
  readonly step: number
  readonly machine: string
  readonly query: 'effective' | 'gone'
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
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
}

/** The observer was starved or its clock jumped: whatever it measured between these instants is unknown. */
export interface LagEvent {
  readonly kind: 'lag'
  readonly fromMs: number
  readonly toMs: number
  readonly cause: 'event-loop' | 'clock'
}

/** What stands in a machine's namespaces that a fault could leave behind: sorted lines, each `kind detail`. */
export interface SnapshotEvent {
  readonly kind: 'snapshot'
  readonly when: 'before' | 'after'
  readonly machine: string
  readonly lines: readonly string[]
}

/** What the engine still holds of this run after its fleet was disposed of; empty lists are the good answer. */
export interface LeftoversEvent {
  readonly kind: 'leftovers'
  readonly containers: readonly string[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
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
  | AgentLogEvent
  | RegistrationsEvent
  | ExpositionEvent
  | FreshnessEvent
  | PlanEvent
  | LeaseEvent
  | ProofEvent
  | ObserverEvent
  | SamplesEvent
  | LagEvent
  | SnapshotEvent
  | LeftoversEvent
  | TroubleEvent
  | EndEvent

export type Kind = EventBody['kind']

/** An event as it stands in the file: its body, where it is, and when it was written. */
export type Event<K extends Kind = Kind> = Extract<EventBody, { readonly kind: K }> & { readonly seq: Seq; readonly atMs: number }
