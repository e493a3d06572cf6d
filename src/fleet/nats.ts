/**
 * Configurations of the real NATS servers, as text: the first machine's server is the hub of the two, the others hang on it as leaf
 * nodes, so that a partition leaves each machine a server of its own, with streams of its own (one JetStream domain each). The
 * hubs make the streams (fixtures/fleet/jetstream.ts); what they may take of the disk is bounded here.
 */
import type { MachineId, Topology } from './topology.ts'

/** In the server's container. */
export const natsConfigPath = '/etc/nats-server.conf'
const clientPort = 4222
const leafPort = 7422
/** `/varz`, `/connz`, `/leafz` as JSON. */
export const natsMonitorPort = 8222

/** Name of a machine's server on the data network. */
export function natsHostOf(machine: MachineId): string {
  return `nats-${machine}`
}

export function natsUrlOf(machine: MachineId): string {
  return `nats://${natsHostOf(machine)}:${clientPort}`
}

export function natsMonitorUrlOf(machine: MachineId): string {
  return `http://${natsHostOf(machine)}:${natsMonitorPort}`
}

/** Machine → text of its server's configuration file. The first machine with a registry, or the first of all, is the centre. */
export function natsConfigsOf({ machines, agents }: Topology): ReadonlyMap<MachineId, string> {
  const ids = [...machines.keys()]
  const centre = [...agents.values()].find(({ role }) => role === 'registry')?.machine ?? ids[0]
  return new Map(ids.map((id) => [id, natsConfig(id, id === centre ? undefined : centre)]))
}

function natsConfig(machine: MachineId, centre: MachineId | undefined): string {
  const leaf =
    centre === undefined
      ? `leafnodes {\n  listen: "0.0.0.0:${leafPort}"\n}`
      : `leafnodes {\n  reconnect: 1\n  remotes: [ { url: "nats-leaf://${natsHostOf(centre)}:${leafPort}" } ]\n}`
  return `server_name: "${natsHostOf(machine)}"
listen: "0.0.0.0:${clientPort}"
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
