/** A fleet with defects: the same configs, deployments and servers, but for what the defects change. Without any, they are the very same. */

import { GauntletError } from '../base/errors.ts'
import { fileError } from '../config/document.ts'
import { configFindings } from '../config/findings.ts'
import { readStartup, type StartupConfig } from '../config/startup.ts'
import type { Deployment } from './contract.ts'
import { type Change, changes } from './defect-changes.ts'
import type { Defect } from './defects.ts'
import { deploymentsOf } from './deployment.ts'
import { fitting } from './fitting.ts'
import type { LoadedConfigs } from './load-startup-configs.ts'
import type { Server } from './monitoring.ts'
import { withPlainCredentials } from './plain-credentials.ts'
import type { Profile } from './profiles.ts'
import type { AgentId, MachineId, Topology } from './topology.ts'
import { topologyOf } from './topology-of.ts'

/** A defect and where it is in one fleet. */
export interface PlacedDefect extends Defect {
  readonly machines: readonly MachineId[]
  /** None: it is the machines' own. */
  readonly agents: readonly AgentId[]
}

export interface FleetParts {
  readonly configs: LoadedConfigs
  readonly deployments: ReadonlyMap<MachineId, Deployment>
  readonly defects: readonly PlacedDefect[]
}

/** @throws GauntletError usage/arguments where a defect has no place in these configs; as `deploymentsOf` */
export function fleetParts(loaded: LoadedConfigs, profile: Profile, defects: readonly Defect[]): FleetParts {
  const placed = defects.map((defect) => place(loaded.topology, defect))
  const hubs = profile.mitigations.includes('secret-files') ? [] : fitting(loaded.topology, { role: 'hub' })
  const asWritten = edited(
    loaded,
    hubs.map(({ id }) => id),
    withPlainCredentials,
  )
  const configs = placed.reduce((before, { id, agents }) => edited(before, agents, changeOf(id).config), asWritten)
  const deployments = placed.reduce(
    (before, defect) => deployedWith(before, defect, configs.configs),
    deploymentsOf(configs.topology, profile),
  )
  return { configs, deployments, defects: placed }
}

/** The servers that watch a fleet with these defects. */
export function serversWith(servers: readonly Server[], defects: readonly Defect[]): readonly Server[] {
  return defects.reduce((all, { id }) => changeOf(id).servers?.(all) ?? all, servers)
}

function place(topology: Topology, defect: Defect): PlacedDefect {
  const { machine, agents: count, role = 'agent', leaf = false } = defect.on
  if (count === undefined) {
    const machines = [...topology.machines.keys()].filter((id) => (machine ?? id) === id)
    if (machines.length > 0) return { ...defect, machines, agents: [] }
  } else {
    const chosen = fitting(topology, defect.on).slice(-count)
    if (chosen.length > 0)
      return { ...defect, machines: [...new Set(chosen.map((agent) => agent.machine))], agents: chosen.map(({ id }) => id) }
  }
  const wanted = [
    count === undefined ? '' : `an agent of role ${role}${leaf ? ' that nobody needs' : ''} on `,
    machine ? `the machine ${machine}` : 'any machine',
  ]
  const problems = [{ message: `--defect: ${defect.id} has no place in these configs`, expected: wanted.join('') }]
  throw new GauntletError('usage/arguments', `putting ${defect.id} into the fleet`, { problems })
}

/**
 * Read anew, as configs that their owner had written like this would be.
 * @param edit the text of a config, of which it gets the agents that are chosen, where there are any
 */
function edited(loaded: LoadedConfigs, chosen: readonly AgentId[], edit: Change['config']): LoadedConfigs {
  if (edit === undefined) return loaded
  const configs = loaded.configs.map((config): StartupConfig => {
    const own = config.agents.filter(({ name }) => chosen.includes(`${config.machine}/${name}` as AgentId))
    if (own.length === 0) return config
    const read = readStartup({ file: config.file, text: edit(config, own) }, config.variables)
    if ('problems' in read) throw fileError(read.problems)
    return read.config
  })
  const engines = Object.fromEntries([...loaded.topology.machines.values()].map((machine) => [machine.id, machine.engine]))
  return { configs, topology: topologyOf(configs, engines), findings: configFindings(configs) }
}

/** Whoever has it is told its id, for the program that shows it. */
function deployedWith(
  deployments: ReadonlyMap<MachineId, Deployment>,
  defect: PlacedDefect,
  configs: readonly StartupConfig[],
): ReadonlyMap<MachineId, Deployment> {
  const agents = new Set(defect.agents)
  const { deployment: change = (given) => given, deployedConfig } = changeOf(defect.id)
  return new Map(
    [...deployments].map(([machine, given]) => {
      if (!defect.machines.includes(machine)) return [machine, change(given, agents)]
      const config = configs.find((one) => one.machine === machine) as StartupConfig
      const own = config.agents.filter(({ name }) => agents.has(`${machine}/${name}` as AgentId))
      const configText = deployedConfig?.({ ...config, text: given.configText }, own) ?? given.configText
      return [machine, change(toldOf({ ...given, configText }, defect.id, agents), agents)]
    }),
  )
}

function toldOf(deployment: Deployment, id: string, agents: ReadonlySet<AgentId>): Deployment {
  const also = (defects: readonly string[] = []) => ({ defects: [...defects, id] })
  return {
    ...deployment,
    ...also(deployment.defects),
    agents: deployment.agents.map((agent) => (agents.has(agent.id as AgentId) ? { ...agent, ...also(agent.defects) } : agent)),
  }
}

function changeOf(id: string): Change {
  return Object.hasOwn(changes, id) ? (changes[id] as Change) : {}
}
