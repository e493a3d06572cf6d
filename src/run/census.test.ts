import { expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Agent, AgentId, MachineId, Topology } from '../fleet/topology.ts'
import type { EventBody } from '../journal/event.ts'
import type { ReadName } from '../journal/reads.ts'
import type { Fetched } from '../tool/fetch.ts'
import { census, keepersOf } from './census.ts'

const mainpc = 'mainpc' as MachineId
const agent = (name: string, port: number, role: string) =>
  ({ id: `mainpc/${name}` as AgentId, name, machine: mainpc, port, role }) as Agent
const all = [agent('Registry', 7200, 'registry'), agent('Hub', 9000, 'hub'), agent('Worker', 7001, 'agent')]
const topology = {
  machines: new Map([[mainpc, { id: mainpc }]]),
  agents: new Map(all.map((each) => [each.id, each])),
} as unknown as Topology
const wallMs = 1_700_000_100_000

const three: readonly ReadName[] = ['registrations', 'freshness', 'pushes']

/** A fleet of one machine that gives these bodies, in turn where there are several, and none where there is none. */
async function take(bodies: Readonly<Record<string, readonly (string | undefined)[]>>, overForMs = 60_000, names = three) {
  const turns = new Map(Object.entries(bodies).map(([url, answers]) => [url, [...answers]]))
  const answer = (url: string): Fetched => {
    const left = turns.get(Object.keys(bodies).find((part) => url.includes(part)) ?? '') ?? []
    const body = left.length > 1 ? left.shift() : left[0]
    return { url, status: body === undefined ? 0 : 200, body: body ?? '', wallMs }
  }
  const tool = {
    run: async (_argv: readonly string[], options?: { readonly stdin?: string }) => {
      const lines = (JSON.parse(options?.stdin ?? '[]') as string[]).map((url) => JSON.stringify(answer(url)))
      return { exitCode: 0, stdout: `${lines.join('\n')}\n`, stderr: '' }
    },
  }
  const fleet = { tool: () => tool } as unknown as Fleet
  const slept: number[] = []
  const nowMs = () => slept.reduce((sum, ms) => sum + ms, 0)
  const clock: Clock = { nowMs, wall: () => new Date(0), sleep: async (ms) => void slept.push(ms) }
  const written: EventBody[] = []
  await census(
    fleet,
    topology,
    { write: (body) => written.push(body), clock },
    { names: new Set(names), freshMs: 30_000, sinceMs: -overForMs },
    new AbortController().signal,
  )
  return { slept, of: (kind: EventBody['kind']) => written.filter((body) => body.kind === kind) }
}

const registry = JSON.stringify(all.map(({ id }) => ({ agent: id, name: 'x', sinceStartMs: 900, status: 'HEALTHY' })))
const hub = (ageMs: number) => JSON.stringify(all.map(({ id }) => ({ agent: id, ageMs, ages: {} })))
const pushed = (secondsAgo: number) =>
  [
    '# TYPE push_time_seconds gauge',
    ...all.map(({ name }) => `push_time_seconds{agent="${name}",instance="",job="fleet",machine="mainpc"} ${1_700_000_100 - secondsAgo}`),
    'push_time_seconds{instance="",job="other"} 1.7e+09',
    'push_failure_time_seconds{agent="Worker",instance="",job="fleet",machine="mainpc"} 0',
    '',
  ].join('\n')

test('the keepers of a fleet are its registry, and the hub beside it', () => {
  expect(keepersOf(topology)).toEqual({ registry: all[0], central: all[1] })
})

test('everyone who is registered, heard of and pushed is journaled, by the machine’s own clock', async () => {
  const { of, slept } = await take({ ':7200': [registry], ':9000': [hub(1_200)], ':9091': [pushed(4)] })
  const records = all.map(({ id }) => id)
  expect(of('registrations')).toMatchObject([{ records: records.map((agent) => ({ agent, sinceStartMs: 900 })) }])
  expect(of('freshness')).toEqual([{ kind: 'freshness', hub: 'mainpc/Hub', records: records.map((agent) => ({ agent, ageMs: 1_200 })) }])
  expect(of('pushes')).toEqual([{ kind: 'pushes', machine: 'mainpc', records: records.map((agent) => ({ agent, ageMs: 4_000 })) }])
  expect(slept).toEqual([])
})

test('of the three only what is asked for is asked, and waited for', async () => {
  const missing = { ':7200': [registry], ':9000': [undefined], ':9091': [undefined] }
  const { of, slept } = await take(missing, 60_000, ['registrations'])
  expect([three.map((name) => of(name).length), slept]).toEqual([[1, 0, 0], []])
  const hubAlone = await take({ ':7200': [undefined], ':9000': [hub(40_000), hub(900)], ':9091': [undefined] }, 60_000, ['freshness'])
  expect([three.map((name) => hubAlone.of(name).length), hubAlone.slept.length]).toEqual([[0, 1, 0], 1])
})

test('who has just come back has the time of the limit to be heard of, and no more', async () => {
  const back = await take({ ':7200': [registry], ':9000': [hub(40_000), hub(40_000), hub(900)], ':9091': [pushed(4)] })
  expect(back.slept).toHaveLength(2)
  expect(back.of('freshness')).toMatchObject([{ records: [{ ageMs: 900 }, {}, {}] }])
  const never = await take({ ':7200': [registry], ':9000': [hub(900)], ':9091': [pushed(31)] })
  expect(never.slept).toHaveLength(30)
  expect(never.of('pushes')).toMatchObject([{ records: [{ ageMs: 31_000 }, {}, {}] }])
})

test('who was heard of before it was over only is waited for as well', async () => {
  const bodies = { ':7200': [registry], ':9000': [hub(4_500), hub(5_500), hub(900)], ':9091': [pushed(1)] }
  expect((await take(bodies, 5_000)).slept).toEqual([])
  const back = await take(bodies, 4_000)
  expect([back.slept.length, back.of('freshness')]).toMatchObject([2, [{ records: [{ ageMs: 900 }, {}, {}] }]])
})

test('and by the registry as well: the last it says is what counts', async () => {
  const silent = registry.replaceAll('HEALTHY', 'UNHEALTHY')
  const back = await take({ ':7200': [silent, silent, registry], ':9000': [hub(900)], ':9091': [pushed(4)] })
  expect([back.slept.length, back.of('registrations')]).toMatchObject([2, [{ records: [{ status: 'HEALTHY' }, {}, {}] }]])
  const never = await take({ ':7200': [silent], ':9000': [hub(900)], ':9091': [pushed(4)] })
  expect([never.slept.length, never.of('registrations')]).toMatchObject([30, [{ records: [{ status: 'UNHEALTHY' }, {}, {}] }]])
})

test('a push from the future is waited for, and told as what it is; one of this very millisecond is no such thing', async () => {
  const future = await take({ ':7200': [registry], ':9000': [hub(900)], ':9091': [pushed(-60)] })
  expect(future.slept).toHaveLength(30)
  expect(future.of('pushes')).toMatchObject([{ records: [{ ageMs: -60_000 }, {}, {}] }])
  const now = await take({ ':7200': [registry], ':9000': [hub(900)], ':9091': [pushed(-0.0009)] })
  expect(now.slept).toEqual([])
})

test('who gives no list leaves no event', async () => {
  const { of } = await take({ ':7200': ['<html>'], ':9000': [undefined], ':9091': [undefined] })
  expect([of('registrations'), of('freshness'), of('pushes')]).toEqual([[], [], []])
})
