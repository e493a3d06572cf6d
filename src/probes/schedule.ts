/**
 * When each probe is due. Targets are staggered over the interval, so that an outage of the whole fleet is met by probes at
 * many instants instead of one, and the phase is random for each run, so that nothing in the fleet can be in step with it.
 */

export interface Schedule {
  /** Monotonic milliseconds from which slots are counted. */
  readonly originMs: number
  readonly intervalMs: number
  /** Share of an interval in [0, 1) by which everything is shifted. */
  readonly phase: number
  /** The sentinel counts as one. */
  readonly targets: number
}

export interface Slot {
  readonly scheduledMs: number
  /** Position in the list of targets. */
  readonly target: number
}

/** Slots are numbered in order of time from 0; in one interval each target has exactly one. */
export function slotAt(schedule: Schedule, index: number): Slot {
  return { scheduledMs: instantOf(schedule, index), target: index % schedule.targets }
}

/** s = t0 + (i + a/N + φ)·Δ for round i and target a, which of N·i + a makes one number. */
export function instantOf({ originMs, intervalMs, phase, targets }: Schedule, index: number): number {
  return originMs + (index / targets + phase) * intervalMs
}

/** All slots in order of time, without end. */
export function* slots(schedule: Schedule, from = 0): Generator<Slot, never> {
  for (let index = from; ; index++) yield slotAt(schedule, index)
}
