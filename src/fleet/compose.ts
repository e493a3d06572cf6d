/**
 * The one description of a fleet's containers and networks, as text that both `docker compose` and a person can read. Pure: what
 * the containers are given stands in it whole, so that an engine elsewhere needs no file of this machine.
 */
import { basename } from 'node:path'
import { stringify } from 'yaml'
import { secretsParts, secretsUser, volume, volumeReads } from './compose-secrets.ts'
import { type Deployment, deploymentPath, logDirectory, secretsDirectory } from './contract.ts'
import { gatewayNameOf, gatewayPort } from './hub-environment.ts'
import { serverPlace } from './lan.ts'
import { k6Path } from './load.ts'
import type { Server } from './monitoring.ts'
import { natsConfigPath, natsHostOf, natsSecretsDirectory } from './nats.ts'
import type { Machine, MachineId, Topology } from './topology.ts'
import { volumes } from './volumes.ts'

/** Tags, as src/setup builds them. */
export interface Images {
  readonly machine: string
  readonly nats: string
  readonly tool: string
  readonly observer: string
  readonly monitoring: string
  readonly pushgateway: string
  /** HashiCorp's own; left out: the server that keeps its contract, which is in the machine's image. */
  readonly vault?: string
}

export interface ComposeInput {
  readonly run: string
  readonly topology: Topology
  readonly deployments: ReadonlyMap<MachineId, Deployment>
  readonly natsConfigs: ReadonlyMap<MachineId, string>
  /** Where the observer reads what it is to do, and that. */
  readonly observer: { readonly path: string; readonly config: unknown }
  /** Left out: a fleet without alerting, for who looks at something else. */
  readonly monitoring?: readonly Server[]
  readonly images: Images
  /** Whether a machine runs its boot script by itself (the default), or waits for `start_system_v2`. */
  readonly boot?: 'at-start' | 'when-told'
  /** Path of k6 on the engine's own host, for a container that sends a load; left out: there is none. */
  readonly k6?: string
  /** Path of the engine's socket on its own host, for a container that may kill and pause others; left out: none has it. */
  readonly engineSocket?: string
  /** Beside `gauntlet.run`, on everything. */
  readonly labels?: Readonly<Record<string, string>>
}

export const runLabel = 'gauntlet.run'
export const roleLabel = 'gauntlet.role'
export const machineLabel = 'gauntlet.machine'
export const keptLabel = 'gauntlet.kept'

export type ServiceRole =
  | 'machine'
  | 'nats'
  | 'tool'
  | 'observer'
  | 'pushgateway'
  | 'secrets'
  | 'vault'
  | 'vault-keeper'
  | 'hand'
  | 'load'
  | Server['role']

/** Where a role has no image of its own. */
const imageOf = {
  prometheus: 'monitoring',
  alertmanager: 'monitoring',
  sink: 'machine',
  secrets: 'machine',
  vault: 'machine',
  'vault-keeper': 'machine',
  hand: 'tool',
  load: 'tool',
} as const

/**
 * Shares of the processor under load (1024 is everyone else's): who measures and who undoes must not wait for who is measured, and
 * while a fleet starts, the servers beside it can wait for it.
 */
const shares = { observer: 8192, tool: 4096, server: 128 } as const

/** The engine answers for names of the fleet itself; other questions must not leave by its own name server, which is outside. */
const onNetworks = { dns: ['127.0.0.1'] } as const

/** What leads nowhere says so at once, instead of being looked for until a time-out. */
const sealed = 'ip route replace unreachable default && exec sleep infinity'

/** Engine → text of the compose file of what runs there. The observer runs with the first machine. */
export function composeFiles(input: ComposeInput): ReadonlyMap<string, string> {
  const machines = [...input.topology.machines.values()]
  const engines = [...new Set(machines.map(({ engine }) => engine))]
  return new Map(
    engines.map((engine, index) => [
      engine,
      composeFile(
        input,
        machines.filter((machine) => machine.engine === engine),
        index === 0,
      ),
    ]),
  )
}

