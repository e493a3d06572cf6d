/** What `gate` and `drill` are asked to do, checked as a whole before anything is started: a Request has no mistakes left in it. */
import type { TSchema } from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { gather, once } from '../base/gather.ts'
import { defaultConfigs, scenariosDirectory } from '../base/project.ts'
import type { Fault } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import { type FleetParts, fleetParts } from '../fleet/defective.ts'
import { defectsOf } from '../fleet/defects.ts'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import { type Profile, profileOf } from '../fleet/profiles.ts'
import type { AskedFleet, AskedFor } from '../journal/asked-for.ts'
import type { Promises } from '../journal/event.ts'
import type { Read } from '../journal/reads.ts'
import { type Library, openLibrary } from '../scenario/library.ts'
import { isOffLimits } from '../scenario/off-limits.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Vocabulary } from '../scenario/schema.ts'
import type { AbortCondition } from './abort.ts'
import { abortConditions } from './abort-conditions.ts'
import { newRunId } from './identity.ts'
import { plannedScenarios } from './planned-scenarios.ts'
import type { PlannedScenario } from './suite.ts'
import { type VaultKind, vaultKindOf } from './vault.ts'

export interface FleetRequest extends FleetParts {
  readonly profile: Profile
  readonly timeScale: number
  readonly vault: VaultKind
}

export interface Request extends FleetRequest {
  readonly id: string
  readonly asked: AskedFor
  readonly suite: { readonly name: string; readonly scenarios: readonly string[]; readonly requires: readonly string[] }
  readonly planned: readonly PlannedScenario[]
  readonly promises: Promises
  readonly abortIf: readonly AbortCondition[]
}

interface Choice {
  readonly name: string
  readonly requires: readonly string[]
  /** What the verdict must speak of. */
  readonly scenarios: readonly string[]
  /** What is run of it. */
  readonly steps: readonly Scenario[]
}

/** What a run must know of how it will be judged, and is told: it never sees a criterion. */
export interface Judging {
  readonly criteria: readonly string[]
  readsFor(criteria: readonly string[]): readonly Read[]
}

/** What scenarios and suites may name. */
export function vocabularyOf({ criteria }: Pick<Judging, 'criteria'>): Vocabulary {
  return { faults: Object.fromEntries(Object.entries<Fault<TSchema>>(faults).map(([kind, { params }]) => [kind, params])), criteria }
}

/** Whatever can be wrong is looked for before anything is said of it: configs, scenarios, and whom the faults would hit. */
export function requestOf(asked: AskedFor, judging: Judging): Request {
  const { command, scenario = '', seed, holdMs, timeScale, targets } = asked
  const id = newRunId(command === 'drill' ? `drill-${scenario.replace(/^.*\/|\.ya?ml$/g, '')}` : command, new Date())
  const fleet = fleetTasks(asked)
  const chosen = once(() => {
    const library = openLibrary(asked.scenarios ?? scenariosDirectory, vocabularyOf(judging))
    return { ...(command === 'gate' ? gateOf(library, asked) : drillOf(library, asked)), promises: library.promises }
  })
  const checked = gather({
    ...fleet,
    parts: () => fleetParts(fleet.configs(), fleet.profile(), fleet.defects()),
    chosen,
    abortIf: () => abortConditions(asked.abortIf),
    named: () => refuseOffLimits(targets),
    planned: () =>
      plannedScenarios(chosen(), fleet.configs().topology, { id, seed, timeScale, ...(holdMs === undefined ? {} : { holdMs }) }),
  })
  const { profile, vault, abortIf, parts } = checked
  const planned = checked.planned.map((each) => ({ ...each, reads: judging.readsFor(each.scenario.criteria) }))
  const { promises, requires, scenarios, name } = checked.chosen
  return { id, asked, suite: { name, scenarios, requires }, planned, promises, ...parts, profile, timeScale, vault, abortIf }
}

export function fleetRequestOf(asked: AskedFleet): FleetRequest {
  const { configs, profile, vault, defects } = gather(fleetTasks(asked))
  return { profile, timeScale: asked.timeScale, vault, ...fleetParts(configs, profile, defects) }
}

function fleetTasks({ configs, profile, defects, vault }: AskedFleet) {
  return {
    configs: once(() => loadStartupConfigs(configs.length === 0 ? defaultConfigs : configs)),
    profile: once(() => profileOf(profile)),
    defects: once(() => defectsOf(defects)),
    vault: once(() => vaultKindOf(vault)),
  }
}

/** The whole gate is what the verdict speaks of: with `only`, the scenarios left out are unknown in it. */
function gateOf(library: Library, { only }: AskedFor): Choice {
  const { name, requires, scenarios, steps } = library.suite('gate')
  const strangers = only.filter((wanted) => !scenarios.includes(wanted))
  if (strangers.length > 0) {
    const problems = strangers.map((wanted) => ({
      message: `--only: the gate has no scenario ${wanted}`,
      expected: `one of ${scenarios.join(', ')}`,
    }))
    throw new GauntletError('usage/arguments', 'choosing the scenarios of the gate', { problems })
  }
  return { name, requires, scenarios, steps: only.length === 0 ? steps : steps.filter((step) => only.includes(step.name)) }
}

function drillOf(library: Library, { scenario: reference = '', targets }: AskedFor): Choice {
  const scenario = aimed(
    library.scenario(reference),
    targets.filter((word) => !isOffLimits(word)),
  )
  return { name: 'drill', requires: scenario.criteria, scenarios: [scenario.name], steps: [scenario] }
}

/** Said as what it is: as the name of an agent it would only be unknown. */
function refuseOffLimits(targets: readonly string[]): void {
  const problems = targets.filter(isOffLimits).map((word) => ({
    message: `--target: ${word} watches the fleet or ends its faults, and no fault may touch it`,
    expected: 'agents, by name or as machine/name',
  }))
  if (problems.length > 0) throw new GauntletError('usage/arguments', 'aiming the faults', { problems })
}

function aimed(scenario: Scenario, agents: readonly string[]): Scenario {
  if (agents.length === 0) return scenario
  return { ...scenario, faults: scenario.faults.map(({ targetPlace: _, ...use }) => ({ ...use, target: { agents } })) }
}
