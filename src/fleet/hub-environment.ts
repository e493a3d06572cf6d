/** What a hub is told beside what every agent is: which of the two it is, and where the other hubs, the gateways and the servers are. */
import { natsMonitorUrlOf } from './nats.ts'
import type { AgentId, Machine, MachineId, Topology } from './topology.ts'

/** Of the Pushgateway in each machine's network namespace. */
export const gatewayPort = 9091

/** As its service of the compose file is called. */
export function gatewayNameOf(machine: MachineId): string {
  return `pushgateway-${machine}`
}

export interface Hub {
  readonly agent: { readonly id: AgentId; readonly machine: MachineId }
  readonly url: string
  readonly isCentral: boolean
}

/** Lists are comma-separated; of the gateways the machine's own comes first. */
export function hubEnvironment({ machines }: Topology, hubs: readonly Hub[], { agent, isCentral }: Hub): Readonly<Record<string, string>> {
  const ownFirst = [...machines.values()].sort((a, b) => Number(b.id === agent.machine) - Number(a.id === agent.machine))
  const gatewayOf = ({ id, lanName }: Machine) => `http://${id === agent.machine ? '127.0.0.1' : lanName}:${gatewayPort}`
  return {
    HUB_SCOPE: isCentral ? 'central' : 'edge',
    HUB_PEERS: hubs
      .filter((other) => other.agent.id !== agent.id)
      .map(({ url }) => url)
      .join(','),
    HUB_EDGES: [...new Set(hubs.filter((hub) => !hub.isCentral).map((hub) => hub.agent.machine))].join(','),
    PUSHGATEWAY_URLS: ownFirst.map(gatewayOf).join(','),
    NATS_MONITOR_URLS: [...machines.keys()].map(natsMonitorUrlOf).join(','),
  }
}
