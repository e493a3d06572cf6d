/**
 * The hubs and the bus on a real fleet: whatever fails, every number that an agent was told is stored ends up stored at the central
 * hub, once. The agents' own account (`GET /reports`) is held against the central hub's (`GET /sequences`).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SequenceRecord, Standing } from '../../fixtures/fleet/ledger.ts'
import { hubUserOf } from '../../fixtures/fleet/nats-users.ts'
import type { Report } from '../../fixtures/fleet/report.ts'
import { countOf, Sequences } from '../../fixtures/fleet/sequences.ts'
import { poll } from '../../src/base/poll.ts'
import { faults } from '../../src/faults/index.ts'
import type { Agent, AgentId, MachineId } from '../../src/fleet/topology.ts'
import { holdFault } from '../../src/run/hold.ts'
import { pooledFleet } from '../pool.ts'
import { farWorker, mainpc, never, pc2, type SmallFleet, until, worker } from '../small-fleet.ts'
import { serverOf } from './by-hand.ts'

const central = 'mainpc/ObservabilityHub' as AgentId
const edge = 'pc2/ObservabilityHub' as AgentId
/** Replays start when the leaf link is found again, which a server tries once a second, and JetStream a little later. */
const replayMs = 60_000

let small: SmallFleet
beforeAll(async () => {
  small = await pooledFleet()
  await until(async () => (await agents()).length === small.topology.agents.size && (await hubHealth(central)).status === 'healthy', 60_000)
})
afterAll(() => small?.[Symbol.asyncDispose]())

interface HubHealth {
  readonly status: string
  readonly waiting: number
  readonly published: number
  readonly storage: { readonly status: string }
  readonly reports: Readonly<Record<'http' | 'nats' | 'doubles' | 'malformed' | 'unknown', number>>
}
interface Account {
  readonly incarnation: number
  readonly sequence: number
  readonly lostSequences: readonly number[]
}

const agentOf = (id: AgentId) => small.topology.agents.get(id) as Agent

/** An agent's service, asked from inside its machine. */
async function text(id: AgentId, path: string, port = agentOf(id).port): Promise<string> {
  const { stdout, stderr } = await small.fleet.tool(agentOf(id).machine).run(['tool', 'fetch', `http://127.0.0.1:${port}${path}`])
  if (stdout === '') throw new Error(stderr)
  return stdout
}
const json = async <T>(id: AgentId, path: string): Promise<T> => JSON.parse(await text(id, path)) as T
const agents = () => json<readonly Standing[]>(central, '/agents')
const sequences = (hub: AgentId) => json<readonly SequenceRecord[]>(hub, '/sequences')
const hubHealth = (hub: AgentId) => json<HubHealth>(hub, '/hub_health')

/** A program of one line inside a machine; what it prints. */
async function script(machine: MachineId, program: string, stdin = ''): Promise<string> {
  const { stdout, stderr } = await small.fleet.tool(machine).run(['node', '-e', program], { stdin })
  if (stderr !== '') throw new Error(stderr)
  return stdout.trim()
}

/** With which that machine's hub comes to its server. */
async function hubAccount(machine: MachineId): Promise<{ readonly user: string; readonly pass: string }> {
  const pass = (await small.fleet.tool(machine).run(['tool', 'cat', '/run/secrets/NATS_PASSWORD'])).stdout.trim()
  return { user: hubUserOf(machine, pass), pass }
}

/** @returns status and answer of a post to a hub */
async function post(hub: AgentId, path: string, body: string): Promise<string> {
  const { machine, port } = agentOf(hub)
  const program = `const body = require('fs').readFileSync(0)
    fetch('http://127.0.0.1:${port}${path}', { method: 'POST', body }).then(async (a) => console.log(a.status + ' ' + (await a.text())), (e) => console.log(String(e)))`
  return script(machine, program, body)
}

/** What agents were told is stored, and the central hub has not; read in this order, so that nothing is asked for too early. */
async function unaccounted(who: readonly AgentId[]): Promise<readonly string[]> {
  const accounts = await Promise.all(who.map(async (id) => [id, await json<Account>(id, '/reports')] as const))
  const stored = await sequences(central)
  return accounts.flatMap(([id, { incarnation, sequence, lostSequences }]) => {
    const record = stored.find((one) => one.agent === id && one.incarnation === incarnation)
    const there = new Sequences(record?.stored ?? [])
    const told = Array.from({ length: sequence }, (_, index) => index + 1).filter((number) => !lostSequences.includes(number))
    return told.filter((number) => !there.has(number)).map((number) => `${id} ${incarnation}: ${number}`)
  })
}

/** Whoever lives through it all. */
const witnesses = [worker, farWorker, 'mainpc/ServiceRegistry' as AgentId]

async function allAccounted(who: readonly AgentId[] = witnesses): Promise<void> {
  const missing = await poll(
    () => unaccounted(who),
    (numbers) => numbers.length === 0,
    { withinMs: replayMs, everyMs: 500 },
  )
  expect(missing).toEqual([])
}

