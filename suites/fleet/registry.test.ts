/** ServiceRegistry and RequestCoordinator on a real fleet: who is there, who has gone silent, and who is called meanwhile. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AgentId } from '../../src/fleet/topology.ts'
import { pooledFleet } from '../pool.ts'
import { farWorker, mainpc, processes, type SmallFleet, until, worker } from '../small-fleet.ts'
import { type Answered, get, inMachine, post, sample, signal } from './by-hand.ts'

const registry = 'http://127.0.0.1:7200'
const coordinator = 'http://127.0.0.1:26002'
const promisedMs = 30_000
const silentMs = 40_000

let small: SmallFleet
beforeAll(async () => {
  small = await pooledFleet({ configs: 'fleet/routing' })
  expect(await until(async () => (await listed()).length === small.topology.agents.size, promisedMs)).toBe(true)
})
afterAll(() => small?.[Symbol.asyncDispose]())

interface Entry {
  readonly agent: string
  readonly status: string
  readonly sinceStartMs: number
}

const listed = async () => JSON.parse(await get(small, mainpc, `${registry}/agents`)) as Entry[]
const lookUp = (agent: AgentId) => get(small, mainpc, `${registry}/agents/${agent}`)
const statusOf = async (agent: AgentId) => (JSON.parse(await lookUp(agent)) as Entry).status
const route = (agent: AgentId): Promise<Answered> => post(small, mainpc, `${coordinator}/route`, JSON.stringify({ agent, work: 1 }))
const metricsOf = (port: number) => get(small, mainpc, `http://127.0.0.1:${port}/metrics`)
const breakerOf = async (agent: AgentId) => sample(await metricsOf(27002), 'coordinator_breaker_state', `target="${agent}"`)
const log = (name: string) => inMachine(small, mainpc, 'cat', `/var/log/fleet/${name}.log`)

test('every agent of both machines is registered within 30 s of its start, and is found by machine and name', async () => {
  const entries = await listed()
  expect(entries.map(({ agent }) => agent).sort()).toEqual([...small.topology.agents.keys()].sort())
  for (const { agent, status, sinceStartMs } of entries) {
    expect([agent, status]).toEqual([agent, 'HEALTHY'])
    expect(sinceStartMs).toBeGreaterThan(0)
    expect(sinceStartMs).toBeLessThanOrEqual(promisedMs)
    expect(JSON.parse(await lookUp(agent as AgentId))).toMatchObject({ agent })
  }
  expect(await lookUp('mainpc/Nobody' as AgentId)).toContain('mainpc/Nobody is not registered')
})

test('what cannot be taken is refused with a reason, counted, and told to the log without what was sent', async () => {
  const secret = 'hunter2-of-the-suite'
  const before = await metricsOf(8200)
  const bad: readonly [string, string, number][] = [
    ['/register', `${secret} {`, 400],
    ['/register', JSON.stringify({ agent: 'x/y', name: secret }), 400],
    ['/register', JSON.stringify(secret.repeat(5000)), 413],
    ['/heartbeat', JSON.stringify({ agent: 7 }), 400],
    ['/heartbeat', JSON.stringify({ agent: 'mainpc/Nobody' }), 404],
  ]
  for (const [path, text, status] of bad) {
    const answer = await post(small, mainpc, `${registry}${path}`, text)
    expect([path, text.slice(0, 40), answer.status]).toEqual([path, text.slice(0, 40), status])
    expect(JSON.stringify(answer.body)).not.toContain(secret)
  }
  expect((await post(small, mainpc, `${coordinator}/route`, `${secret} {`)).status).toBe(400)
  expect((await route('mainpc/Nobody' as AgentId)).status).toBe(404)
  const refusals = async (text: string) => sample(text, 'agent_refused_requests_total') as number
  expect((await refusals(await metricsOf(8200))) - (await refusals(before))).toBe(bad.length)
  const said = `${await log('ServiceRegistry')}${await log('RequestCoordinator')}`
  expect(said).toContain('a request was refused')
  expect(said).not.toContain(secret)
  expect((await listed()).length).toBe(small.topology.agents.size)
})

test('two agents stop: who is called opens its breaker by failures, who is not by the registry; both come back', async () => {
  expect(await Promise.all([worker, farWorker].map(async (agent) => (await route(agent)).status))).toEqual([200, 200])
  await Promise.all([worker, farWorker].map((agent) => signal(small, agent, 'STOP')))

  const slow = [await route(worker), await route(worker), await route(worker)]
  const fast = [await route(worker), await route(worker), await route(worker)]
  expect(slow.map(({ status }) => status)).toEqual([504, 504, 504])
  for (const answer of fast) expect(answer).toMatchObject({ status: 503, body: { breaker: 'open' } }) // a call that waits in vain ends with 504
  expect(await breakerOf(worker)).toBe(2)

  expect(await until(async () => (await breakerOf(farWorker)) === 2, silentMs)).toBe(true)
  expect(await statusOf(farWorker)).toBe('UNHEALTHY')
  expect(await statusOf('mainpc/ObservabilityHub' as AgentId)).toBe('HEALTHY')
  expect((await route(farWorker)).status).toBe(503)

  await Promise.all([worker, farWorker].map((agent) => signal(small, agent, 'CONT')))
  for (const agent of [worker, farWorker]) {
    expect(await until(async () => (await statusOf(agent)) === 'HEALTHY', promisedMs)).toBe(true)
    expect(await until(async () => (await route(agent)).status === 200, promisedMs)).toBe(true)
    expect(await breakerOf(agent)).toBe(0)
    const changes = (await log('RequestCoordinator')).split('\n').filter((line) => line.includes(`"of":"${agent}"`))
    const states = changes.map((line) => /the breaker is ([a-z-]+)/.exec(line)?.[1])
    expect(states[0]).toBe('open')
    expect(states.slice(-2)).toEqual(['half-open', 'closed'])
  }
  const metrics = await metricsOf(27002)
  for (const to of ['open', 'half-open', 'closed']) {
    expect(sample(metrics, 'coordinator_breaker_changes_total', `to="${to}"`)).toBeGreaterThanOrEqual(2)
  }
  expect(await log('ServiceRegistry')).toMatch(/an agent is UNHEALTHY.*pc2\/FarWorker/)
})

test('a registry that was started anew is told by everyone, and work goes on meanwhile', async () => {
  const before = new Map((await listed()).map(({ agent, sinceStartMs }) => [agent, sinceStartMs]))
  const pids = await processes(small, mainpc)
  await inMachine(small, mainpc, 'supervisorctl', 'restart', 'ServiceRegistry')
  expect((await listed()).length).toBeLessThan(before.size)
  expect((await route(worker)).status).toBe(200)
  expect(await until(async () => (await listed()).length === before.size, promisedMs)).toBe(true)
  for (const { agent, status, sinceStartMs } of await listed()) {
    expect([agent, status]).toEqual([agent, 'HEALTHY'])
    if (agent === 'mainpc/ServiceRegistry') continue // it is another process now
    // Of its first registration, told before it was accepted and now after: at most one exchange apart.
    const laterMs = sinceStartMs - (before.get(agent) as number)
    expect([agent, laterMs >= 0 && laterMs <= 1000]).toEqual([agent, true])
  }
  const now = await processes(small, mainpc)
  const restarted = [...now].filter(([name, pid]) => pids.get(name) !== pid).map(([name]) => name)
  expect(restarted).toEqual(['ServiceRegistry'])
})
