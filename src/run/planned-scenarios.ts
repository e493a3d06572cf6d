/** The scenarios of a request with their faults planned for its fleet: whom they hit, and what is done to whom. */
import { createHash } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import { GauntletError, type Problem } from '../base/errors.ts'
import { gather } from '../base/gather.ts'
import type { Fault, Plan } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import { withSubjects } from '../fleet/alert-subjects.ts'
import { messageAfterMs, messageWithinMs } from '../fleet/alert-times.ts'
import { selectTargets } from '../fleet/select.ts'
import type { Topology } from '../fleet/topology.ts'
import type { ExpectedAlert, Promises } from '../journal/event.ts'
import { longestMs } from '../scenario/read.ts'
import type { FaultUse, Scenario } from '../scenario/scenario.ts'
import { planLoad } from './load-plan.ts'
import type { PlannedFault } from './planned-fault.ts'
import { planProblems } from './preflight.ts'
import type { PlannedScenario } from './suite.ts'

interface Chosen {
  readonly steps: readonly Scenario[]
  readonly promises: Promises
}

interface Numbers {
  /** Of the run: leases carry it. */
  readonly id: string
  readonly seed: number
  readonly timeScale: number
  /** How long every fault is held, instead of what its scenario says. */
  readonly holdMs?: number
}

/** @throws GauntletError usage/fault with all that is wrong in all of them, each with its place in the scenario's file */
export function plannedScenarios(
  { steps, promises }: Chosen,
  topology: Topology,
  numbers: Numbers,
): readonly Omit<PlannedScenario, 'reads'>[] {
  const { seed, timeScale } = numbers
  const plans = gather(
    Object.fromEntries(
      steps.flatMap((scenario) =>
        scenario.faults.map((use, index): [string, () => PlannedFault] => {
          const place = `${scenario.name}.${index}`
          return [place, () => plannedFault(use, place, topology, numbers)]
        }),
      ),
    ),
  )
  const planned = steps.map((scenario) => {
    const faults = scenario.faults.map((_, index) => plans[`${scenario.name}.${index}`] as PlannedFault)
    const { load } = scenario
    const limits = { ...promises, ...scenario.limits }
    return {
      scenario,
      faults,
      limits,
      alerts: expectedOf(scenario, faults, topology, timeScale),
      load: load && planLoad(load, faults, topology, limits, drawSeed(seed, `${scenario.name}.load`)),
    }
  })
  const problems = [...planned.flatMap(({ faults }) => planProblems(faults, topology)), ...steps.flatMap((step) => tooShort(step, numbers))]
  if (problems.length > 0) throw new GauntletError('usage/fault', 'putting the faults of a scenario together', { problems })
  return planned
}

function plannedFault(use: FaultUse, name: string, topology: Topology, { id, seed, holdMs = use.holdMs }: Numbers): PlannedFault {
  const lease = `${id}.${name}`
  const { kind, atMs, place, targetPlace } = use
  const targets = at(targetPlace, () => selectTargets(topology, use.target, drawSeed(seed, name)))
  // The scenario's schema has checked kind and parameters.
  const fault = faults[kind as keyof typeof faults] as Fault<TSchema>
  const plan = at(place, (): Plan => fault.plan(topology, targets, use.params as Static<TSchema>, lease))
  return { lease, kind, plan, holdMs, place, ...(atMs === undefined ? {} : { atMs }) }
}

/** Whoever plans knows no files: what it refuses is given the place that asked for it. */
function at<T>(place: Pick<Problem, 'file' | 'line' | 'column'> | undefined, task: () => T): T {
  try {
    return task()
  } catch (error) {
    if (!(error instanceof GauntletError) || place === undefined) throw error
    const own = error.problems.length > 0 ? error.problems : [{ message: error.message }]
    throw new GauntletError(error.code, error.message, { problems: own.map((problem) => ({ ...place, ...problem })), cause: error.cause })
  }
}

/** A load is sent while its faults are held. The file is looked at by its reader; here it is about `--for`. */
function tooShort({ name, load }: Scenario, { holdMs }: Numbers): Problem[] {
  if (load === undefined || holdMs === undefined || holdMs >= longestMs(load)) return []
  const message = `--for: ${name} sends a load while its faults are held, and it may take longer than ${holdMs / 1000}s`
  return [{ message, expected: `at least ${longestMs(load) / 1000}s, or no --for; they are released sooner when the load is over` }]
}

function expectedOf(
  { alerts }: Scenario,
  faults: readonly PlannedFault[],
  topology: Topology,
  timeScale: number,
): readonly ExpectedAlert[] | undefined {
  const targets = faults.flatMap(({ plan }) => plan.targets)
  return alerts && withSubjects(alerts, targets, topology).map((expected) => scaled(expected, timeScale))
}

function scaled({ afterMs, withinMs, resolvedMs, ...who }: ExpectedAlert, timeScale: number): ExpectedAlert {
  const within = (ms: number) => messageWithinMs(ms, timeScale)
  return { ...who, afterMs: messageAfterMs(afterMs, timeScale), withinMs: within(withinMs), resolvedMs: within(resolvedMs) }
}

/** Another draw for each use of a fault, so that one unlucky agent is not the target of a whole suite. */
function drawSeed(seed: number, use: string): number {
  return createHash('sha256').update(`${seed} ${use}`).digest().readUInt32LE()
}
