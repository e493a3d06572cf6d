/**
 * The services that keep a fleet's secrets: a side-car for each machine, which makes them, and one Vault. What they hold lives in
 * tmpfs volumes and in memory; nothing that the engine can show of a container has a value in it.
 */
import { secretsDirectory, secretsPlanPath } from './contract.ts'
import { natsHostOf, natsSecretsDirectory } from './nats.ts'
import { secretsPlansOf, vaultHost } from './secrets.ts'
import type { Machine, MachineId, Topology } from './topology.ts'

/** The agents' own, in the machine's image: a side-car without privileges can give its files to nobody else. */
const uid = 1000
export const secretsUser = `${uid}:${uid}`
/** What side-cars and Vault must agree on. */
const linkVolume = 'secrets-link'
const linkDirectory = '/run/link'

interface Parts {
  readonly services: Readonly<Record<string, unknown>>
  readonly volumes: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly configs: Readonly<Record<string, unknown>>
}
type Common = (role: 'secrets' | 'vault', machine?: MachineId) => Readonly<Record<string, unknown>>

/** @param common what every container of this fleet has */
export function secretsParts(topology: Topology, machines: readonly Machine[], withVault: boolean, common: Common): Parts {
  const plans = secretsPlansOf(topology)
  const ids = machines.map(({ id }) => id)
  const names = [linkVolume, ...ids.flatMap((id) => [`secrets-${id}`, `secrets-${natsHostOf(id)}`])]
  return {
    services: {
      ...Object.fromEntries(ids.map((id) => [`secrets-${id}`, sideCar(id, common)])),
      ...(withVault ? { [vaultHost]: vault(common) } : {}),
    },
    volumes: Object.fromEntries(names.map((name) => [name, tmpfs])),
    configs: Object.fromEntries(ids.map((id) => [`secrets-${id}`, plans.get(id)])),
  }
}

/** Room for a few dozen passwords: what is larger is a mistake. */
const tmpfs = {
  driver: 'local',
  driver_opts: { type: 'tmpfs', device: 'tmpfs', o: `size=256k,nr_inodes=64,mode=0700,uid=${uid},gid=${uid}` },
} as const

/** Once everything is written, all that it does is to hold the volumes and to be there for a rotation. */
function sideCar(id: MachineId, common: Common): unknown {
  return {
    ...common('secrets', id),
    dns: ['127.0.0.1'],
    networks: ['lan'],
    init: true,
    entrypoint: ['sh', '-c', 'node /opt/fleet/secrets.js && exec sleep infinity'],
    configs: [{ source: `secrets-${id}`, target: secretsPlanPath }],
    volumes: [
      volume(`secrets-${id}`, secretsDirectory),
      volume(`secrets-${natsHostOf(id)}`, natsSecretsDirectory),
      volume(linkVolume, linkDirectory),
    ],
  }
}

function vault(common: Common): unknown {
  return {
    ...common('vault'),
    dns: ['127.0.0.1'],
    networks: ['lan'],
    entrypoint: ['node', '/opt/fleet/vault.js'],
    volumes: [volume(linkVolume, linkDirectory)],
  }
}

export function volumeReads(source: string, target: string): { readonly volumes: readonly unknown[] } {
  return { volumes: [{ ...volume(source, target), read_only: true }] }
}

/** Nothing of the image is copied into it, as the engine would do with an empty volume. */
export function volume(source: string, target: string): Readonly<Record<string, unknown>> {
  return { type: 'volume', source, target, volume: { nocopy: true } }
}