const lost = async () =>
  (await Promise.all(witnesses.map((id) => json<Account>(id, '/reports')))).flatMap(({ lostSequences }) => lostSequences)

async function hold(kind: 'process-kill' | 'process-stop', params: object, id: AgentId, lease: string) {
  const plan = faults[kind].plan(small.topology, { agents: [id] }, params as never, lease)
  return holdFault(small.fleet, { lease, kind, plan, holdMs: 1_000, ttlMs: 120_000 }, { write: () => {}, signal: never })
}

test('everyone is heard of at the central hub, of both machines and by every way', async () => {
  expect((await agents()).map(({ agent }) => agent).sort()).toEqual([...small.topology.agents.keys()].sort())
  const waysOf = async (id: AgentId) => Object.keys((await agents()).find(({ agent }) => agent === id)?.ages ?? {}).sort()
  expect(await until(async () => (await waysOf(farWorker)).join() === 'gateway,nats', 45_000)).toBe(true)
  expect(await until(async () => (await waysOf(worker)).join() === 'gateway,http', 45_000)).toBe(true)
  expect(await hubHealth(edge)).toMatchObject({ status: 'healthy', waiting: 0, storage: { status: 'ok' } })
  await allAccounted([...small.topology.agents.keys()])
})

test('what Prometheus and a person need is there: both machines’ agents, both servers, and a page', async () => {
  const { machine, healthPort } = agentOf(central)
  const federated = await text(central, '/federate')
  for (const { name, machine } of small.topology.agents.values())
    expect(federated).toMatch(new RegExp(`^agent_up\\{agent="${name}",instance="",job="fleet",machine="${machine}"\\} 1$`, 'm'))
  expect(federated).not.toContain('go_goroutines')
  const metrics = await text(central, '/metrics', healthPort)
  for (const host of ['nats-mainpc', 'nats-pc2']) expect(metrics).toMatch(new RegExp(`^nats_up\\{.*server="${host}"\\} 1$`, 'm'))
  expect(metrics).toMatch(/^nats_leafnodes\{.*server="nats-pc2"\} 1$/m)
  expect(metrics).toMatch(/^nats_consumer_pending\{.*consumer="central"\} 0$/m)
  expect(metrics).toMatch(/^hub_agents_expected\{.*\} 5$/m)
  const page = await text(central, '/')
  for (const word of ['pc2/FarWorker', 'nats-pc2', 'Pushgateway', 'None: of every agent']) expect(page).toContain(word)
  expect((await small.fleet.tool(machine).run(['tool', 'fetch', 'http://127.0.0.1:9091/-/ready'])).exitCode).toBe(0)
})

test('a report that comes twice, by both hubs, counts once', async () => {
  const report: Report = {
    schema: 'fleet.report/1',
    agent: farWorker,
    name: 'FarWorker',
    machine: 'pc2',
    incarnation: 1,
    sequence: 1,
    metrics: { agent_up: 1 },
  }
  const before = (await hubHealth(central)).reports
  for (const hub of [central, edge, edge, central]) expect(await post(hub, '/metrics', JSON.stringify(report))).toBe('202 {"taken":1}')
  expect(await until(async () => (await hubHealth(central)).reports.doubles >= before.doubles + 2, 15_000)).toBe(true)
  const records = (await sequences(central)).filter(({ agent, incarnation }) => agent === farWorker && incarnation === 1)
  expect(records).toMatchObject([{ stored: [[1, 1]], acknowledged: [[1, 1]], missing: [] }])
})

test('rubbish, strangers and too much are refused with a reason and counted, and nobody dies', async () => {
  const before = (await hubHealth(central)).reports
  const same = async () => (await small.fleet.tool(mainpc).run(['tool', 'process', 'ObservabilityHub'])).stdout.replace(/"state".*/, '')
  const process = await same()
  expect(await post(central, '/metrics', '{"password":"hunter2",')).toBe('400 {"error":"the body is not JSON"}')
  expect(await post(central, '/metrics', '{"agent":"mainpc/Worker"}')).toMatch(/^400 .*schema must be fleet.report\/1/)
  expect(await post(central, '/metrics', JSON.stringify({ blob: 'x'.repeat(100_000) }))).toMatch(/^413 /)
  const stranger = { schema: 'fleet.report/1', agent: 'm/A', name: 'A', machine: 'm', incarnation: 1, sequence: 1, metrics: {} }
  expect(await post(central, '/metrics', JSON.stringify(stranger))).toBe('404 {"error":"m/A is no agent of this fleet"}')
  expect(await post(central, '/health', '{"agent":"m/A","status":"healthy"}')).toMatch(/^404 /)
  const after = (await hubHealth(central)).reports
  expect([after.malformed - before.malformed, after.unknown - before.unknown]).toEqual([1, 2])

  const published = ['rubbish', JSON.stringify(stranger)].map(
    (payload) => `PUB observability.metrics.pc2.A ${payload.length}\r\n${payload}\r\n`,
  )
  const program = `const s = require('net').connect(4222, 'nats-pc2')
    s.write(require('fs').readFileSync(0)); let t = ''; s.on('data', (d) => { t += d; if (t.includes('PONG')) { console.log('PONG'); s.destroy() } })`
  expect(
    await script(
      pc2,
      program,
      `CONNECT ${JSON.stringify({ verbose: false, ...(await hubAccount(pc2)) })}\r\n${published.join('')}PING\r\n`,
    ),
  ).toBe('PONG')
  const refusedOnBus = async () => {
    const { malformed, unknown } = (await hubHealth(central)).reports
    return malformed === after.malformed + 1 && unknown === after.unknown + 1
  }
  expect(await until(refusedOnBus, 15_000)).toBe(true)
  expect(await same()).toBe(process)
  expect(await sequences(central)).not.toContainEqual(expect.objectContaining({ agent: 'm/A' }))
})

