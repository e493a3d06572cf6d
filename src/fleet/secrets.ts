/**
 * Who needs which secret, by name: pure, and without a value. The values are made by each machine's side-car, in the machine, so
 * that no file, label, argument or environment of ours could show one.
 */
import type { Deployment, SecretsPlan } from './contract.ts'
import { natsCentreOf, natsLeafAddressOf, natsMonitorUrlOf } from './nats.ts'
import type { Agent, Machine, MachineId, Topology } from './topology.ts'

export const vaultPort = 8200
export const vaultHost = 'vault'
export const vaultUrl = `http://${vaultHost}:${vaultPort}`

/** The password with which this machine's hubs come to its message server. */
export const natsPassword = 'NATS_PASSWORD'
/** Stands in a deployment where a machine writes the value of a secret of its own: nobody else knows it. */
export const secretPlaceholder = `(the value of ${natsPassword})`
/** With which this machine's agents read its part of Vault, when a file is not there. */
export const vaultToken = 'VAULT_TOKEN'

/** Names without which an agent does not start. */
export function secretsOf({ role }: Pick<Agent, 'role'>): readonly string[] {
  return role === 'hub' ? [natsPassword] : []
}

/** @param deployments of the machines, for what their side-cars are told of them */
export function secretsPlansOf(
  topology: Topology,
  deployments: ReadonlyMap<MachineId, Deployment> = new Map(),
): ReadonlyMap<MachineId, SecretsPlan> {
  const centre = natsCentreOf(topology)
  return new Map(
    [...topology.machines.values()].map((machine) => [machine.id, planOf(topology, machine, centre, deployments.get(machine.id))]),
  )
}

function planOf({ machines, agents }: Topology, { id }: Machine, centre: MachineId | undefined, deployment?: Deployment): SecretsPlan {
  const needed = [...agents.values()].filter(({ machine }) => machine === id).flatMap(secretsOf)
  // The server asks for a password on a machine without a hub, too.
  const names = [...new Set([natsPassword, vaultToken, ...needed])]
  return {
    machine: id,
    names,
    leaves: id === centre ? [...machines.keys()].filter((other) => other !== centre) : [],
    ...(centre === undefined || id === centre ? {} : { centre: natsLeafAddressOf(centre) }),
    vaultUrl,
    natsMonitorUrl: natsMonitorUrlOf(id),
    ...givenIn(deployment, names),
    ...(deployment?.defects === undefined ? {} : { defects: deployment.defects }),
  }
}

/** What the config gives away in env_vars is what the agents come with, so that it must be what they are known by. */
function givenIn(deployment: Deployment | undefined, names: readonly string[]): Pick<SecretsPlan, 'given'> {
  const written = (deployment?.agents ?? []).flatMap(({ environment }) =>
    Object.entries(environment).filter(([name, value]) => names.includes(name) && value !== secretPlaceholder),
  )
  return written.length === 0 ? {} : { given: Object.fromEntries(written) }
}
