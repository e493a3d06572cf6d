/** One scenario on one fleet. Everything that happened goes to the journal; nothing is judged here. */
import type { Clock } from '../base/clock.ts'
import type { Plan } from '../faults/fault.ts'
import type { EventBody } from '../journal/event.ts'

export type Write = (body: EventBody) => unknown

/** A fault of the scenario, planned for this topology. */
export interface PlannedFault {
  readonly lease: string
  readonly kind: string
  readonly plan: Plan
  readonly holdMs: number
}

/** What a scenario needs of the fleet it runs on. */
export interface Stage {
  /** Journals the undo, arms it beside the fault with its time to live, applies, and asks for proof. Disposal undoes it and proves it gone. */
  hold(fault: PlannedFault, signal: AbortSignal): Promise<AsyncDisposable>
  /** Journals what stands in the machines' namespaces. */
  snapshot(when: 'before' | 'after', signal: AbortSignal): Promise<void>
  /** Journals the registry's records, every agent's exposition text, and the hub's freshness. */
  census(signal: AbortSignal): Promise<void>
  /** Waits until all of these agents answer and go on answering; false when the time is over first. None means the whole fleet. */
  steadyAgain(agents: readonly string[], withinMs: number, signal: AbortSignal): Promise<boolean>
}

export interface Timeline {
  readonly steadyMs: number
  readonly recoveryMs: number
  readonly faults: readonly PlannedFault[]
}

/** @returns whether everyone hurt came back, so that the next scenario may use the same fleet */
export async function run(timeline: Timeline, stage: Stage, write: Write, clock: Clock, signal: AbortSignal): Promise<boolean> {
  await stage.snapshot('before', signal)
  write({ kind: 'phase', name: 'steady' })
  await clock.sleep(timeline.steadyMs, signal)

  for (const fault of timeline.faults) {
    write({ kind: 'phase', name: 'fault' })
    await using _lease = await stage.hold(fault, signal)
    await clock.sleep(fault.holdMs, signal)
  } // undone here, also when anything above threw

  write({ kind: 'phase', name: 'recovery' })
  const hurt = timeline.faults.flatMap((fault) => fault.plan.radius)
  const recovered = await stage.steadyAgain(hurt, timeline.recoveryMs, signal)

  write({ kind: 'phase', name: 'final' })
  await stage.census(signal)
  await stage.snapshot('after', signal)
  return recovered
}