function composeFile(input: ComposeInput, machines: readonly Machine[], withObserver: boolean): string {
  const services: Record<string, unknown> = {}
  const configs: Record<string, unknown> = {}
  const volumes: Record<string, unknown> = {}
  for (const machine of machines) {
    const { id } = machine
    services[id] = machineService(input, machine)
    services[natsHostOf(id)] = natsService(input, id)
    services[`tool-${id}`] = toolService(input, id)
    services[`tool-${natsHostOf(id)}`] = serverToolService(input, id)
    volumes[logVolumeOf(id)] = logVolume(input)
    services[gatewayNameOf(id)] = pushgatewayService(input, id)
    configs[`deployment-${id}`] = { content: json(given(input.deployments, id)) }
    configs[natsHostOf(id)] = { content: literal(given(input.natsConfigs, id)) }
  }
  if (input.k6 !== undefined && withObserver) services.load = loadService(input, input.k6)
  if (input.engineSocket !== undefined) services.hand = handService(input, input.engineSocket)
  if (withObserver) {
    services.observer = observerService(input)
    configs.observer = { content: json(input.observer.config) }
    for (const server of input.monitoring ?? []) {
      services[server.role] = serverService(input, server)
      for (const [path, text] of Object.entries(server.files)) configs[basename(path)] = { content: literal(text) }
    }
  }
  const vault = { withVault: withObserver, vaultImage: input.images.vault }
  const secrets = secretsParts(input, machines, vault, (role, machine) => common(input, role, machine))
  for (const [name, volume] of Object.entries(secrets.volumes)) volumes[name] = { ...volume, labels: labelsOf(input) }
  Object.assign(services, secrets.services)
  for (const [name, value] of Object.entries(secrets.configs)) configs[name] = { content: json(value) }
  for (const [name, text] of Object.entries(secrets.texts ?? {})) configs[name] = { content: literal(text) }
  // Without an address of the host's on the bridge: by it, containers of an internal network would still reach what listens there.
  const network = { internal: true, driver_opts: { 'com.docker.network.bridge.inhibit_ipv4': 'true' }, labels: labelsOf(input) }
  return stringify(
    { services, networks: { lan: network, mgmt: network }, volumes, configs },
    { lineWidth: 0, aliasDuplicateObjects: false },
  )
}

function machineService(input: ComposeInput, { id, lanName, mgmtName }: Machine): unknown {
  return {
    ...common(input, 'machine', id),
    ...onNetworks,
    networks: { lan: { aliases: [lanName] }, mgmt: { aliases: [mgmtName] } },
    depends_on: [natsHostOf(id)],
    ...(input.boot === undefined ? {} : { environment: { BOOT: input.boot } }),
    volumes: [volume(logVolumeOf(id), logDirectory), ...volumeReads(`secrets-${id}`, secretsDirectory).volumes],
    ...reads(`deployment-${id}`, deploymentPath),
  }
}

function logVolumeOf(id: MachineId): string {
  return `logs-${id}`
}

function logVolume(input: ComposeInput): unknown {
  const { sizeBytes, files } = volumes.logs
  const o = `size=${sizeBytes / 2 ** 20}m,nr_inodes=${files},mode=1777`
  return { driver: 'local', driver_opts: { type: 'tmpfs', device: 'tmpfs', o }, labels: labelsOf(input) }
}

function natsService(input: ComposeInput, id: MachineId): unknown {
  return {
    ...common(input, 'nats', id),
    ...onNetworks,
    networks: ['lan'],
    user: secretsUser, // whoever is to read its passwords must be who wrote them
    ...reads(natsHostOf(id), natsConfigPath),
    ...volumeReads(`secrets-${natsHostOf(id)}`, natsSecretsDirectory),
  }
}

function toolService(input: ComposeInput, id: MachineId): unknown {
  const joined = `service:${id}`
  return {
    ...common(input, 'tool', id),
    network_mode: joined,
    pid: joined,
    init: true,
    // Rules and qdiscs; other users' processes, their environment, their root, and commands in it; signals; files that are not ours to own.
    cap_add: ['NET_ADMIN', 'NET_RAW', 'SYS_PTRACE', 'SYS_CHROOT', 'KILL', 'DAC_OVERRIDE', 'CHOWN', 'FOWNER', 'SETUID', 'SETGID'],
    cpu_shares: shares.tool,
    volumes: [volume(`secrets-${id}`, secretsDirectory)], // the machine may only read it
    command: ['sh', '-c', sealed],
  }
}

