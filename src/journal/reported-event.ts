/** Events that carry what the fleet says of itself: registered, exported, pushed, reported, stored, and told to people. */

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

/** When the Pushgateway of a machine was last pushed to, by its own `push_time_seconds`: it keeps the last values of the dead. */
export interface PushesEvent {
  readonly kind: 'pushes'
  readonly machine: string
  readonly records: readonly { readonly agent: string; readonly ageMs: number }[]
}

/**
 * The agents' own accounts of what they reported: all of 1 to `sequence` but `lostSequences` was acknowledged. Read before the first
 * fault, for the processes that it ends, and again after recovery. Whoever did not answer is not in it.
 */
export interface AccountsEvent {
  readonly kind: 'accounts'
  readonly when: 'before' | 'after'
  readonly records: readonly {
    readonly agent: string
    /** Of a process: its successor counts from 1 again. */
    readonly incarnation: number
    readonly sequence: number
    readonly lost: number
    /** The newest of them; all, where there are as many as `lost`. */
    readonly lostSequences: readonly number[]
  }[]
}

/**
 * Which process each agent of a machine is: by the kernel, under the name that its supervisor runs it by. Read before the first fault and
 * after all is over, in every scenario: who is another one than before was restarted. An agent without a process is not in it.
 */
export interface ProcessesEvent {
  readonly kind: 'processes'
  readonly when: 'before' | 'after'
  readonly machine: string
  readonly records: readonly {
    readonly agent: string
    readonly pid: number
    /** Since the kernel's start, in its ticks: ids of processes are given out again. */
    readonly startTicks: number
  }[]
}

/** What the central hub has stored, read after the accounts, and again until nothing of them was missing or the time was over. */
export interface SequencesEvent {
  readonly kind: 'sequences'
  readonly hub: string
  /** From the last of the accounts to this answer. */
  readonly waitedMs: number
  readonly records: readonly {
    readonly agent: string
    readonly incarnation: number
    /** Both ends included. */
    readonly stored: readonly SequenceRange[]
    /** Counted more than once. */
    readonly doubled: readonly SequenceRange[]
  }[]
}
export type SequenceRange = readonly [from: number, to: number]

/** The alerts that were delivered, as the alert sink recorded them. */
export interface NoticesEvent {
  readonly kind: 'notices'
  readonly when: 'before' | 'after'
  readonly notices: readonly {
    readonly service: string
    /** A channel, or who is paged. */
    readonly channel: string
    /** Null where the message does not say it. */
    readonly alert: string | null
    readonly level: string | null
    readonly subject: string | null
    /** On the run's clock. */
    readonly firedMs: number
    readonly resolvedMs: number | null
    readonly times: number
  }[]
  /** Messages of the alert that always fires, sent the whole way to show that it is open; the last one on the run's clock. */
  readonly heartbeats: number
  readonly heartbeatMs: number | null
  /** The servers' shortest time between two of them, and between two looks at anything. */
  readonly heartbeatEveryMs: number
  /**
   * When each was delivered, of all since the read before on this fleet, oldest first; bounded by what the alert sink keeps. Absent in a
   * journal from before they were written down: unknown.
   */
  readonly heartbeatsMs?: readonly number[]
  /** Every time that came as an age may be off by so much, either way: the time that the read took. Absent in older journals: unknown. */
  readonly uncertainMs?: number
  /** What the fleet's profile has the alerting server evaluate, whatever was done to it since. Absent in older journals: unknown. */
  readonly deployed?: readonly AlertingRule[]
  /**
   * Rules that the alerting server evaluates without an error, how long ago, and how many agents it sees; null: it did not say. `broken`
   * are all others that it has; absent in a journal from before they were written down. `evaluated` are all of them as the server says
   * them, recordings included; absent in older journals: unknown.
   */
  readonly rules: {
    readonly names: readonly string[]
    readonly broken?: readonly string[]
    readonly ageMs: number
    readonly agentsSeen: number
    readonly evaluated?: readonly AlertingRule[]
  } | null
  /** Resolved ones that the record had no more room for; resolutions of what was never told; messages that were turned away. */
  readonly dropped: number
  readonly unmatched: number
  readonly refused: number
}

/** A rule of the alerting server, short enough to be compared in every scenario. */
export interface AlertingRule {
  readonly kind: 'alert' | 'record'
  readonly name: string
  /** Of its expression, thresholds included, however it is spaced: the first digits of a SHA-256. */
  readonly exprHash: string
  /** How long it must hold before the alert fires. */
  readonly forMs: number
  readonly labels: Readonly<Record<string, string>>
}

/** An alert that a scenario's faults must set off, and when, counted from the first one's being applied; after the time scale. */
export interface ExpectedAlert {
  readonly alert: string
  readonly level: string
  readonly channel: string
  /** What it must be about: one of these. Absent in a journal from before this was written down: unknown. */
  readonly subjects?: readonly string[]
  /** Not sooner. */
  readonly afterMs: number
  /** Not later. */
  readonly withinMs: number
  /** Resolved not later than this after the last release. */
  readonly resolvedMs: number
}
