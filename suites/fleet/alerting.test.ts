/**
 * The right alert arrives, in the right place, in its service's own format, and no other does; and it is resolved. On the real
 * Prometheus and Alertmanager, with the plan's minutes divided by 60.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faults } from '../../src/faults/index.ts'
import { alertRulesText, escalation } from '../../src/fleet/alert-rules.ts'
import { alertTimesOf } from '../../src/fleet/alert-times.ts'
import { alertmanagerConfigPath } from '../../src/fleet/alertmanager.ts'
import type { ServiceRole } from '../../src/fleet/compose.ts'
import { prometheusConfigPath } from '../../src/fleet/prometheus.ts'
import { sinkPort } from '../../src/fleet/sink.ts'
import type { AgentId } from '../../src/fleet/topology.ts'
import { holdFault, type Lease } from '../../src/run/hold.ts'
import { pooledFleet } from '../pool.ts'
import { never, type SmallFleet, until, worker } from '../small-fleet.ts'
import { alertHands, inWords } from './alert-hands.ts'

const timeScale = 60
const times = alertTimesOf(timeScale)
const centralHub = 'mainpc/ObservabilityHub' as AgentId
const edgeHub = 'pc2/ObservabilityHub' as AgentId
/** From a fault to its message and back: some scrapes, some evaluations, and a machine that does other things as well. */
const patienceMs = 30_000

let small: SmallFleet
let hands: ReturnType<typeof alertHands>
let leases = 0
beforeAll(async () => {
  small = await pooledFleet({ timeScale })
  hands = alertHands(small)
})
afterAll(() => small?.[Symbol.asyncDispose]())

async function keepDead(...agents: readonly [AgentId, ...AgentId[]]): Promise<Lease> {
  leases += 1
  const lease = `l${leases}`
  const plan = faults['process-kill'].plan(small.topology, { agents }, { signal: 'KILL', keep: 'dead' }, lease)
  return holdFault(small.fleet, { lease, kind: 'process-kill', plan, holdMs: 1_000, ttlMs: 180_000 }, { write: () => {}, signal: never })
}

test('every agent is scraped, and so are the servers; nobody has been told anything', async () => {
  const isScraped = async () =>
    (await hands.measured('sum(up{job="agents"})')) === '5' && (await hands.measured('sum(up{job="servers"})')) === '3'
  expect(await until(isScraped, patienceMs)).toBe(true)
  expect(await hands.measured('count(count by (machine, agent) (agent_up == 1))')).toBe('5')
  expect(await hands.measured('fleet:agents_down')).toBe('0')
  expect((await hands.recorded()).alerts).toEqual([])
  const { heartbeats } = await hands.recorded()
  expect(await until(async () => (await hands.recorded()).heartbeats > heartbeats, patienceMs)).toBe(true)
  expect((await hands.recorded()).heartbeatAgeMs).toBeLessThan(patienceMs)
})

test('the real tools find nothing wrong in what the servers were given, and the rules keep what their unit tests say', async () => {
  const checked = await hands.inside('prometheus', ['promtool', 'check', 'config', prometheusConfigPath])
  expect([checked.exitCode, checked.stdout + checked.stderr]).toEqual([0, expect.stringContaining('rules found')])
  const routed = await hands.inside('alertmanager', ['amtool', 'check-config', alertmanagerConfigPath])
  expect([routed.exitCode, routed.stdout + routed.stderr]).toEqual([0, expect.stringContaining('6 receivers')])
  const unitTests = readFileSync(join(import.meta.dirname, '../../fixtures/fleet/alert-rules.test.yaml'), 'utf8')
  await hands.inside('prometheus', ['sh', '-c', 'cat > /tmp/alert-rules.yaml'], alertRulesText(alertTimesOf(1)))
  await hands.inside('prometheus', ['sh', '-c', 'cat > /tmp/alert-rules.test.yaml'], unitTests)
  const tested = await hands.inside('prometheus', ['promtool', 'test', 'rules', '/tmp/alert-rules.test.yaml'])
  expect([tested.exitCode, tested.stdout + tested.stderr]).toEqual([0, expect.stringContaining('SUCCESS')])
})

test.each([
  ['the edge hub', edgeHub, 'slack #ops-alerts: alert EdgeHubDown, edge hub'],
  ['the central hub', centralHub, 'slack #ops-alerts: alert CentralHubDown, central hub'],
])('%s alone is one warning in Slack, also when it lasts longer than an agent may, and then its resolution', async (_, hub, expected) => {
  const since = (await hands.recorded()).alerts.length
  const lease = await keepDead(hub)
  expect(await until(async () => (await hands.told(since)).length > 0, patienceMs)).toBe(true)
  await sleep(2 * times.agentDownMs)
  expect(inWords(await hands.told(since))).toEqual([expected])
  expect(await hands.allResolved(since)).toBe(false)
  await lease.release()
  expect(await until(() => hands.allResolved(since), patienceMs)).toBe(true)
  await sleep(times.agentDownMs)
  expect(inWords(await hands.told(since))).toEqual([expected])
})

