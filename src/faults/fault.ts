/**
 * A fault is a pure function from a topology and its parameters to a plan.
 * The plan is data: it can be printed (--dry-run), journaled, armed with a time to live beside the
 * fault, and undone by a process that never saw the code that made it (sweep).
 */

import type { Static, TSchema } from 'typebox'
import type { NonEmpty } from '../base/nonempty.ts'
import type { Predicate } from '../base/predicate.ts'
import type { Targets } from '../fleet/select.ts'
import type { ServiceId } from '../fleet/services.ts'
import type { AgentId, MachineId, Topology } from '../fleet/topology.ts'
import type { Way } from './ways.ts'

export type { Targets } from '../fleet/select.ts'

/** Runs in the machine's tool container, inside the target's namespaces. No shell. */
export interface Command {
  readonly argv: NonEmpty<string>
  readonly stdin?: string
}

/** Asks the kernel, the process table or the disk, never our own memory. The answer is journaled as it came; a predicate over it decides. */
export interface Query {
  /** One of the tool's questions (src/answers). */
  readonly command: Command
  readonly holds: Predicate
}

export interface Step {
  readonly machine: MachineId
  /** Who does it: left out, the machine's own tool container; otherwise the hand that holds the machine's engine. */
  readonly by?: 'engine'
  /** May run twice: `gone` decides, not its exit code. Armed before `apply` runs. */
  readonly undo: Command
  readonly apply: Command
  /** Kept running beside the fault for as long as it lasts, by the same guard that enforces the time to live. */
  readonly sustain?: Command
  /** Must hold after `apply`. */
  readonly effective: Query
  /** Must hold for as long as the fault is held, up to its undo, where that is another question, such as a cheaper one; else `effective` must. */
  readonly lasting?: Query
  /** Must hold after `undo`. */
  readonly gone: Query
}

export interface Plan {
  readonly targets: NonEmpty<AgentId | MachineId>
  /** Who may be hurt; everyone else is a bystander. */
  readonly radius: readonly (AgentId | ServiceId)[]
  /** Who must be seen not answering while the fault is held: a fault that nobody felt is no evidence. */
  readonly silences: readonly (AgentId | ServiceId)[]
  /** Who does no work while the fault is held, and must not say that they are well. */
  readonly idles?: readonly AgentId[]
  /** Who may or may not answer while the fault is held, such as a hub that says so when it notices. */
  readonly mayFail?: readonly (AgentId | ServiceId)[]
  /**
   * Whom the plan restarts and does not silence, and the longest time from `applying` until each answers again: a restart that a change
   * needs is no outage, and whatever is longer is.
   */
  readonly restarts?: { readonly ids: NonEmpty<AgentId>; readonly withinMs: number }
  /** An instant fault is over as soon as it is applied (a kill); its recovery clock starts there, not at the release. */
  readonly lasts: 'instant' | 'until-undone'
  /** What it takes away while it is in place, until its undo is proven. */
  readonly takes: readonly Way[]
  /** What its proofs and its undo rely on. */
  readonly reliesOn: readonly Way[]
  /** How long each of its proofs may take to come true, where the usual time is too short. */
  readonly proofMs?: number
  readonly steps: NonEmpty<Step>
}

export interface Fault<Params extends TSchema = TSchema> {
  readonly kind: string
  /** One sentence for `list` and the docs. */
  readonly summary: string
  readonly needs: readonly Ability[]
  readonly params: Params
  /**
   * @param targets what the scenario's selector matched; never empty
   * @param tag unique to this use, carried by everything the fault makes
   * @throws GauntletError usage/fault when these targets or parameters make no sense, with what would
   */
  plan(topology: Topology, targets: Targets, params: Static<Params>, tag: string): Plan
}

/** What a fault needs of the kernel or the fleet; preflight refuses a run that lacks one. */
export type Ability =
  | 'supervisor'
  | 'iptables'
  | 'statistic'
  | 'redirect'
  | 'notrack'
  | 'owner'
  | 'netem'
  | 'tbf'
  | 'engine'
  | 'nested-cgroup'
  | 'vdso'
