/** What the observer asks beside the agents: the word of each hub, each message server, each Pushgateway. Pure, from the topology. */
import type { ServiceProbe } from '../journal/event.ts'
import { gatewayPort } from './hub-environment.ts'
import { natsClientPort, natsHostOf } from './nats.ts'
import type { AgentId, Machine, MachineId, Topology } from './topology.ts'

/** Never an agent's: those are `machine/Name`, and name no path. */
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

/** Machine by machine. Message servers stand on the data network only, so that nothing leads around a cut. */
export function servicesOf({ machines, agents }: Topology): readonly Service[] {
  return [...machines.values()].flatMap((machine): Service[] => [
    ...[...agents.values()]
      .filter((agent) => agent.role === 'hub' && agent.machine === machine.id)
      .map(({ id, name, port }) => ({
        id: hubHealthOf(id),
        machine: machine.id,
        probe: 'hub' as const,
        name,
        host: machine.mgmtName,
        port,
        agent: id,
      })),
    natsServiceOf(machine),
    gatewayServiceOf(machine),
  ])
}

function natsServiceOf({ id: machine }: Machine): Service {
  const name = natsHostOf(machine)
  return { id: natsServiceId(machine), machine, probe: 'nats', name, host: name, port: natsClientPort }
}

function gatewayServiceOf({ id: machine, mgmtName }: Machine): Service {
  const id = gatewayServiceId(machine)
  return { id, machine, probe: 'tcp', name: id, host: mgmtName, port: gatewayPort }
}

export function hubHealthOf(hub: AgentId): ServiceId {
  return `${hub}/hub_health` as ServiceId
}

export function natsServiceId(machine: MachineId): ServiceId {
  return natsHostOf(machine) as string as ServiceId
}

/** As its container is called. */
export function gatewayServiceId(machine: MachineId): ServiceId {
  return `pushgateway-${machine}` as ServiceId
}
