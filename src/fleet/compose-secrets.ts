/**
 * The services that keep a fleet's secrets: a side-car for each machine, which makes them, and one Vault. What they hold lives in
 * tmpfs volumes and in memory; nothing that the engine can show of a container has a value in it.
 */
import { type Deployment, secretsDirectory, secretsPlanPath } from './contract.ts'
import { natsHostOf, natsSecretsDirectory } from './nats.ts'
import { secretsPlansOf, vaultHost, vaultPort } from './secrets.ts'
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
  /** Configs that are no JSON. */
  readonly texts?: Readonly<Record<string, string>>
}
interface Fleet {
  readonly topology: Topology
  readonly deployments: ReadonlyMap<MachineId, Deployment>
}
type Common = (role: 'secrets' | 'vault' | 'vault-keeper', machine?: MachineId) => Readonly<Record<string, unknown>>

/** @param common what every container of this fleet has */
export function secretsParts(
  { topology, deployments }: Fleet,
  machines: readonly Machine[],
  { withVault, vaultImage }: { readonly withVault: boolean; readonly vaultImage: string | undefined },
  common: Common,
): Parts {
  const plans = secretsPlansOf(topology, deployments)
  const ids = machines.map(({ id }) => id)
  const names = [linkVolume, ...ids.flatMap((id) => [`secrets-${id}`, `secrets-${natsHostOf(id)}`])]
  return {
    services: {
      ...Object.fromEntries(ids.map((id) => [`secrets-${id}`, sideCar(id, common)])),
      ...(withVault ? (vaultImage === undefined ? { [vaultHost]: vault(common) } : ownVault(common, vaultImage)) : {}),
    },
    volumes: Object.fromEntries(names.map((name) => [name, tmpfs])),
    configs: Object.fromEntries(ids.map((id) => [`secrets-${id}`, plans.get(id)])),
    ...(withVault && vaultImage !== undefined ? { texts: { [vaultHost]: vaultConfig } } : {}),
  }
}

/** Room for a few dozen passwords: what is larger is a mistake. */
const tmpfs = {
  driver: 'local',
  driver_opts: { type: 'tmpfs', device: 'tmpfs', o: `size=256k,nr_inodes=64,mode=0700,uid=${uid},gid=${uid}` },
} as const

/** Once everything is written, all that it does is to hold the volumes and to rotate what it is asked to (secrets.sh). */
function sideCar(id: MachineId, common: Common): unknown {
  return {
    ...common('secrets', id),
    dns: ['127.0.0.1'],
    networks: ['lan'],
    init: true,
    entrypoint: ['sh', '/opt/fleet/secrets.sh'],
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

/** Everything in memory, as in the server that stands in for it. */
const vaultConfig = `storage "inmem" {}
listener "tcp" {
  address = "0.0.0.0:${vaultPort}"
  tls_disable = true
}
disable_mlock = true
`
const vaultConfigPath = '/etc/vault.hcl'

/** HashiCorp's own, and who initializes it, unseals it and lets the machines in. */
function ownVault(common: Common, image: string): Readonly<Record<string, unknown>> {
  return {
    [vaultHost]: {
      ...common('vault'),
      image,
      dns: ['127.0.0.1'],
      networks: ['lan'],
      user: secretsUser,
      // Not by its own entry point, which changes owners and user and has no privileges for either.
      entrypoint: ['vault', 'server', `-config=${vaultConfigPath}`],
      configs: [{ source: vaultHost, target: vaultConfigPath }],
      tmpfs: ['/vault/logs', '/vault/file'], // its image would have volumes there, without a label of ours
    },
    'vault-keeper': {
      ...common('vault-keeper'),
      dns: ['127.0.0.1'],
      networks: ['lan'],
      init: true,
      entrypoint: ['node', '/opt/fleet/vault-keeper.js'],
      volumes: [volume(linkVolume, linkDirectory)],
    },
  }
}

export function volumeReads(source: string, target: string): { readonly volumes: readonly unknown[] } {
  return { volumes: [{ ...volume(source, target), read_only: true }] }
}

/** Nothing of the image is copied into it, as the engine would do with an empty volume. */
export function volume(source: string, target: string): Readonly<Record<string, unknown>> {
  return { type: 'volume', source, target, volume: { nocopy: true } }
}
