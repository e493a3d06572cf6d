/** What `gate` and `drill` are asked to do, checked as a whole before anything is started: a Request has no mistakes left in it. */
import type { TSchema } from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { gather, once } from '../base/gather.ts'
import { criteria } from '../checks/index.ts'
import type { Fault } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import { mostTimeScale } from '../fleet/alert-times.ts'
import { type FleetParts, fleetParts } from '../fleet/defective.ts'
import { defectsOf } from '../fleet/defects.ts'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import { type Profile, profileOf } from '../fleet/profiles.ts'
import type { Promises } from '../journal/event.ts'
import type { AbortCondition } from '../run/abort.ts'
import { newRunId, newSeed } from '../run/identity.ts'
import type { PlannedScenario } from '../run/suite.ts'
import { durationExpected, durationMs, isDuration } from '../scenario/duration.ts'
import { type Library, openLibrary } from '../scenario/library.ts'
import { isOffLimits } from '../scenario/off-limits.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Vocabulary } from '../scenario/schema.ts'
import { readsFor } from '../verdict/reads.ts'
import { abortConditions } from './abort-conditions.ts'
import type { Arguments } from './arguments.ts'
import { defaultConfigs, scenariosDirectory } from './places.ts'
import { plannedScenarios } from './planned.ts'
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
    const scenario = aimed(
      library.scenario(reference),
      listOf(args, 'target').filter((word) => !isOffLimits(word)),
    )
    return { name: 'drill', requires: scenario.criteria, scenarios: [scenario.name], steps: [scenario] }
  })
}

export function fleetRequest(args: Arguments): FleetRequest {
  const { configs, profile, timeScale, vault, defects } = gather(fleetTasks(args))
  return { profile, timeScale, vault, ...fleetParts(configs, profile, defects) }
}

/** What scenarios and suites may name. */
export const vocabulary: Vocabulary = {
  faults: Object.fromEntries(Object.entries<Fault<TSchema>>(faults).map(([kind, { params }]) => [kind, params])),
  criteria: criteria.map(({ id }) => id),
}

function fleetTasks(args: Arguments) {
  return {
    configs: once(() => loadStartupConfigs(args.values.config ?? defaultConfigs)),
    profile: once(() => profileOf(args.one('profile') ?? 'phase0')),
    timeScale: once(() => timeScaleOf(args.one('time-scale'))),
    defects: once(() => defectsOf(listOf(args, 'defect'))),
    vault: once(() => vaultKindOf(args.one('vault'))),
  }
}

/** Whatever can be wrong is looked for before anything is said of it: configs, scenarios, numbers, and whom the faults would hit. */
function requestOf(args: Arguments, name: string, choose: (library: Library) => Choice): Request {
  const id = newRunId(name, new Date())
  const fleet = fleetTasks(args)
  const chosen = once(() => {
    const library = openLibrary(scenariosDirectory, vocabulary)
    return { ...choose(library), promises: library.promises }
  })
  const checked = gather({
    ...fleet,
    parts: () => fleetParts(fleet.configs(), fleet.profile(), fleet.defects()),
    chosen,
    seed: () => seedOf(args.one('seed')),
    holdMs: () => holdOf(args.one('for')),
    abortIf: () => abortConditions(args.values['abort-if'] ?? []),
    named: () => refuseOffLimits(args),
    // Whom a fault hits may hang on the seed; whether it hits anyone does not, nor on any number of the line.
    targets: () => plannedScenarios(chosen(), fleet.configs().topology, { id, seed: 0, timeScale: 1 }),
  })
  const { profile, timeScale, vault, seed, holdMs, abortIf, parts } = checked
  const { promises, requires, scenarios, name: suite } = checked.chosen
  const planned = plannedScenarios(checked.chosen, checked.configs.topology, {
    id,
    seed,
    timeScale,
    ...(holdMs === undefined ? {} : { holdMs }),
  })
  const made = { ...parts, profile, timeScale, vault }
  return {
    id,
    suite: { name: suite, scenarios, requires },
    planned: planned.map((each) => ({ ...each, reads: readsFor(each.scenario.criteria) })),
    promises,
    ...made,
    seed,
    abortIf,
    reproduce: reproduceLine(args, seed),
  }
}

/** Said as what it is: as the name of an agent it would only be unknown. */
function refuseOffLimits(args: Arguments): void {
  const problems = listOf(args, 'target')
    .filter(isOffLimits)
    .map((word) => ({
      message: `--target: ${word} watches the fleet or ends its faults, and no fault may touch it`,
      expected: 'agents, by name or as machine/name',
    }))
  if (problems.length > 0) throw new GauntletError('usage/arguments', 'aiming the faults', { problems })
}

function aimed(scenario: Scenario, agents: readonly string[]): Scenario {
  if (agents.length === 0) return scenario
  return { ...scenario, faults: scenario.faults.map(({ targetPlace: _, ...use }) => ({ ...use, target: { agents } })) }
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
