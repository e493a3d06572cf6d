/**
 * Defects F1, F2, F3, F5 and F7, each in a fleet of its own, and a good fleet beside them: the central hub is killed for a while, and then
 * the agents' own accounts are held against what the central hub has stored.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { SequenceRecord } from '../../fixtures/fleet/ledger.ts'
import { countOf, Sequences } from '../../fixtures/fleet/sequences.ts'
import { faults } from '../../src/faults/index.ts'
import type { Agent, AgentId } from '../../src/fleet/topology.ts'
import { holdFault } from '../../src/run/hold.ts'
import { get } from '../fleet/by-hand.ts'
import { farWorker, mainpc, never, openSmallFleet, type SmallFleet, until, well, worker } from '../small-fleet.ts'

const central = 'mainpc/ObservabilityHub' as AgentId
const witnesses = [worker, farWorker]
const patienceMs = 60_000
/** Three to five reports of each agent. */
const awayMs = 16_000

interface Account {
  readonly incarnation: number
  readonly sequence: number
  readonly lostSequences: readonly number[]
}

/** Numbers of one agent's reports. */
interface Fate {
  /** No hub took it. */
  readonly refused: number
  /** A hub acknowledged it, and the central one has not stored it. */
  readonly lost: number
  readonly doubled: number
}

async function accountOf(small: SmallFleet, id: AgentId): Promise<Account> {
  const { machine, port } = small.topology.agents.get(id) as Agent
  return JSON.parse(await get(small, machine, `http://127.0.0.1:${port}/reports`)) as Account
}

async function fateOf(small: SmallFleet, id: AgentId): Promise<Fate> {
  const { incarnation, sequence, lostSequences } = await accountOf(small, id)
  const records = JSON.parse(await get(small, mainpc, 'http://127.0.0.1:9000/sequences')) as readonly SequenceRecord[]
  const record = records.find((one) => one.agent === id && one.incarnation === incarnation)
  const stored = new Sequences(record?.stored ?? [])
  const told = Array.from({ length: sequence }, (_, index) => index + 1).filter((number) => !lostSequences.includes(number))
  return {
    refused: lostSequences.length,
    lost: told.filter((number) => !stored.has(number)).length,
    doubled: countOf(record?.doubled ?? []),
  }
}

const fatesOf = (small: SmallFleet) => Promise.all(witnesses.map((id) => fateOf(small, id)))

/** What is on its way while we look is not lost. */
async function lastingFates(small: SmallFleet): Promise<readonly Fate[]> {
  const before = await fatesOf(small)
  await sleep(2_000)
  return (await fatesOf(small)).map((fate, index) => ({ ...fate, lost: Math.min(fate.lost, before[index]?.lost ?? 0) }))
}

/** Whole, and quiet: everything that was reported is stored. */
async function isSettled(small: SmallFleet): Promise<boolean> {
  const health = JSON.parse(await get(small, mainpc, 'http://127.0.0.1:9000/hub_health').catch(() => '{}')) as { status?: string }
  if (health.status !== 'healthy') return false
  const accounts = await Promise.all(witnesses.map((id) => accountOf(small, id)))
  const fates = await fatesOf(small)
  return accounts.every(({ sequence }) => sequence >= 2) && fates.every(({ lost }) => lost === 0)
}

async function withoutCentralHub(small: SmallFleet): Promise<void> {
  const plan = faults['process-kill'].plan(small.topology, { agents: [central] }, { signal: 'KILL', keep: 'dead' }, 'away')
  const told = { write: () => {}, signal: never }
  const lease = await holdFault(small.fleet, { lease: 'away', kind: 'process-kill', plan, holdMs: 1_000, ttlMs: 120_000 }, told)
  await sleep(awayMs)
  await lease.release()
}

const none = { refused: 0, lost: 0, doubled: 0 }
const some = expect.toSatisfy((count: number) => count >= 2, 'two or more')

test.each([
  ['a good fleet loses nothing, and counts nothing twice', [], [none, none]],
  // Agents of MainPC had nobody else; those of PC2 came to the central hub as well.
  [
    'F1: without an edge hub nobody takes what is reported meanwhile',
    ['F1'],
    [
      { ...none, refused: some },
      { ...none, refused: some },
    ],
  ],
  [
    'F5: with the central hub alone in their list, agents do not turn to the edge hub',
    ['F5'],
    [
      { ...none, refused: some },
      { ...none, refused: some },
    ],
  ],
  [
    'F2: what the edge hub acknowledged and could not hand on is lost',
    ['F2'],
    [
      { ...none, lost: some },
      { ...none, lost: some },
    ],
  ],
  [
    'F3: what is replayed is acknowledged, and lost',
    ['F3'],
    [
      { ...none, lost: some },
      { ...none, lost: some },
    ],
  ],
  [
    'F7: what is replayed is stored twice',
    ['F7'],
    [
      { ...none, doubled: some },
      { ...none, doubled: some },
    ],
  ],
] as const)('%s', async (_, defects, expected) => {
  await using small = await openSmallFleet(`hub-defects-${defects.join('') || 'good'}-${process.pid}`.toLowerCase(), { defects })
  expect(await until(async () => (await small.health(central)) === well, patienceMs)).toBe(true)
  expect(await until(() => isSettled(small), patienceMs)).toBe(true) // in steady state each of these fleets is whole
  expect(await lastingFates(small)).toEqual([none, none])
  await withoutCentralHub(small)
  expect(await until(async () => (await small.health(central)) === well, patienceMs)).toBe(true)
  // Whatever is replayed has been replayed by then: that begins with the hub's connection to the bus, 2 s after its start.
  const isReady = async () => (await get(small, mainpc, 'http://127.0.0.1:9000/hub_health')).includes('"streams":"ready"')
  expect(await until(isReady, patienceMs)).toBe(true)
  await sleep(10_000)
  expect(await lastingFates(small)).toEqual(expected)
})
