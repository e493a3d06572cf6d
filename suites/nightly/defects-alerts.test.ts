/**
 * Defects F4 and F6 (nobody is told), and H7 (a missing secret is made up for), in one fleet with its servers, times divided by 60; and a
 * good fleet, in which the same troubles are told, and the hub does not start.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { literal } from '../../fixtures/fleet/literal-secret.ts'
import { hubUserOf } from '../../fixtures/fleet/nats-users.ts'
import { faults } from '../../src/faults/index.ts'
import { alertTimesOf } from '../../src/fleet/alert-times.ts'
import type { AgentId } from '../../src/fleet/topology.ts'
import { holdFault } from '../../src/run/hold.ts'
import { alertHands } from '../fleet/alert-hands.ts'
import { sample } from '../fleet/by-hand.ts'
import { fileOf, type SecretHands, secretHands } from '../fleet/secret-hands.ts'
import { never, openSmallFleet, pc2, type SmallFleet, until, well } from '../small-fleet.ts'

const timeScale = 60
const times = alertTimesOf(timeScale)
const hubs = ['mainpc/ObservabilityHub', 'pc2/ObservabilityHub'] as const satisfies readonly string[] as unknown as readonly [
  AgentId,
  AgentId,
]
const [central, edge] = hubs
const patienceMs = 60_000
/** In a good fleet a hub's alert takes six scrapes and what the servers need. */
const silenceMs = 12 * times.scrapeMs + 10_000

describe.each([
  ['a good fleet', [], false],
  ['F4, F6, H7', ['F4', 'F6', 'H7'], true],
] as const)('%s', (_, defects, bad) => {
  let small: SmallFleet
  let hands: SecretHands
  let watched: ReturnType<typeof alertHands>
  beforeAll(async () => {
    small = await openSmallFleet(`alert-defects-${bad ? 'bad' : 'good'}-${process.pid}`, { defects, timeScale })
    hands = secretHands(small)
    watched = alertHands(small)
    for (const hub of hubs) expect(await until(async () => (await small.health(hub)) === well, patienceMs)).toBe(true)
    expect(await until(async () => (await hands.hubHealth(pc2)).status === 'healthy', patienceMs)).toBe(true)
    // A hub that Prometheus has never seen well is still starting, for minutes; until then nobody is told, in any fleet.
    const seenWell = async () => (await watched.measured('count(agent:well_seconds{role="hub"} <= time())')) === '2'
    expect(await until(seenWell, patienceMs)).toBe(true)
  })
  afterAll(async () => small?.[Symbol.asyncDispose]())

  const told = async () => (await watched.told(0)).map(({ service, alert }) => `${service} ${alert}`)
  /** Silence counts only if the heartbeat went on arriving. */
  async function isToldOf(words: string): Promise<boolean> {
    const { heartbeats } = await watched.recorded()
    if (await until(async () => (await told()).includes(words), bad ? silenceMs : patienceMs)) return true
    expect((await watched.recorded()).heartbeats).toBeGreaterThan(heartbeats)
    return false
  }
  const metrics = async () => hands.fetched(pc2, 'http://127.0.0.1:9101/metrics')

  test('F6: the edge hub’s disk takes nothing', async () => {
    const folder = '/proc/1/root/var/lib/fleet/hub'
    await small.fleet.tool(pc2).run(['chmod', '0500', folder])
    // A segment is closed after 15 s; the next one cannot be opened.
    expect(await until(async () => (sample(await metrics(), 'hub_unstored_total') ?? 0) > 0, patienceMs)).toBe(true)
    expect((await hands.hubHealth(pc2)).status).toBe(bad ? 'healthy' : 'error')
    expect(sample(await metrics(), 'hub_storage_ok')).toBe(bad ? 1 : 0)
    expect(await isToldOf('slack EdgeHubDown')).toBe(!bad)
    expect(sample(await metrics(), 'hub_unstored_total')).toBeGreaterThan(bad ? 2 : 0) // it still takes nothing
    await small.fleet.tool(pc2).run(['chmod', '0755', folder])
    const stored = async () => (await hands.hubHealth(pc2)).status === 'healthy' && (sample(await metrics(), 'hub_storage_ok') ?? 0) === 1
    expect(await until(stored, patienceMs)).toBe(true)
    await sleep(bad ? 0 : 2 * times.settleMs)
  })

  test('F4: both hubs are down', async () => {
    const before = await told()
    const plan = faults['process-kill'].plan(small.topology, { agents: [central, edge] }, { signal: 'KILL', keep: 'dead' }, 'both')
    const record = { write: () => {}, signal: never }
    const lease = await holdFault(small.fleet, { lease: 'both', kind: 'process-kill', plan, holdMs: 1_000, ttlMs: 180_000 }, record)
    expect(await isToldOf('pagerduty BothHubsDown')).toBe(!bad)
    expect(await small.health(central)).toContain('ECONNREFUSED')
    expect(await small.health(edge)).toContain('ECONNREFUSED')
    if (bad) expect(await told()).toEqual(before) // nor is anything else
    await lease.release()
    for (const hub of hubs) expect(await until(async () => (await small.health(hub)) === well, patienceMs)).toBe(true)
  })

  test('H7: the edge hub’s password is nowhere', async () => {
    await hands.supervise(pc2, 'stop', 'ObservabilityHub')
    await hands.said('secrets', pc2, ['rm', '-f', fileOf('NATS_PASSWORD')])
    expect((await hands.vault(pc2, 'DELETE', 'secret/metadata/pc2/NATS_PASSWORD')).status).toBe(204)
    await hands.supervise(pc2, 'start', 'ObservabilityHub')
    const missing = async () => (await hands.logOf(pc2, 'ObservabilityHub.log')).includes('secret NATS_PASSWORD is missing')
    if (!bad) {
      expect(await until(missing, patienceMs)).toBe(true)
      expect(await small.health(edge)).toContain('ECONNREFUSED')
      return
    }
    expect(await until(async () => (await small.health(edge)) === well, patienceMs)).toBe(true)
    expect(await missing()).toBe(false)
    expect(await until(async () => (sample(await metrics(), 'hub_nats_refused_total') ?? 0) > 0, patienceMs)).toBe(true)
    expect(await small.fleet.logs('nats', pc2, 200)).toContain(`User "${hubUserOf('pc2', literal)}"`)
  })
})
