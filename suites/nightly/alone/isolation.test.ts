/** Nothing in a fleet reaches anything outside it; what is inside it does, so that the first is no accident of broken networks. */
import { createServer, type Server } from 'node:http'
import { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExecAnswer, optionsOf } from '../../../src/fleet/engine.ts'
import type { Tool } from '../../../src/fleet/fleet.ts'
import { mainpc, pc2, type SmallFleet, smallFleet } from '../../small-fleet.ts'

let small: SmallFleet
let docker: Docker
let server: Server
let port: number
let hits = 0

beforeAll(async () => {
  small = await smallFleet(`isolation-suite-${process.pid}`)
  docker = new Docker(optionsOf(small.ready.engine))
  server = createServer((_question, answer) => {
    hits += 1
    answer.end('the host')
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  port = (server.address() as { port: number }).port
})
afterAll(async () => {
  server?.close()
  await small?.[Symbol.asyncDispose]()
})

const machines = [mainpc, pc2] as const
/** Addresses of the host by kind of interface: those of bridges come and go with other fleets. */
function hostAddresses(): readonly { readonly address: string; readonly isBridge: boolean }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, items = []]) =>
    items
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => ({ address, isBridge: /^(br-|docker|veth)/.test(name) })),
  )
}

const lookUp = async (name: string) => (await small.fleet.tool(mainpc).run(['getent', 'ahostsv4', name])).stdout.split(/\s/)[0] as string
const fetchFrom = (tool: Tool, url: string) => tool.run(['tool', 'fetch', url])

/** The observer has no tool: any program will do there. */
function fetchFromObserver(url: string): Promise<ExecAnswer> {
  const program = `fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(3000) }).then(async (a) => console.log(await a.text()), (e) => { console.error(e.cause?.code ?? e.name); process.exit(1) })`
  return small.fleet.observer().run(['node', '-e', program])
}

async function networks() {
  const found = await docker.listNetworks({ filters: { label: [`gauntlet.run=${small.run}`] } })
  return found.map(({ Name, Internal, IPAM }) => ({ name: Name.replace(/.*_/, ''), internal: Internal, ranges: IPAM?.Config ?? [] }))
}

function addressesOf(found: Awaited<ReturnType<typeof networks>>): BlockList {
  const inside = new BlockList()
  for (const { Subnet = '' } of found.flatMap(({ ranges }) => ranges)) {
    const [network = '', bits] = Subnet.split('/')
    inside.addSubnet(network, Number(bits))
  }
  return inside
}

test('the engine calls both networks internal, and the host has no address on either', async () => {
  const found = await networks()
  expect(found.map(({ name, internal }) => [name, internal]).sort()).toEqual([
    ['lan', true],
    ['mgmt', true],
  ])
  const inside = addressesOf(found)
  const peers = await Promise.all(['mainpc.lan', 'pc2.lan', 'mainpc.mgmt', 'pc2.mgmt'].map(lookUp))
  expect(peers.filter((address) => !inside.check(address))).toEqual([]) // the same look does find who is there
  const own = hostAddresses().map(({ address }) => address)
  expect(own.length).toBeGreaterThan(0)
  expect(own.filter((address) => inside.check(address))).toEqual([])
})

test('no container publishes a port', async () => {
  const containers = await small.fleet.containers()
  const published = await Promise.all(
    containers.map(async ({ id, labels }) => {
      const { HostConfig, NetworkSettings } = await docker.getContainer(id).inspect()
      const bound = [HostConfig.PortBindings, NetworkSettings.Ports].flatMap((ports) => Object.values(ports ?? {}).flat())
      return [labels['com.docker.compose.service'], HostConfig.PublishAllPorts, bound.filter((port) => port !== null)]
    }),
  )
  expect(published.map(([service]) => service)).toEqual(expect.arrayContaining(['mainpc', 'pc2', 'nats-mainpc', 'nats-pc2', 'observer']))
  expect(published.filter(([, all, bound]) => all || (bound as unknown[]).length > 0)).toEqual([])
})

test('a listener on the host is reached by the host, and by nobody in the fleet', async () => {
  const own = hostAddresses().filter(({ isBridge }) => !isBridge)
  expect(own.length).toBeGreaterThan(0)
  for (const { address } of own) {
    const url = `http://${address}:${port}/`
    expect(await (await fetch(url)).text()).toBe('the host')
    const before = hits
    for (const machine of machines) expect((await fetchFrom(small.fleet.tool(machine), url)).exitCode).toBe(1)
    expect((await fetchFromObserver(url)).exitCode).toBe(1)
    expect(hits).toBe(before)
  }
})

test('a machine has no way out, and what is outside is unreachable at once, not after a time-out', async () => {
  for (const machine of machines) {
    const tool = small.fleet.tool(machine)
    expect((await tool.run(['ip', 'route', 'show', 'default'])).stdout.trim()).toBe('unreachable default')
    const { exitCode, stderr } = await fetchFrom(tool, 'http://192.0.2.1/') // TEST-NET-1: nobody's
    expect([exitCode, stderr.trim()]).toEqual([1, expect.stringMatching(/(EHOSTUNREACH|ENETUNREACH)$/)])
  }
})

test('peers are reached: by each other on lan, by the observer on mgmt; message servers on lan only', async () => {
  expect((await fetchFrom(small.fleet.tool(mainpc), 'http://pc2.lan:8400/health')).stdout).toContain('FarWorker')
  expect((await fetchFrom(small.fleet.tool(pc2), 'http://mainpc.lan:8300/health')).stdout).toContain('Worker')
  expect((await fetchFromObserver('http://mainpc.mgmt:8300/health')).stdout).toContain('Worker')
  expect((await fetchFromObserver('http://nats-pc2:8222/varz')).stdout).toContain('nats-pc2')
  const inside = addressesOf((await networks()).filter(({ name }) => name === 'lan'))
  for (const server of ['nats-mainpc', 'nats-pc2']) {
    const { stdout } = await small.fleet.tool(mainpc).run(['getent', 'ahostsv4', server])
    const addresses = stdout.split('\n').flatMap((line) => line.split(/\s/)[0] || [])
    expect(addresses.length).toBeGreaterThan(0)
    expect(addresses.filter((address) => !inside.check(address))).toEqual([])
  }
})

test('a name leads to one network only', async () => {
  const subnets = new Map((await networks()).map(({ name, ranges }) => [name, ranges[0]?.Subnet]))
  const prefix = (subnet: string | undefined) => subnet?.replace(/\.0\.0\/16$|\.\d+\/\d+$/, '.')
  for (const network of ['lan', 'mgmt']) {
    const address = await lookUp(`pc2.${network}`)
    expect(address.startsWith(prefix(subnets.get(network)) as string)).toBe(true)
  }
})
