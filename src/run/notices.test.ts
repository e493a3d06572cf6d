import { expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { alertingRule } from '../fleet/rule-set.ts'
import type { Agent, AgentId, MachineId, Topology } from '../fleet/topology.ts'
import type { Fetched } from '../tool/fetch.ts'
import { readAccounts, readSequences } from './accounts.ts'
import type { Hands } from './hold.ts'
import { readNotices, readNoticesAtLast } from './notices.ts'

const mainpc = 'mainpc' as MachineId
const never = new AbortController().signal

/** A fleet whose services answer what `say` gives for a URL: a body, or undefined for none. */
function handsThat(say: (url: string) => unknown): Hands {
  return {
    tool: () => ({
      async run(_argv, options) {
        const urls = JSON.parse(options?.stdin ?? '[]') as string[]
        const lines = urls.map((url): Fetched => {
          const body = say(url)
          const text = typeof body === 'string' ? body : JSON.stringify(body)
          return { url, status: body === undefined ? 0 : 200, body: body === undefined ? '' : text, wallMs: Date.UTC(2026, 0, 1, 0, 0, 10) }
        })
        return { exitCode: 0, stdout: lines.map((line) => `${JSON.stringify(line)}\n`).join(''), stderr: '' }
      },
    }),
  }
}

function clockOf(): Clock & { readonly slept: number[] } {
  const slept: number[] = []
  const nowMs = () => slept.reduce((sum, ms) => sum + ms, 0)
  return { slept, nowMs, wall: () => new Date(0), sleep: async (ms) => void slept.push(ms) }
}

const entry = { service: 'slack', channel: '#ops', alert: 'A', level: 'alert', subject: 's', times: 1, firedAgeMs: 4_000 }
const sink = {
  alerts: [{ ...entry, resolvedAgeMs: null }],
  heartbeats: 7,
  heartbeatAgeMs: 900,
  heartbeatAgesMs: [10_900, 5_900, 900],
  dropped: 0,
  unmatched: 0,
  refused: 0,
}
const rules = {
  data: {
    groups: [
      {
        rules: [
          { type: 'recording', name: 'r', query: 'max(x)', health: 'ok', lastEvaluation: '2026-01-01T00:00:08.000Z' },
          {
            type: 'alerting',
            name: 'A',
            query: 'r > 3',
            duration: 7.5,
            labels: { level: 'alert' },
            health: 'ok',
            lastEvaluation: '2026-01-01T00:00:09.000Z',
          },
          { type: 'alerting', name: 'B', query: 'r > 4', health: 'err', lastEvaluation: '2025-01-01T00:00:00.000Z' },
        ],
      },
    ],
  },
}
const seen = { data: { result: [{ value: [1, '5'] }] } }
const answer = (changes: Record<string, unknown> = {}) => {
  const all: Record<string, unknown> = { '/alerts': sink, '/rules': rules, '/query': seen, ...changes }
  return (url: string) => all[Object.keys(all).find((path) => url.includes(path)) ?? '']
}
const deployed = [alertingRule('alert', 'A', 'r>3', 7_500, { level: 'alert' })]
const asking = (say: (url: string) => unknown, clock = clockOf()) => {
  return { hands: handsThat(say), machine: mainpc, everyMs: 5_000, deployed, clock, nowMs: () => 100_000 }
}

test('ages become times on the run’s clock, and rules that work are told from those that do not', async () => {
  expect(await readNotices(asking(answer()), 'before', never)).toEqual({
    kind: 'notices',
    when: 'before',
    notices: [{ service: 'slack', channel: '#ops', alert: 'A', level: 'alert', subject: 's', times: 1, firedMs: 96_000, resolvedMs: null }],
    heartbeats: 7,
    heartbeatMs: 99_100,
    heartbeatEveryMs: 5_000,
    dropped: 0,
    unmatched: 0,
    refused: 0,
    heartbeatsMs: [89_100, 94_100, 99_100],
    uncertainMs: 1,
    deployed,
    rules: {
      names: ['A'],
      broken: ['B'],
      ageMs: 2_000,
      agentsSeen: 5,
      evaluated: [
        alertingRule('record', 'r', 'max(x)', 0, {}),
        alertingRule('alert', 'A', 'r > 3', 7_500, { level: 'alert' }),
        alertingRule('alert', 'B', 'r > 4', 0, {}),
      ],
    },
  })
})

test('heartbeats that an earlier read has listed are not listed again; a sink that counts fewer has begun anew', async () => {
  const listed = async (known: number, change: object = {}) =>
    (await readNotices(asking(answer({ '/alerts': { ...sink, ...change } })), 'after', never, known))?.heartbeatsMs
  expect(await listed(5)).toEqual([94_100, 99_100])
  expect(await listed(7)).toEqual([])
  expect(await listed(8, { heartbeats: 2, heartbeatAgesMs: [5_900, 900] })).toEqual([94_100, 99_100])
})

test('every time may be off by as long as the read took', async () => {
  let nowMs = 100_000
  const slow = { ...asking(answer()), nowMs: () => (nowMs += 120) }
  expect(await readNotices(slow, 'before', never)).toMatchObject({ uncertainMs: 121 })
})

test('who does not answer has said nothing: no event without the sink, no rules without the server', async () => {
  expect(await readNotices(asking(answer({ '/alerts': undefined })), 'after', never)).toBeUndefined()
  expect(await readNotices(asking(answer({ '/alerts': 'rubbish' })), 'after', never)).toBeUndefined()
  expect((await readNotices(asking(answer({ '/query': { data: { result: [] } } })), 'after', never))?.rules).toBeNull()
  expect((await readNotices(asking(answer({ '/rules': '<html>' })), 'after', never))?.rules).toBeNull()
})

test('at last it waits until every new message is taken back, and no longer than it may take', async () => {
  const expected = [{ alert: 'A', level: 'alert', channel: '#ops', afterMs: 0, withinMs: 1, resolvedMs: 5_000 }]
  const empty = answer({ '/alerts': { ...sink, alerts: [] } })
  const before = await readNotices(asking(empty), 'before', never)
  const patient = clockOf()
  expect((await readNoticesAtLast(asking(answer(), patient), before, expected, never))?.notices).toHaveLength(1)
  expect(patient.slept).toHaveLength(5)
  const quick = clockOf()
  const resolved = answer({ '/alerts': { ...sink, alerts: [{ ...entry, resolvedAgeMs: 100 }] } })
  expect((await readNoticesAtLast(asking(resolved, quick), before, expected, never))?.notices[0]?.resolvedMs).toBe(99_900)
  expect(quick.slept).toEqual([])
  const nobody = clockOf()
  await readNoticesAtLast(asking(empty, nobody), before, [], never)
  expect(nobody.slept).toEqual([])
})

const agent = (name: string, port: number) => ({ id: `mainpc/${name}` as AgentId, name, machine: mainpc, port }) as Agent
const [hub, worker] = [agent('Hub', 9000), agent('Worker', 7001)]
const topology = {
  machines: new Map([[mainpc, { id: mainpc }]]),
  agents: new Map([hub, worker].map((each) => [each.id, each])),
} as unknown as Topology

test('accounts are of those who gave a whole one', async () => {
  const account = { agent: 'someone', incarnation: 5, sequence: 3, accepted: 2, lost: 1, lostSequences: [2] }
  const say = (url: string) => (url.includes(':7001') ? account : { sequence: 'many' })
  expect(await readAccounts(handsThat(say), topology, never)).toEqual([
    { agent: 'mainpc/Worker', incarnation: 5, sequence: 3, lost: 1, lostSequences: [2] },
  ])
})

test('the central hub is asked again until all that was acknowledged has arrived, or it takes too long', async () => {
  const accounts = [{ agent: 'mainpc/Worker', incarnation: 5, sequence: 3, lost: 1, lostSequences: [2] }]
  const record = (stored: readonly (readonly number[])[]) => [{ agent: 'mainpc/Worker', incarnation: 5, stored, missing: [], handedOn: [] }]
  const answers = [
    undefined,
    record([]),
    record([
      [1, 1],
      [3, 3],
    ]),
  ]
  const clock = clockOf()
  const read = await readSequences(
    handsThat(() => answers.shift()),
    hub,
    accounts,
    clock,
    never,
  )
  expect(read).toEqual({
    hub: 'mainpc/Hub',
    waitedMs: 2_000,
    records: [
      {
        agent: 'mainpc/Worker',
        incarnation: 5,
        stored: [
          [1, 1],
          [3, 3],
        ],
        doubled: [],
      },
    ],
  })
  const patient = clockOf()
  expect(
    (
      await readSequences(
        handsThat(() => record([[1, 2]])),
        hub,
        accounts,
        patient,
        never,
      )
    )?.records[0]?.stored,
  ).toEqual([[1, 2]])
  expect(patient.slept).toHaveLength(60)
})
