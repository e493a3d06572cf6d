/** What `gate` and `drill` are asked to do, checked as a whole before anything is started: a Request has no mistakes left in it. */
import { createHash } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { gather } from '../base/gather.ts'
import type { Fault, Plan } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import { messageAfterMs, messageWithinMs, mostTimeScale } from '../fleet/alert-times.ts'
import { type FleetParts, fleetParts } from '../fleet/defective.ts'
import { defectsOf } from '../fleet/defects.ts'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import { type Profile, profileOf } from '../fleet/profiles.ts'
import { selectTargets } from '../fleet/select.ts'
import type { Topology } from '../fleet/topology.ts'
import type { ExpectedAlert, Promises } from '../journal/event.ts'
import type { AbortCondition } from '../run/abort.ts'
import { newRunId, newSeed } from '../run/identity.ts'
import { planLoad } from '../run/load-plan.ts'
import type { PlannedFault } from '../run/planned-fault.ts'
import { planProblems } from '../run/preflight.ts'
import type { PlannedScenario } from '../run/suite.ts'
import { durationExpected, durationMs, isDuration } from '../scenario/duration.ts'
import { type Library, openLibrary } from '../scenario/library.ts'
import { isOffLimits } from '../scenario/off-limits.ts'
import type { FaultUse, Scenario } from '../scenario/scenario.ts'
import { abortConditions } from './abort-conditions.ts'
import type { Arguments } from './arguments.ts'
import { defaultConfigs, scenariosDirectory } from './places.ts'
import { type VaultKind, vaultKindOf } from './vault.ts'

export interface FleetRequest extends FleetParts {
  readonly profile: Profile
  /** By which the times of alerts are divided. */
  readonly timeScale: number
  readonly vault: VaultKind
}

export interface Request extends FleetRequest {
  readonly id: string
  readonly suite: { readonly name: string; readonly scenarios: readonly string[]; readonly requires: readonly string[] }
  readonly planned: readonly PlannedScenario[]
  readonly promises: Promises
  readonly seed: number
  readonly abortIf: readonly AbortCondition[]
  readonly reproduce: string
}

interface Choice {
  readonly name: string
  readonly requires: readonly string[]
  /** What the verdict must speak of. */
  readonly scenarios: readonly string[]
  /** What is run of it. */
  readonly steps: readonly Scenario[]
}

/** The whole gate is what the verdict speaks of: with `--only`, the scenarios left out are unknown in it. */
export function gateRequest(args: Arguments): Request {
  return requestOf(args, 'gate', (library) => {
    const { name, requires, scenarios, steps } = library.suite('gate')
    const only = listOf(args, 'only')
    const strangers = only.filter((wanted) => !scenarios.includes(wanted))
    if (strangers.length > 0) {
      const problems = strangers.map((wanted) => ({
        message: `--only: the gate has no scenario ${wanted}`,
        expected: `one of ${scenarios.join(', ')}`,
      }))
      throw new GauntletError('usage/arguments', 'choosing the scenarios of the gate', { problems })
    }
    return { name, requires, scenarios, steps: only.length === 0 ? steps : steps.filter((step) => only.includes(step.name)) }
  })
}

export function drillRequest(args: Arguments): Request {
  const [reference = ''] = args.positionals
  return requestOf(args, `drill-${reference.replace(/^.*\/|\.ya?ml$/g, '')}`, (library) => {
    const scenario = aimed(library.scenario(reference), targetsOf(args))
    return { name: 'drill', requires: scenario.criteria, scenarios: [scenario.name], steps: [scenario] }
  })
}

export function fleetRequest(args: Arguments): FleetRequest {
  const { configs, profile, timeScale, vault, defects } = gather(fleetTasks(args))
  return { profile, timeScale, vault, ...fleetParts(configs, profile, defects) }
}

/** What scenarios may use, with the schemas of its parameters. */
export const faultParams = Object.fromEntries(Object.entries<Fault<TSchema>>(faults).map(([kind, { params }]) => [kind, params]))

function fleetTasks(args: Arguments) {
  return {
    configs: () => loadStartupConfigs(args.values.config ?? defaultConfigs),
    profile: () => profileOf(args.one('profile') ?? 'phase0'),
    timeScale: () => timeScaleOf(args.one('time-scale')),
    defects: () => defectsOf(listOf(args, 'defect')),
    vault: () => vaultKindOf(args.one('vault')),
  }
}

type Checked = ReturnType<typeof checkedParts>

/** Whatever can be wrong is looked for before anything is said of it: configs, scenarios, numbers, and whom the faults would hit. */
function requestOf(args: Arguments, name: string, choose: (library: Library) => Choice): Request {
  const id = newRunId(name, new Date())
  let checked: Checked | undefined
  const { parts, seed, holdMs, abortIf } = gather({
    parts: () => {
      checked = checkedParts(args, choose)
      return checked
    },
    seed: () => seedOf(args.one('seed')),
    holdMs: () => holdOf(args.one('for')),
    abortIf: () => abortConditions(args.values['abort-if'] ?? []),
    // Whom a fault hits may hang on the seed; whether it hits anyone does not.
    targets: () => checked && plannedScenarios(checked, 0, id),
  })
  const { configs, profile, timeScale, vault, chosen, deployments, defects } = parts
  const { promises, requires, scenarios } = chosen
  const suite = { name: chosen.name, scenarios, requires }
  const planned = plannedScenarios(parts, seed, id, holdMs)
  const fleet = { configs, profile, deployments, defects, timeScale, vault }
  return { id, suite, planned, promises, ...fleet, seed, abortIf, reproduce: reproduceLine(args, seed) }
}

