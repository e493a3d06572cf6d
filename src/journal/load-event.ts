/** Load as it was sent: what was asked of whom, every answer, and the load generator's own count of what it sent. */

/** Both releases at once; by turns; or before and after, beside agents that are not changed. */
export const loadDesigns = ['duet', 'abba', 'control'] as const
export type LoadDesign = (typeof loadDesigns)[number]

/** The position in this list is the code in `load-samples.arms`. The twin is the old once more, for the comparison that must find nothing. */
export const loadArms = ['old', 'twin', 'new'] as const
export type LoadArm = (typeof loadArms)[number]

/** A part of the load, sent in one piece; written before the first request of it. */
export interface LoadEvent {
  readonly kind: 'load'
  /** Of this part, in its scenario. */
  readonly load: string
  readonly design: LoadDesign
  /** Before anything was changed, or while the change was in. */
  readonly when: 'before' | 'during'
  /** Requests a second, of each arm on each machine, at a constant rate of arrival. */
  readonly ratePerS: number
  readonly slotMs: number
  /** How many comparisons this part has slots for. */
  readonly replicates: number
  /** Numbers of comparisons, of all parts together, at which it may be judged: set before the first. */
  readonly looks: readonly number[]
  readonly timeoutMs: number
  /** Sent before the first slot, and not counted. */
  readonly warmUpMs: number
  /** Draws the order of arms. */
  readonly seed: number
  /** `load-samples.targets` are positions in this list; agent ids by arm. */
  readonly targets: readonly { readonly machine: string; readonly agents: Readonly<Record<LoadArm, readonly string[]>> }[]
  /** Whose answer is none of that arm's unless `says` stands in it. */
  readonly asks: Readonly<Record<LoadArm, { readonly path: string; readonly says: string }>>
}

/** Raw samples, in columns of equal length. Whoever did not answer well has failed, whatever the latency. */
export interface LoadSamplesEvent {
  readonly kind: 'load-samples'
  readonly load: string
  /** Intended instants, from the begin of the first slot. */
  readonly scheduled: readonly number[]
  readonly targets: readonly number[]
  readonly arms: readonly number[]
  /** Codes as in `samples.answers`. */
  readonly answers: readonly number[]
  /** From the intended instant to the complete answer. */
  readonly latency: readonly number[]
}

/** The end of a part: what the load generator itself says that it sent. Null where it did not say. */
export interface LoadEndEvent {
  readonly kind: 'load-end'
  readonly load: string
  /** Requests that count, the warm-up left out. */
  readonly sent: number | null
  /** `dropped_iterations`: requests that were due, and for which it had nobody left to send them. */
  readonly dropped: number | null
  readonly exitCode: number
  /** Its last words, where it had any. */
  readonly said: string
}
