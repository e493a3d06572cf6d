/**
 * What the harness and the observer say to each other. The observer runs in its own container: it is told what to probe
 * in one JSON file, and answers in lines of JSON on its standard output. Times are milliseconds of its own monotonic clock.
 */
import type { ServiceProbe } from '../journal/probe.ts'

export interface ObserverConfig {
  readonly intervalMs: number
  readonly timeoutMs: number
  /** A probe that could not be sent within this of its instant is `unsent`. */
  readonly latenessMs: number
  /** Phase of the whole schedule in [0, 1), random for each run. */
  readonly phase: number
  /** Probes in flight over all targets; a slot beyond it is `unsent`. */
  readonly inFlight: number
  readonly batchMs: number
  /** Agents in topology order, then services; the observer adds its sentinel behind the last. */
  readonly targets: readonly Target[]
}

export interface Target {
  readonly id: string
  /** What is asked: an agent's health, or what a service of that kind can be asked. */
  readonly probe: 'health' | ServiceProbe
  /** Whose answer counts, by their own word. */
  readonly name: string
  readonly machine: string
  readonly host: string
  readonly port: number
}

export type ObserverLine =
  | {
      readonly kind: 'hello'
      readonly nowMs: number
      readonly targets: number
      readonly intervalMs: number
      readonly timeoutMs: number
      readonly latenessMs: number
      /** Of the observer's kernel: the same as ours means the same monotonic clock. */
      readonly bootId?: string
    }
  /** Columns of equal length, as in the journal's `samples` event. */
  | {
      readonly kind: 'samples'
      readonly baseMs: number
      readonly scheduled: readonly number[]
      readonly targets: readonly number[]
      readonly answers: readonly number[]
      readonly latency: readonly number[]
      readonly lateMs: number
    }
  /** The observer itself was starved or its clock jumped: what it measured between these instants is unknown. */
  | { readonly kind: 'lag'; readonly fromMs: number; readonly toMs: number; readonly cause: 'event-loop' | 'clock' }
  | { readonly kind: 'bye'; readonly nowMs: number; readonly sent: number; readonly unsent: number }