function checkedParts(args: Arguments, choose: (library: Library) => Choice) {
  const parts = gather({
    ...fleetTasks(args),
    chosen: () => {
      const library = openLibrary(scenariosDirectory, faultParams)
      return { ...choose(library), promises: library.promises }
    },
  })
  return { ...parts, ...fleetParts(parts.configs, parts.profile, parts.defects) }
}

/** @param holdMs how long every fault is held, instead of what its scenario says */
function plannedScenarios({ chosen, configs, timeScale }: Checked, seed: number, id: string, holdMs?: number): readonly PlannedScenario[] {
  const plans = gather(
    Object.fromEntries(
      chosen.steps.flatMap((scenario) =>
        scenario.faults.map((use, index): [string, () => PlannedFault] => {
          const place = `${scenario.name}.${index}`
          const lease = `${id}.${place}`
          const plan = () => planOf(use, configs.topology, drawSeed(seed, place), lease)
          const { kind, atMs } = use
          return [place, () => ({ lease, kind, plan: plan(), holdMs: holdMs ?? use.holdMs, ...(atMs === undefined ? {} : { atMs }) })]
        }),
      ),
    ),
  )
  const planned = chosen.steps.map((scenario) => {
    const faults = scenario.faults.map((_, index) => plans[`${scenario.name}.${index}`] as PlannedFault)
    const { load } = scenario
    const limits = { ...chosen.promises, ...scenario.limits }
    return {
      scenario,
      faults,
      limits,
      alerts: scenario.alerts?.map((expected) => scaled(expected, timeScale)),
      load: load && planLoad(load, faults, configs.topology, limits, drawSeed(seed, `${scenario.name}.load`)),
    }
  })
  const problems = planned.flatMap(({ faults }) => planProblems(faults, configs.topology))
  if (problems.length > 0) throw new GauntletError('usage/fault', 'putting the faults of a scenario together', { problems })
  return planned
}

function scaled({ afterMs, withinMs, resolvedMs, ...who }: ExpectedAlert, timeScale: number): ExpectedAlert {
  const within = (ms: number) => messageWithinMs(ms, timeScale)
  return { ...who, afterMs: messageAfterMs(afterMs, timeScale), withinMs: within(withinMs), resolvedMs: within(resolvedMs) }
}

/** The scenario's schema has checked kind and parameters. */
function planOf(use: FaultUse, topology: Topology, seed: number, tag: string): Plan {
  const fault = faults[use.kind as keyof typeof faults] as Fault<TSchema>
  return fault.plan(topology, selectTargets(topology, use.target, seed), use.params as Static<TSchema>, tag)
}

/** Another draw for each use of a fault, so that one unlucky agent is not the target of a whole suite. */
function drawSeed(seed: number, use: string): number {
  return createHash('sha256').update(`${seed} ${use}`).digest().readUInt32LE()
}

/** Said as what it is: as the name of an agent it would only be unknown. */
function targetsOf(args: Arguments): readonly string[] {
  const targets = listOf(args, 'target')
  const problems = targets.filter(isOffLimits).map((word) => ({
    message: `--target: ${word} watches the fleet or ends its faults, and no fault may touch it`,
    expected: 'agents, by name or as machine/name',
  }))
  if (problems.length > 0) throw new GauntletError('usage/arguments', 'aiming the faults', { problems })
  return targets
}

function aimed(scenario: Scenario, agents: readonly string[]): Scenario {
  return agents.length === 0 ? scenario : { ...scenario, faults: scenario.faults.map((use) => ({ ...use, target: { agents } })) }
}

function holdOf(text: string | undefined): number | undefined {
  if (text === undefined || isDuration(text)) return text === undefined ? undefined : durationMs(text)
  const problems = [{ message: `--for: "${text}" is not a duration`, expected: durationExpected }]
  throw new GauntletError('usage/arguments', 'changing how long faults are held', { problems })
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return newSeed()
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 31) return Number(text)
  const problems = [{ message: `--seed: "${text}" is not a seed`, expected: `a whole number from 0 to ${2 ** 31 - 1}` }]
  throw new GauntletError('usage/arguments', 'reading the seed', { problems })
}

function timeScaleOf(text = '1'): number {
  const scale = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0
  if (scale >= 1 && scale <= mostTimeScale) return scale
  const problems = [{ message: `--time-scale: "${text}" is no such number`, expected: `a number from 1 to ${mostTimeScale}` }]
  throw new GauntletError('usage/arguments', 'reading by how much the times of alerts are divided', { problems })
}

function listOf(args: Arguments, option: string): string[] {
  return (args.values[option] ?? []).flatMap((value) => value.split(',')).filter((word) => word !== '')
}

/** The line that runs this again: as it was typed, with the seed. */
function reproduceLine(args: Arguments, seed: number): string {
  const words = args.has('seed') ? args.typed : [...args.typed, '--seed', String(seed)]
  return ['./gauntlet', ...words.map((word) => (/^[\w./,=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))].join(' ')
}
