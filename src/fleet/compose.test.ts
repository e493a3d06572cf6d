import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type ComposeInput, composeFiles } from './compose.ts'
import type { Deployment } from './contract.ts'
import { bringUp } from './fleet.ts'
import type { Machine, MachineId } from './topology.ts'

interface Service {
  readonly image: string
  readonly networks?: readonly string[] | Readonly<Record<string, { aliases: readonly string[] }>>
  readonly labels: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}
interface Mount {
  readonly type: string
  readonly source: string
  readonly read_only?: boolean
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { internal: boolean; labels: Readonly<Record<string, string>> }>>
  readonly volumes: Readonly<Record<string, { driver: string; driver_opts: { o: string }; labels: Readonly<Record<string, string>> }>>
  readonly configs: Readonly<Record<string, { content: string }>>
}

function input(engines: Readonly<Record<string, string>> = { mainpc: 'local', pc2: 'local' }): ComposeInput {
  const ids = Object.keys(engines) as MachineId[]
  const machine = (id: MachineId) => ({ id, engine: engines[id], lanName: `${id}.lan`, mgmtName: `${id}.mgmt` }) as Machine
  return {
    run: 'r1',
    topology: { machines: new Map(ids.map((id) => [id, machine(id)])), agents: new Map() },
    deployments: new Map(ids.map((id) => [id, { machine: id, configText: `port: "\${PORT_OFFSET}+1" # $HOME` } as unknown as Deployment])),
    natsConfigs: new Map(ids.map((id) => [id, `server_name: ${id}`])),
    observer: { path: '/etc/observer.json', config: { targets: [] } },
    images: {
      machine: 'i/machine',
      nats: 'i/nats',
      tool: 'i/tool',
      observer: 'i/observer',
      monitoring: 'i/monitoring',
      pushgateway: 'i/pushgateway',
    },
    labels: { 'gauntlet.kept': 'true' },
  }
}

const rendered = (given = input()) => parse([...composeFiles(given).values()][0] as string) as Compose

test('each machine has its server, its tool and its side-car, and there is one observer and one Vault', () => {
  expect(Object.keys(rendered().services).sort()).toEqual([
    'mainpc',
    'nats-mainpc',
    'nats-pc2',
    'observer',
    'pc2',
    'pushgateway-mainpc',
    'pushgateway-pc2',
    'secrets-mainpc',
    'secrets-pc2',
    'tool-mainpc',
    'tool-nats-mainpc',
    'tool-nats-pc2',
    'tool-pc2',
    'vault',
  ])
})

test('everything carries the run; nothing publishes a port; every network is internal', () => {
  const { services, networks } = rendered()
  for (const service of Object.values(services)) {
    expect(service.labels).toMatchObject({ 'gauntlet.run': 'r1', 'gauntlet.kept': 'true' })
    expect(service.cap_drop).toEqual(['ALL'])
    for (const key of ['ports', 'privileged', 'extra_hosts']) expect(service).not.toHaveProperty(key)
    expect(service.network_mode ?? 'none of its own').not.toBe('host')
  }
  expect(Object.keys(networks)).toEqual(['lan', 'mgmt'])
  for (const network of Object.values(networks)) expect(network).toMatchObject({ internal: true, labels: { 'gauntlet.run': 'r1' } })
})

test('each machine has a log volume of its own, limited in bytes and files', () => {
  const { services, volumes } = rendered()
  for (const id of ['mainpc', 'pc2']) {
    expect(services[id]?.volumes).toContainEqual(
      expect.objectContaining({ type: 'volume', source: `logs-${id}`, target: '/var/log/fleet' }),
    )
    expect(volumes[`logs-${id}`]).toMatchObject({
      driver: 'local',
      driver_opts: { type: 'tmpfs', device: 'tmpfs' },
      labels: { 'gauntlet.run': 'r1' },
    })
    expect(volumes[`logs-${id}`]?.driver_opts.o).toMatch(/size=\d+m,nr_inodes=\d+/)
  }
})

test('a machine has one name on each network; a message server is on one, and who watches reaches both', () => {
  const { services } = rendered()
  expect(services.mainpc?.networks).toEqual({ lan: { aliases: ['mainpc.lan'] }, mgmt: { aliases: ['mainpc.mgmt'] } })
  expect(services['nats-mainpc']?.networks).toEqual(['lan'])
  expect(services.observer?.networks).toEqual(['mgmt', 'lan'])
})

test('a tool stands inside its machine, another beside its message server, and only they have abilities', () => {
  const { services } = rendered()
  expect(services['tool-pc2']).toMatchObject({ network_mode: 'service:pc2', pid: 'service:pc2', init: true })
  expect(
    Object.entries(services)
      .filter(([, service]) => service.cap_add)
      .map(([name]) => name),
  ).toEqual(['tool-mainpc', 'tool-nats-mainpc', 'tool-pc2', 'tool-nats-pc2'])
  expect(services['tool-nats-pc2']).toMatchObject({ network_mode: 'service:nats-pc2', init: true })
  expect(services['tool-nats-pc2']).not.toHaveProperty('pid')
  expect(services['tool-pc2']?.networks).toBeUndefined()
  expect(services['pushgateway-pc2']).toMatchObject({
    network_mode: 'service:pc2',
    command: expect.arrayContaining(['--web.listen-address=:9091']),
  })
})

test('what a container is given reaches it to the byte: dollars are compose’s own unless doubled', () => {
  const content = rendered().configs['deployment-pc2']?.content as string
  expect(content.replaceAll('$$', '')).not.toContain('$')
  expect(JSON.parse(content.replaceAll('$$', '$'))).toEqual(input().deployments.get('pc2' as MachineId))
})