/** In the hand's container. */
const engineSocketInside = '/run/engine.sock'

/** Where the observer is, and as free of the fleet's own traffic; it must not wait for whom it asks. */
function loadService(input: ComposeInput, k6: string): unknown {
  return {
    ...common(input, 'load'),
    ...onNetworks,
    networks: ['mgmt'],
    init: true,
    cpu_shares: shares.observer,
    volumes: [{ type: 'bind', source: k6, target: k6Path, read_only: true }],
    command: ['sh', '-c', 'exec sleep infinity'],
  }
}

/** Root, as the socket's owner is, and nothing else of a root. It looks from outside at what it kills, so it stands on both networks. */
function handService(input: ComposeInput, socket: string): unknown {
  return {
    ...common(input, 'hand'),
    ...onNetworks,
    networks: ['lan', 'mgmt'],
    init: true,
    cpu_shares: shares.tool,
    environment: { GAUNTLET_RUN: input.run, GAUNTLET_ENGINE_SOCKET: engineSocketInside },
    volumes: [{ type: 'bind', source: socket, target: engineSocketInside }],
    command: ['sh', '-c', 'exec sleep infinity'],
  }
}

/** Beside a message server, for faults of the network only: it sees none of the server's processes. */
function serverToolService(input: ComposeInput, id: MachineId): unknown {
  return {
    ...common(input, 'tool', serverPlace(natsHostOf(id))),
    network_mode: `service:${natsHostOf(id)}`,
    init: true,
    cap_add: ['NET_ADMIN', 'NET_RAW', 'DAC_OVERRIDE'],
    cpu_shares: shares.tool,
    command: ['sh', '-c', 'exec sleep infinity'],
  }
}

/** Where its owner runs it: on the machine, as 127.0.0.1 of the machine's hub. */
function pushgatewayService(input: ComposeInput, id: MachineId): unknown {
  return {
    ...common(input, 'pushgateway', id),
    network_mode: `service:${id}`,
    command: [`--web.listen-address=:${gatewayPort}`, '--log.level=warn'],
  }
}

function observerService(input: ComposeInput): unknown {
  return {
    ...common(input, 'observer'),
    ...onNetworks,
    networks: ['mgmt', 'lan'], // the second for message servers, which stand nowhere else
    cpu_shares: shares.observer,
    ...reads('observer', input.observer.path),
  }
}

function serverService(input: ComposeInput, { role, networks, entrypoint, files }: Server): unknown {
  return {
    ...common(input, role),
    ...onNetworks,
    networks: Object.fromEntries(networks.map((network) => [network, { aliases: [`${role}.${network}`] }])),
    cpu_shares: shares.server,
    entrypoint,
    configs: Object.keys(files).map((target) => ({ source: basename(target), target })),
  }
}

function common(input: ComposeInput, role: ServiceRole, machine?: MachineId): Readonly<Record<string, unknown>> {
  return {
    image: input.images[role in imageOf ? imageOf[role as keyof typeof imageOf] : (role as keyof Images)],
    labels: { ...labelsOf(input), [roleLabel]: role, ...(machine === undefined ? {} : { [machineLabel]: machine }) },
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    stop_grace_period: '1s',
  }
}

function labelsOf({ run, labels }: ComposeInput): Readonly<Record<string, string>> {
  return { [runLabel]: run, ...labels }
}

function reads(config: string, target: string): { readonly configs: readonly unknown[] } {
  return { configs: [{ source: config, target }] } as const
}

function json(value: unknown): string {
  return literal(`${JSON.stringify(value, null, 1)}\n`)
}

/** A dollar sign would begin a variable of compose's own. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$')
}

function given<T>(map: ReadonlyMap<MachineId, T>, id: MachineId): T {
  const value = map.get(id)
  if (value === undefined) throw new Error(`nothing is given for machine ${id}; there is something for ${[...map.keys()].join(', ')}`)
  return value
}