test('twenty seconds without the central hub: nobody loses a report, and all are there when it is back', async () => {
  const before = (await hubHealth(edge)).published
  const lease = await hold('process-kill', { signal: 'KILL', keep: 'dead' }, central, 'outage')
  await sleep(20_000)
  expect((await hubHealth(edge)).published).toBeGreaterThan(before + 3 * 2) // MainPC's agents fell over to it
  await lease.release()
  expect(await until(async () => (await small.health(central)) === 'healthy', 15_000)).toBe(true)
  expect(
    await until(
      () =>
        hubHealth(central).then(
          ({ status }) => status === 'healthy',
          () => false,
        ),
      30_000,
    ),
  ).toBe(true)
  await allAccounted()
  expect(await lost()).toEqual([])
  const gaps = (await sequences(central)).filter(({ agent, incarnation }) => witnesses.includes(agent as AgentId) && incarnation > 1)
  expect(gaps.map(({ missing }) => countOf(missing))).toEqual(witnesses.map(() => 0))
})

test('a frozen central hub costs a report a second, not the report; and agents come back to it', async () => {
  const lease = await hold('process-stop', {}, central, 'frozen')
  await sleep(12_000)
  await lease.release()
  const before = (await json<Account>(worker, '/reports')).sequence
  expect(await until(async () => (await json<Account>(worker, '/reports')).sequence >= before + 4, 30_000)).toBe(true)
  const taken = (await sequences(central)).filter(({ agent, incarnation }) => agent === worker && incarnation > 1)
  expect(taken.at(-1)?.acknowledged.at(-1)?.[1]).toBeGreaterThan(before)
  await allAccounted()
  expect(await lost()).toEqual([])
})

test('without MainPC’s server, PC2 keeps its own five minutes, and MainPC fetches them once it is back', async () => {
  const bus = await serverOf(small, 'nats', mainpc)
  await bus.stop()
  expect(await until(async () => (await hubHealth(central)).status === 'degraded', 20_000)).toBe(true)
  const { published } = await hubHealth(edge)
  await sleep(10_000)
  expect((await hubHealth(edge)).published).toBeGreaterThan(published) // its own server takes them meanwhile
  expect((await unaccounted([farWorker])).length).toBeGreaterThan(0)
  await bus.start()
  await allAccounted()
  expect(await until(async () => (await hubHealth(central)).status === 'healthy', 30_000)).toBe(true)
})

test('an edge hub that is killed without a bus to hand on to keeps what it has, and hands it on afterwards', async () => {
  const bus = await serverOf(small, 'nats', pc2)
  await bus.stop()
  expect(await until(async () => (await hubHealth(edge)).waiting >= 4, 40_000)).toBe(true)
  const { waiting } = await hubHealth(edge)
  const lease = await hold('process-kill', { signal: 'KILL', keep: 'once' }, edge, 'restart')
  const isBack = () =>
    hubHealth(edge).then(
      (health) => health.waiting >= waiting,
      () => false,
    )
  expect(await until(isBack, 20_000)).toBe(true)
  await lease.release()
  await bus.start()
  expect(await until(async () => (await hubHealth(edge)).waiting === 0, 30_000)).toBe(true)
  await allAccounted()
})

test('a hub whose disk takes nothing says so, acknowledges nothing, and is well again with its disk', async () => {
  const directory = '/proc/1/root/var/lib/fleet/hub'
  const mode = (octal: string) => small.fleet.tool(pc2).run(['chmod', octal, directory])
  await mode('0500')
  expect(await until(async () => (await hubHealth(edge)).status === 'error', 40_000)).toBe(true)
  expect(await hubHealth(edge)).toMatchObject({ storage: { status: 'failing', error: 'EACCES' } })
  await mode('0755')
  expect(await until(async () => (await hubHealth(edge)).status === 'healthy', 30_000)).toBe(true)
  await allAccounted()
  expect(await lost()).toEqual([]) // whom it refused went to the central one
})
