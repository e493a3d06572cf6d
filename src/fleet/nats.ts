/**
 * Configurations of the real NATS servers, as text: the first machine's server is the hub of the two, the others hang on it as leaf
 * nodes, so that a partition leaves each machine a server of its own, with streams of its own (one JetStream domain each). The
 * hubs make the streams (fixtures/fleet/jetstream.ts); what they may take of the disk is bounded here.
 */
import type { MachineId, Topology } from './topology.ts'

/** In the server's container. */
export const natsConfigPath = '/etc/nats-server.conf'
export const natsClientPort = 4222
const leafPort = 7422
/** Where the server finds its users, and a leaf its way to the centre with the password in it: a tmpfs that its side-car fills. */
export const natsSecretsDirectory = '/run/nats'
/** `/varz`, `/connz`, `/leafz` as JSON. */
export const natsMonitorPort = 8222
/** On which others reach every server. */
export const natsPorts = [natsClientPort, natsMonitorPort] as const

/** Files below `natsSecretsDirectory`. */
export const natsFiles = { users: 'users.conf', leaf: 'leaf.conf' } as const

/** Durable consumer of the central hub. */
export const centralConsumer = 'central'

/** Name of a machine's server on the data network. */
export function natsHostOf(machine: MachineId): string {
  return `nats-${machine}`
}

export function natsUrlOf(machine: MachineId): string {
  return `nats://${natsHostOf(machine)}:${natsClientPort}`
}

export function natsMonitorUrlOf(machine: MachineId): string {
  return `http://${natsHostOf(machine)}:${natsMonitorPort}`
}

/** The machine whose server the others hang on: the first with a registry, or the first of all. */
export function natsCentreOf({ machines, agents }: Topology): MachineId | undefined {
  return [...agents.values()].find(({ role }) => role === 'registry')?.machine ?? [...machines.keys()][0]
}

/** Where leaves reach a machine's server. */
export function natsLeafAddressOf(machine: MachineId): string {
  return `${natsHostOf(machine)}:${leafPort}`
}

/** Machine → text of its server's configuration file. */
export function natsConfigsOf(topology: Topology): ReadonlyMap<MachineId, string> {
  const centre = natsCentreOf(topology)
  return new Map([...topology.machines.keys()].map((id) => [id, natsConfig(id, id === centre)]))
}

/** Included paths begin at the folder of the file that includes them, even absolute ones. */
const included = (name: string) => `include "..${natsSecretsDirectory}/${name}"`

function natsConfig(machine: MachineId, isCentre: boolean): string {
  const leaf = isCentre
    ? `leafnodes {\n  listen: "0.0.0.0:${leafPort}"\n}`
    : `leafnodes {\n  reconnect: 1\n  remotes: [ { ${included(natsFiles.leaf)} } ]\n}`
  return `server_name: "${natsHostOf(machine)}"
${included(natsFiles.users)}
listen: "0.0.0.0:${natsClientPort}"
http: "0.0.0.0:${natsMonitorPort}"
# Longer than any report; what is larger is a mistake.
max_payload: 256KB
jetstream {
  store_dir: "/tmp/nats"
  domain: "${machine}"
  max_memory_store: 64MB
  max_file_store: 256MB
}
${leaf}
`
}
