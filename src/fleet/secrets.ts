/**
 * Who needs which secret, by name: pure, and without a value. The values are made by each machine's side-car, in the machine, so
 * that no file, label, argument or environment of ours could show one.
 */
import type { SecretsPlan } from './contract.ts'
import { natsCentreOf, natsLeafAddressOf, natsMonitorUrlOf } from './nats.ts'
import type { Agent, Machine, MachineId, Topology } from './topology.ts'

export const vaultPort = 8200
export const vaultHost = 'vault'
export const vaultUrl = `http://${vaultHost}:${vaultPort}`

/** The password with which this machine's hubs come to its message server. */
export const natsPassword = 'NATS_PASSWORD'
/** With which this machine's agents read its part of Vault, when a file is not there. */
export const vaultToken = 'VAULT_TOKEN'

/** Names without which an agent does not start. */
export function secretsOf({ role }: Pick<Agent, 'role'>): readonly string[] {
  return role === 'hub' ? [natsPassword] : []
}

export function secretsPlansOf(topology: Topology): ReadonlyMap<MachineId, SecretsPlan> {
  const centre = natsCentreOf(topology)
  return new Map([...topology.machines.values()].map((machine) => [machine.id, planOf(topology, machine, centre)]))
}

function planOf({ machines, agents }: Topology, { id }: Machine, centre: MachineId | undefined): SecretsPlan {
  const needed = [...agents.values()].filter(({ machine }) => machine === id).flatMap(secretsOf)
  return {
    machine: id,
    // The server asks for a password on a machine without a hub, too.
    names: [...new Set([natsPassword, vaultToken, ...needed])],
    leaves: id === centre ? [...machines.keys()].filter((other) => other !== centre) : [],
    ...(centre === undefined || id === centre ? {} : { centre: natsLeafAddressOf(centre) }),
    vaultUrl,
    natsMonitorUrl: natsMonitorUrlOf(id),
  }
}