test('machines are grouped by their engine, and the observer runs once', () => {
  const files = composeFiles(input({ mainpc: 'local', pc2: 'tcp://there:2375', pc3: 'local' }))
  const services = [...files].map(([engine, text]) => [engine, Object.keys((parse(text) as Compose).services)] as const)
  expect(services.map(([engine]) => engine)).toEqual(['local', 'tcp://there:2375'])
  expect(services[0]?.[1]).toEqual(expect.arrayContaining(['mainpc', 'pc3', 'observer']))
  expect(services[1]?.[1]).toEqual(['pc2', 'nats-pc2', 'tool-pc2', 'tool-nats-pc2', 'pushgateway-pc2', 'secrets-pc2'])
})

test('a fleet on several engines is refused before anything is started, since its networks are bridges', async () => {
  const given = { ...input({ mainpc: 'local', pc2: 'tcp://there:2375' }), engine: 'unix:///none', compose: '/none', directory: '/none' }
  await expect(bringUp(given, new AbortController().signal)).rejects.toMatchObject({ code: 'environment/ability' })
})

test('a server beside the machines is known by its role on its networks, and reads what it is given to the byte', () => {
  const server = {
    role: 'sink',
    networks: ['lan', 'mgmt'],
    entrypoint: ['node', 'sink.js'],
    files: { '/etc/fleet/sink.json': '$a' },
  } as const
  const { services, configs } = rendered({ ...input(), monitoring: [server] })
  expect(services.sink).toMatchObject({
    image: 'i/machine',
    entrypoint: ['node', 'sink.js'],
    labels: { 'gauntlet.run': 'r1', 'gauntlet.role': 'sink' },
    networks: { lan: { aliases: ['sink.lan'] }, mgmt: { aliases: ['sink.mgmt'] } },
    configs: [{ source: 'sink.json', target: '/etc/fleet/sink.json' }],
    cap_drop: ['ALL'],
  })
  expect(services.sink).not.toHaveProperty('ports')
  expect(configs['sink.json']?.content).toBe('$$a')
  const files = composeFiles({ ...input({ mainpc: 'local', pc2: 'tcp://there:2375' }), monitoring: [server] })
  expect([...files.values()].map((text) => 'sink' in (parse(text) as Compose).services)).toEqual([true, false])
})

test('a volume is memory of bounded size, and the only kind there is; who uses a secret cannot write it, and whoever takes it away for a while can', () => {
  const { services, volumes } = rendered()
  for (const [name, { driver_opts }] of Object.entries(volumes)) {
    const words = name.startsWith('secrets-') ? /size=\d+k,.*mode=0700,uid=1000/ : /size=\d+m/
    expect(driver_opts).toMatchObject({ type: 'tmpfs', o: expect.stringMatching(words) })
  }
  const mounts = Object.entries(services).flatMap(([service, { volumes: used = [] }]) =>
    (used as readonly Mount[]).map((mount) => ({ service, ...mount })),
  )
  for (const mount of mounts) expect([mount.type, Object.keys(volumes)]).toEqual(['volume', expect.arrayContaining([mount.source])])
  const users = (source: string) =>
    mounts.filter((mount) => mount.source === source).map((mount) => [mount.service, mount.read_only === true])
  expect(users('secrets-pc2')).toEqual([
    ['pc2', true],
    ['tool-pc2', false],
    ['secrets-pc2', false],
  ])
  expect(users('secrets-nats-pc2')).toEqual([
    ['nats-pc2', true],
    ['secrets-pc2', false],
  ])
  expect(users('secrets-link').map(([service]) => service)).toEqual(['secrets-mainpc', 'secrets-pc2', 'vault'])
})

test('a machine for which nothing is given is an error, not an empty container', () => {
  expect(() => composeFiles({ ...input(), deployments: new Map() })).toThrow('nothing is given for machine mainpc')
})

test('HashiCorp’s own Vault, where its image is given, has a keeper beside it, and leaves no volume without a label of ours', () => {
  const given = input()
  const { services, configs, volumes } = rendered({ ...given, images: { ...given.images, vault: 'hashicorp/vault:1' } })
  const { vault, 'vault-keeper': keeper } = services
  expect([vault?.image, keeper?.image]).toEqual(['hashicorp/vault:1', 'i/machine'])
  expect(vault).toMatchObject({ cap_drop: ['ALL'], networks: ['lan'], tmpfs: ['/vault/logs', '/vault/file'] })
  expect(vault?.volumes).toBeUndefined() // what the side-cars agree on is the keeper's to read
  expect(configs.vault?.content).toContain('storage "inmem" {}')
  for (const volume of Object.values(volumes)) expect(volume.labels).toMatchObject({ 'gauntlet.run': 'r1' })
  expect(rendered().services['vault-keeper']).toBeUndefined()
})

test('only where it is asked for is there a hand, and it alone holds the engine', () => {
  expect(Object.keys(rendered().services)).not.toContain('hand')
  const { services } = rendered({ ...input(), engineSocket: '/run/engine/docker.sock' })
  const holders = Object.entries(services).filter(([, service]) => JSON.stringify(service).includes('docker.sock'))
  expect(holders.map(([name]) => name)).toEqual(['hand'])
  expect(services.hand).toMatchObject({ cap_drop: ['ALL'], environment: { GAUNTLET_RUN: 'r1' } })
})

test('only where there is a k6 is there a load, which reaches the management network and nothing else', () => {
  expect(Object.keys(rendered().services)).not.toContain('load')
  const { services } = rendered({ ...input(), k6: '/opt/bin/k6' })
  expect(services.load).toMatchObject({ image: 'i/tool', networks: ['mgmt'], cap_drop: ['ALL'] })
  expect(services.load?.volumes).toEqual([{ type: 'bind', source: '/opt/bin/k6', target: '/usr/local/bin/k6', read_only: true }])
})
