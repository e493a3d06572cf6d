/**
 * Who can be called over the data network, by the names that faults of the network use: machines, their message servers, Vault. The
 * servers that watch the fleet are no peers of its own traffic.
 */
import { gatewayPort } from './hub-environment.ts'
import { natsHostOf, natsPorts } from './nats.ts'
import { vaultHost, vaultPort } from './secrets.ts'
import type { Machine, MachineId, Topology } from './topology.ts'

export interface LanPeer {
  /** A machine's id, or the name of a server. */
  readonly name: string
  /** Its name on the data network. */
  readonly host: string
  /** TCP ports on which it is there for others, those that matter most first. */
  readonly ports: readonly number[]
  /** Its machine's message server; absent of a server. */
  readonly server?: string
}

/** Peers by name, machines first. */
export function lanPeersOf(topology: Topology): ReadonlyMap<string, LanPeer> {
  const machines = [...topology.machines.values()]
  const peers = [
    ...machines.map((machine) => ({ ...machinePeer(topology, machine), server: natsHostOf(machine.id) })),
    ...machines.map(({ id }) => serverPeer(natsHostOf(id), natsPorts)),
    serverPeer(vaultHost, [vaultPort]),
  ]
  return new Map(peers.map((peer) => [peer.name, peer]))
}

function serverPeer(name: string, ports: readonly number[]): LanPeer {
  return { name, host: name, ports }
}

/** Registry, coordinator and hubs before ordinary agents: they are what others call. */
const order = ['registry', 'coordinator', 'hub', 'agent'] as const

function machinePeer({ agents }: Topology, { id, lanName }: Machine): LanPeer {
  const own = [...agents.values()]
    .filter(({ machine }) => machine === id)
    .toSorted((a, b) => order.indexOf(a.role) - order.indexOf(b.role))
    .flatMap(({ port, healthPort }) => [port, healthPort])
  return { name: id, host: lanName, ports: [...new Set([...own, gatewayPort])] }
}

/** Where the tool beside a message server is found, as if that were a machine: it stands in the server's network namespace. */
export function serverPlace(server: string): MachineId {
  return server as MachineId
}

/** Where a fault of ours can leave something behind: the machines, and beside their message servers. */
export function placesOf({ machines }: Topology): readonly MachineId[] {
  return [...machines.keys(), ...[...machines.keys()].map((machine) => serverPlace(natsHostOf(machine)))]
}

/** `host:port` of services, some of each peer: enough to see whether it can be reached when one of them happens to be down. */
export function endpointsOf(peers: readonly LanPeer[], ofEach: number, wanted: (port: number) => boolean = () => true): readonly string[] {
  return peers.flatMap(({ host, ports }) =>
    ports
      .filter(wanted)
      .slice(0, ofEach)
      .map((port) => `${host}:${port}`),
  )
}
