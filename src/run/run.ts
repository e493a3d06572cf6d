/** One scenario on one fleet. Everything that happened goes to the journal; nothing is judged here. */
import type { Clock } from '../base/clock.ts'
import type { ExpectedAlert, LoadEvent, PhaseName } from '../journal/event.ts'
import type { Read } from '../journal/reads.ts'
import type { PlannedLoad } from './load-plan.ts'
import type { Hold, PlannedFault, Write } from './planned-fault.ts'
import { playTimeline } from './timeline.ts'

/** What a scenario needs of the fleet it runs on. */
export interface Stage {
  /** @throws GauntletError environment/ability naming every fault of these that this fleet cannot have done to it, and why */
  preflight(faults: readonly PlannedFault[], signal: AbortSignal): Promise<void>
  readonly hold: Hold
  /** Journals what stands in the machines' namespaces, and on the host. */
  snapshot(when: 'before' | 'after', signal: AbortSignal): Promise<void>
  /** Journals what the final reads will be held against. */
  firstReads(reads: Reads, signal: AbortSignal): Promise<void>
  /**
   * Journals what the fleet says of itself now that it is over: who is registered and heard of, what was reported, who was told.
   * @param overMs since when it is, by the clock: what was heard before says nothing of how it ended
   */
  finalReads(reads: Reads, overMs: number, signal: AbortSignal): Promise<void>
  /** Sends a load, and journals every answer. */
  sendLoad(load: PlannedLoad, when: LoadEvent['when'], signal: AbortSignal): Promise<void>
  /** Waits until all of these, and their services, answer and go on answering; false when the time is over first. None means the whole fleet. */
  steadyAgain(hurt: readonly string[], withinMs: number, signal: AbortSignal): Promise<boolean>
}

/** What a scenario is judged by beside the probes. */
export interface Reads {
  readonly reads: readonly Read[]
  /** Who is to be told, and when; absent where the scenario does not say. */
  readonly alerts?: readonly ExpectedAlert[] | undefined
}

export interface Timeline extends Reads {
  readonly steadyMs: number
  readonly recoveryMs: number
  readonly faults: readonly PlannedFault[]
  /** Sent while all faults are held. */
  readonly load?: PlannedLoad | undefined
}

/** Two ways to be told to end early. */
export interface Ends {
  /** At once: everything is undone on the way out, and nothing else is done. */
  readonly signal: AbortSignal
  /** In order: everything is undone, and what stands then is written down, so that what was broken by then can be judged. */
  readonly abort: AbortSignal
}

/** @returns whether all affected recovered, so that the next scenario may use the same fleet; false when it was aborted */
export async function run(timeline: Timeline, stage: Stage, write: Write, clock: Clock, { signal, abort }: Ends): Promise<boolean> {
  const either = AbortSignal.any([signal, abort])
  const begun: PlannedFault[] = []
  const noting: Stage = {
    ...stage,
    hold(fault, signal) {
      begun.push(fault)
      return stage.hold(fault, signal)
    },
  }
  const phases = phasesTo(write)
  phases.enter('steady') // at once: from the bring-up, or from the scenario before, each second belongs to a phase
  try {
    await stage.preflight(timeline.faults, either)
    return await play(timeline, noting, phases, clock, either)
  } catch (error) {
    if (!abort.aborted || signal.aborted) throw error
    if (error === abort.reason && begun.length > 0 && phases.current() !== 'final') await recovery(begun, timeline, stage, phases, signal)
    phases.enter('final')
    await stage.snapshot('after', signal)
    if (error !== abort.reason) throw error
    return false
  }
}

async function play(timeline: Timeline, stage: Stage, phases: Phases, clock: Clock, signal: AbortSignal): Promise<boolean> {
  await stage.snapshot('before', signal)
  await stage.firstReads(timeline, signal)
  await clock.sleep(timeline.steadyMs, signal)
  const { load } = timeline
  if (load?.design === 'control') await stage.sendLoad(load, 'before', signal)

  phases.enter('fault')
  await playTimeline(timeline.faults, stage, clock, signal, load && ((end) => stage.sendLoad(load, 'during', end)))

  const overMs = clock.nowMs()
  const recovered = await recovery(timeline.faults, timeline, stage, phases, signal)

  phases.enter('final')
  await stage.finalReads(timeline, overMs, signal)
  await stage.snapshot('after', signal)
  return recovered
}

/** Also after an abort, once all is undone: what is read while a target is still gone would show the fault, and not what it left. */
async function recovery(
  faults: readonly PlannedFault[],
  { recoveryMs }: Timeline,
  stage: Stage,
  phases: Phases,
  signal: AbortSignal,
): Promise<boolean> {
  phases.enter('recovery')
  const affected = [...new Set(faults.flatMap(({ plan }) => plan.radius))]
  return stage.steadyAgain(affected, recoveryMs, signal)
}

type Phases = ReturnType<typeof phasesTo>

/** Writes that a phase begins, unless it is the one that goes on. */
function phasesTo(write: Write) {
  let current: PhaseName | undefined
  return {
    current: () => current,
    enter(name: PhaseName) {
      if (name !== current) write({ kind: 'phase', name })
      current = name
    },
  }
}
