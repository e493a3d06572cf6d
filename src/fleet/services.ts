/** What the observer asks beside the agents: the word of each hub, each message server, each Pushgateway. Pure, from the topology. */
import type { ServiceProbe } from '../journal/event.ts'
import { gatewayNameOf, gatewayPort } from './hub-environment.ts'
import { natsClientPort, natsHostOf } from './nats.ts'
import type { Agent, AgentId, Machine, MachineId, Topology } from './topology.ts'

/** Never an agent's: those are `machine/Name`, and no name has a slash. */
export type ServiceId = string & { readonly brand: 'service' }

export interface Service {
  readonly id: ServiceId
  readonly machine: MachineId
  readonly probe: ServiceProbe
  /** Who it says it is, where it says anything. */
  readonly name: string
  readonly host: string
  readonly port: number
  /** Whose word it is: hurt when that agent is. */
  readonly agent?: AgentId
}

/** All that the observer asks, in the order of its targets: agents as the topology has them, then services. */
export function watchedOf(topology: Topology) {
  const agents = [...topology.agents.values()].map(({ id, machine }) => ({ id, machine, probe: 'health' }) as const)
  return [...agents, ...servicesOf(topology)]
}

/** Machine by machine. */
export function servicesOf({ machines, agents }: Topology): readonly Service[] {
  const hubs = [...agents.values()].filter(({ role }) => role === 'hub')
  return [...machines.values()].flatMap((machine) => [
    ...hubs.filter((hub) => hub.machine === machine.id).map((hub) => hubHealth(hub, machine)),
    messageServer(machine),
    pushgateway(machine),
  ])
}

function hubHealth({ id, name, port }: Agent, { id: machine, mgmtName: host }: Machine): Service {
  return { id: `${id}/hub_health` as ServiceId, machine, probe: 'hub', name, host, port, agent: id }
}

/** By its name on the data network, the only one it stands on: on both, it would be a way around every cut. */
function messageServer({ id: machine }: Machine): Service {
  const name = natsHostOf(machine)
  return { id: name as ServiceId, machine, probe: 'nats', name, host: name, port: natsClientPort }
}

function pushgateway({ id: machine, mgmtName: host }: Machine): Service {
  const name = gatewayNameOf(machine)
  return { id: name as ServiceId, machine, probe: 'tcp', name, host, port: gatewayPort }
}
