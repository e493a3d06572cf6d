/** Scenarios one after another. A fleet is kept while the scenarios leave it well, and renewed when one does not. */
import type { Clock } from '../base/clock.ts'
import type { ExpectedAlert, Promises } from '../journal/event.ts'
import type { Read } from '../journal/reads.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { PlannedLoad } from './load-plan.ts'
import type { PlannedFault, Write } from './planned-fault.ts'
import { type Ends, run, type Stage } from './run.ts'
import { timelineMs } from './timeline.ts'

export interface PlannedScenario {
  readonly scenario: Scenario
  readonly faults: readonly PlannedFault[]
  /** What its criteria judge by. */
  readonly reads: readonly Read[]
  /** The promises, as this scenario tightens or loosens them. */
  readonly limits: Promises
  /** After the time scale; absent where the scenario does not say. */
  readonly alerts?: readonly ExpectedAlert[] | undefined
  /** Absent where it has none. */
  readonly load?: PlannedLoad | undefined
}

/** A fleet that is up, or that tried. */
export interface OpenStage extends Stage, AsyncDisposable {
  /** False when the boot script gave up: nothing can be done on such a fleet, and its journal already says why. */
  readonly cameUp: boolean
}

export async function runSuite(
  planned: readonly PlannedScenario[],
  open: (limits: Promises, signal: AbortSignal) => Promise<OpenStage>,
  write: Write,
  clock: Clock,
  ends: Ends,
): Promise<void> {
  const either = AbortSignal.any([ends.signal, ends.abort])
  await using fleet = holder()
  for (const { scenario, faults, reads, limits, alerts, load } of planned) {
    if (scenario.coldStart) await fleet.clear()
    const { name, hypothesis, risks, criteria, steadyMs, recoveryMs } = scenario
    write({
      kind: 'scenario',
      name,
      hypothesis,
      risks,
      criteria,
      limits,
      coldStart: fleet.current === undefined,
      planned: { steadyMs, disturbedMs: timelineMs(faults) + recoveryMs },
      ...(alerts && { alerts }),
    })
    if (!fleet.current) {
      write({ kind: 'phase', name: 'bring-up' })
      fleet.current = await open(limits, either)
    }
    if (!fleet.current.cameUp) return // the scenarios left over have not run, and the verdict says so
    const recovered = await run({ steadyMs, recoveryMs, faults, reads, alerts, load }, fleet.current, write, clock, ends)
    if (ends.abort.aborted) return
    if (!recovered) await fleet.clear()
  }
}

/** At most one fleet at a time, disposed of on every way out. */
function holder() {
  return {
    current: undefined as OpenStage | undefined,
    async clear() {
      const { current } = this
      this.current = undefined
      await current?.[Symbol.asyncDispose]()
    },
    [Symbol.asyncDispose]() {
      return this.clear()
    },
  }
}
