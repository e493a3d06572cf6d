/** What each machine is given, from the topology and a profile: pure data, the only thing that a machine's image needs to know. */
import { basename } from 'node:path'
import { GauntletError } from '../base/errors.ts'
import type { DeployedAgent, Deployment, Peer } from './contract.ts'
import { fitting } from './fitting.ts'
import { type Hub, hubEnvironment } from './hub-environment.ts'
import { natsUrlOf } from './nats.ts'
import type { Profile } from './profiles.ts'
import { secretsOf, vaultUrl } from './secrets.ts'
import type { Agent, AgentId, Machine, MachineId, Topology } from './topology.ts'

/** Many times what a start takes on a loaded machine; beyond it the boot script names the agent and goes on. */
const healthWaitMs = 20_000

/** @throws GauntletError usage/file when the configs list no ServiceRegistry or no hub: nobody could register or report */
export function deploymentsOf(topology: Topology, profile: Profile): ReadonlyMap<MachineId, Deployment> {
  const agents = [...topology.agents.values()]
  const legacy = legacyOf(agents, profile.legacy)
  const services = servicesOf(topology)
  const sidecars = profile.mitigations.includes('exporter-sidecar')
  const pilots = pilotsOf(topology, profile)
  return new Map(
    [...topology.machines.values()].map((machine): [MachineId, Deployment] => [
      machine.id,
      {
        machine: machine.id,
        profile: profile.name,
        configFile: basename(machine.configFile),
        configText: machine.configText,
        variables: machine.variables ?? {},
        agents: agents
          .filter((agent) => agent.machine === machine.id)
          .map((agent) => ({
            ...deployed(agent, legacy.has(agent.id), environmentOf(topology, agent, machine, services, profile)),
            ...(sidecars && legacy.has(agent.id) ? { flags: { EXPORTER_SIDECAR: '1' } } : {}),
            ...(pilots.has(agent.id) ? { rotated: true } : {}),
          })),
        peers: peersOf(topology, machine, legacy),
        healthWaitMs,
        mitigations: profile.mitigations,
        everyone: agents.map(({ id }) => id),
      },
    ]),
  )
}

/** The last ones of role `agent`, in config order. */
function legacyOf(agents: readonly Agent[], count: number): ReadonlySet<AgentId> {
  const ordinary = agents.filter(({ role }) => role === 'agent')
  return new Set(ordinary.slice(Math.max(0, ordinary.length - count)).map(({ id }) => id))
}

/** Whose logs have a quota where not everybody's has. */
function pilotsOf(topology: Topology, { mitigations, rotated }: Profile): ReadonlySet<AgentId> {
  const first = mitigations.includes('log-rotation') ? [] : fitting(topology, { leaf: true }).slice(0, rotated)
  return new Set(first.map(({ id }) => id))
}

interface Services {
  readonly registryUrl: string
  readonly registryMachine: MachineId
  /** First the central one. */
  readonly hubs: readonly (Hub & { readonly agent: Agent })[]
}

/** The central hub is the one beside the registry. */
function servicesOf(topology: Topology): Services {
  const agents = [...topology.agents.values()]
  const registry = agents.find(({ role }) => role === 'registry')
  const hubs = agents.filter(({ role }) => role === 'hub')
  if (registry === undefined || hubs.length === 0) {
    const missing = [registry === undefined ? 'ServiceRegistry' : [], hubs.length === 0 ? 'ObservabilityHub' : []].flat()
    const problems = missing.map((name) => ({ message: `no config lists an agent ${name}`, expected: `an agent ${name}` }))
    throw new GauntletError('usage/file', 'making deployments: nobody could register or report', { problems })
  }
  const urlOf = (agent: Agent) => `http://${machineOf(topology, agent.machine).lanName}:${agent.port}`
  const centralFirst = [...hubs].sort((a, b) => Number(b.machine === registry.machine) - Number(a.machine === registry.machine))
  const isCentral = (agent: Agent) => agent.id === centralFirst[0]?.id && agent.machine === registry.machine
  return {
    registryUrl: urlOf(registry),
    registryMachine: registry.machine,
    hubs: centralFirst.map((agent) => ({ agent, url: urlOf(agent), isCentral: isCentral(agent) })),
  }
}

function environmentOf(
  topology: Topology,
  agent: Agent,
  machine: Machine,
  services: Services,
  profile: Profile,
): DeployedAgent['environment'] {
  const { registryUrl, hubs } = services
  const own = hubs.find((hub) => hub.agent.id === agent.id)
  const nearestFirst = [...hubs].sort((a, b) => Number(b.agent.machine === machine.id) - Number(a.agent.machine === machine.id))
  const known = profile.mitigations.includes('hub-failover') ? nearestFirst : hubs.slice(0, 1)
  const isFar = services.registryMachine !== machine.id
  return {
    ...agent.environment,
    ...(isFar && !profile.mitigations.includes('call-timeouts') ? endlessCalls : {}),
    AGENT_HOST: machine.lanName,
    REGISTRY_URL: registryUrl,
    OBS_HUB_URL: known.map(({ url }) => url).join(','),
    NATS_URL: natsUrlOf(machine.id),
    ...(secretsOf(agent).length > 0 ? { VAULT_ADDR: vaultUrl } : {}),
    ...(own === undefined ? {} : hubEnvironment(topology, hubs, own)),
  }
}

/** Its calls to the registry are those that it makes to another machine. */
const endlessCalls = { AGENT_CALLS: 'without-timeout' } as const

export function withoutTimeouts(agent: DeployedAgent): DeployedAgent {
  return { ...agent, environment: { ...agent.environment, ...endlessCalls } }
}

function deployed(agent: Agent, isLegacy: boolean, environment: DeployedAgent['environment']): DeployedAgent {
  const { id, name, role, scriptPath, port, healthPort } = agent
  const secrets = secretsOf(agent)
  const needs = secrets.length > 0 ? { secrets } : {}
  return { id, name, role, variant: isLegacy ? 'legacy' : 'base', scriptPath, port, healthPort, environment, ...needs }
}

/** By name, as dependencies are written. A name that this machine has itself is never looked for elsewhere. */
function peersOf({ agents, machines }: Topology, machine: Machine, legacy: ReadonlySet<AgentId>): Readonly<Record<string, Peer>> {
  const own = new Set([...agents.values()].filter((agent) => agent.machine === machine.id).map(({ name }) => name))
  return Object.fromEntries(
    [...agents.values()]
      .filter((agent) => agent.machine !== machine.id && !own.has(agent.name))
      .map(({ id, name, machine: home, healthPort }): [string, Peer] => {
        const host = (machines.get(home) as Machine).lanName
        return [name, { agent: id, host, healthPort, variant: legacy.has(id) ? 'legacy' : 'base' }]
      }),
  )
}

function machineOf({ machines }: Topology, id: MachineId): Machine {
  const machine = machines.get(id)
  if (machine === undefined) throw new Error(`an agent is on ${id}, which is no machine of this topology`)
  return machine
}
