/** A whole run as the judge sees it: the journal's events sorted into scenarios, and all samples in columns. */
import type { Event, Kind } from './event.ts'

export interface History {
  readonly run: Event<'run'>
  readonly topology: Event<'topology'> | undefined
  readonly configFindings: Event<'config-findings'> | undefined
  readonly observer: Event<'observer'> | undefined
  readonly scenarios: readonly ScenarioHistory[]
  readonly samples: Samples
  /** Spans in which the observer cannot be believed. */
  readonly lags: readonly Event<'lag'>[]
  readonly leftovers: Event<'leftovers'> | undefined
  /** Everything that makes parts of it unknown: the harness's own failures, and the observer's. */
  readonly troubles: readonly Event<'trouble'>[]
  /** Undefined when the journal was cut off. */
  readonly end: Event<'end'> | undefined
  /** The last line was incomplete and is left out. */
  readonly torn: boolean
}

export interface ScenarioHistory {
  readonly declared: Event<'scenario'>
  readonly phases: readonly Phase[]
  /** All other events of this scenario, in order, by kind. */
  of<K extends Kind>(kind: K): readonly Event<K>[]
}

export interface Phase {
  readonly name: Event<'phase'>['name']
  readonly seq: Event['seq']
  readonly fromMs: number
  /** Start of the next phase, of the next scenario, or the last event. */
  readonly toMs: number
}

/** All probes of the run, in columns, by scheduled instant; how long each took stands in the journal, and no check asks. `batch[i]` is the seq of the event that holds sample i. */
export interface Samples {
  readonly length: number
  /** Samples for a slot that has one already, of which only one is kept, and those too close to the one before to be of another slot. */
  readonly doubled: number
  readonly scheduledMs: Float64Array
  readonly target: Uint16Array
  readonly answer: Uint8Array
  readonly batch: Uint32Array
}
