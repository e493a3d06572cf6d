/** From the startup configs to the topology: the ids, names and roles that everything else speaks of. */
import { GauntletError } from '../base/errors.ts'
import { agentKey, resolveDependency } from '../config/dependencies.ts'
import type { StartupConfig } from '../config/startup.ts'
import type { Agent, AgentId, Machine, MachineId, Role, Topology } from './topology.ts'

const roles: Readonly<Record<string, Role>> = {
  ServiceRegistry: 'registry',
  RequestCoordinator: 'coordinator',
  ObservabilityHub: 'hub',
  EdgeHub: 'hub',
  CentralHub: 'hub',
}

/**
 * @param engines the engine of each machine, by its id; `local` where none is named
 * @throws GauntletError usage/file when there is no config, or two are of one layout and so of one machine
 */
export function topologyOf(configs: readonly StartupConfig[], engines: Readonly<Record<string, string>> = {}): Topology {
  if (configs.length === 0) throw new GauntletError('usage/file', 'making a topology: no startup config is given')
  const second = configs.find((config, index) => configs.findIndex((other) => other.machine === config.machine) < index)
  if (second) {
    const first = configs.find((config) => config.machine === second.machine) as StartupConfig
    const isSame = first.file === second.file
    const message = isSame
      ? `this file is given twice`
      : `this is the ${second.layout} layout of ${second.machine}, and so is ${first.file}`
    const problem = { ...second.placeOf([]), message, expected: 'one nested (mainpc) and one flat (pc2) startup config' }
    throw new GauntletError('usage/file', `making a topology of ${first.file} and ${second.file}`, { problems: [problem] })
  }
  return {
    machines: new Map(configs.map((config) => [config.machine as MachineId, machineOf(config, engines[config.machine] ?? 'local')])),
    agents: new Map(configs.flatMap((config) => agentsOf(config, configs)).map((agent) => [agent.id, agent])),
  }
}

function machineOf({ machine, file, text, variables }: StartupConfig, engine: string): Machine {
  const names = { lanName: `${machine}.lan`, mgmtName: `${machine}.mgmt` }
  return { id: machine as MachineId, engine, ...names, configFile: file, configText: text, variables }
}

function agentsOf(config: StartupConfig, configs: readonly StartupConfig[]): Agent[] {
  return config.agents.map((agent) => ({
    id: agentKey(config, agent.name) as AgentId,
    name: agent.name,
    machine: config.machine as MachineId,
    group: agent.group,
    role: Object.hasOwn(roles, agent.name) ? (roles[agent.name] as Role) : 'agent',
    port: agent.port,
    healthPort: agent.healthPort,
    scriptPath: agent.scriptPath,
    required: agent.required,
    dependsOn: [...new Set(agent.dependencies)].flatMap((name) => (resolveDependency(configs, config, name) ?? []) as AgentId | []),
    environment: agent.environment,
  }))
}