test('an agent that stays down is a warning after its time and not before, and is resolved', async () => {
  const since = (await hands.recorded()).alerts.length
  const heldMs = performance.now()
  const lease = await keepDead(worker)
  expect(await until(async () => (await hands.told(since)).length > 0, patienceMs)).toBe(true)
  const entries = await hands.told(since)
  expect(performance.now() - (entries[0]?.firedAgeMs ?? Number.NaN) - heldMs).toBeGreaterThan(times.agentDownMs)
  expect(inWords(entries)).toEqual(['slack #ops-alerts: warning AgentDown, mainpc/Worker'])
  await lease.release()
  expect(await until(() => hands.allResolved(since), patienceMs)).toBe(true)
  expect(inWords(await hands.told(since))).toEqual(inWords(entries))
})

test('both hubs are a page and no warning; while it lasts it goes on to one after the other; all of it is resolved', async () => {
  const since = (await hands.recorded()).alerts.length
  const lease = await keepDead(centralHub, edgeHub)
  expect(await until(async () => (await hands.told(since)).length > 0, patienceMs)).toBe(true)
  expect(inWords(await hands.told(since))).toEqual(['pagerduty on-call: critical BothHubsDown, both hubs'])
  const expected = [
    'pagerduty on-call: critical BothHubsDown, both hubs',
    ...escalation.map((whom) => `pagerduty ${whom}: critical P1Escalation, BothHubsDown`),
  ]
  expect(
    await until(async () => (await hands.told(since)).length >= expected.length, (escalation.length + 1) * times.escalateMs + patienceMs),
  ).toBe(true)
  const entries = await hands.told(since)
  expect(inWords(entries)).toEqual(expected)
  const firedMs = entries.map(({ firedAt }) => Date.parse(firedAt))
  for (const [place, ms] of firedMs.slice(1).entries()) expect(ms - (firedMs[place] as number)).toBeGreaterThan(times.escalateMs / 2)
  expect(new Set(entries.map(({ key }) => key)).size).toBe(expected.length)
  await lease.release()
  expect(await until(() => hands.allResolved(since), patienceMs)).toBe(true)
  await sleep(times.agentDownMs)
  expect(inWords(await hands.told(since))).toEqual(expected)
})

test('what is no notification is refused and counted, and the next one is taken', async () => {
  const { refused, alerts } = await hands.recorded()
  const at = (path: string) => `http://sink.mgmt:${sinkPort}${path}`
  const answers = [
    await hands.ask(at('/v2/enqueue'), '{"routing_key":'),
    await hands.ask(at('/v2/enqueue'), '{"routing_key":"nobody","event_action":"trigger"}'),
    await hands.ask(at('/v2/enqueue'), 'x'.repeat(70_000)),
    await hands.ask(at('/services/FLEET/OPS/ALERTS'), '{}'),
    await hands.ask(at('/services/OTHER/OPS/ALERTS'), '{"text":"Hello."}'),
    await hands.ask(at('/v2/enqueue')),
  ]
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 413, 400, 404, 405])
  const after = await hands.recorded()
  expect(after.refused - refused).toBe(answers.length)
  expect(after.alerts.length).toBe(alerts.length)
  expect(await hands.ask(at('/services/FLEET/OPS/ALERTS'), '{"text":"Hello."}')).toEqual({ status: 200, text: 'ok' })
  expect((await hands.recorded()).alerts.at(-1)).toMatchObject({ channel: '#ops-alerts', alert: null, summary: 'Hello.' })
})

test('the servers reach nothing outside the fleet, not even the host they run on', async () => {
  let hits = 0
  const server = createServer((_question, answer) => {
    hits += 1
    answer.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  try {
    const address = Object.entries(networkInterfaces()).flatMap(([name, items = []]) =>
      items.filter(({ family, internal }) => family === 'IPv4' && !internal && !/^(br-|docker|veth)/.test(name)),
    )[0]?.address
    const url = `http://${address}:${(server.address() as AddressInfo).port}`
    expect((await fetch(url)).status).toBe(200)
    const before = hits
    const ways: readonly [ServiceRole, readonly string[]][] = [
      ['prometheus', ['timeout', '5', 'promtool', 'query', 'instant', url, 'up']],
      ['alertmanager', ['timeout', '5', 'amtool', `--alertmanager.url=${url}`, 'alert']],
      ['sink', ['timeout', '5', 'node', '-e', `fetch(${JSON.stringify(url)}).then(() => {}, () => process.exit(1))`]],
    ]
    const exits = await Promise.all(ways.map(async ([role, argv]) => (await hands.inside(role, argv)).exitCode))
    expect(exits).not.toContain(0)
    expect(hits).toBe(before)
  } finally {
    server.close()
  }
})
