/** That a fleet is read for what is asked, all of it and nothing else, at the time for which it is asked. */
import { expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { alertTimesOf } from '../fleet/alert-times.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Agent, AgentId, MachineId, Topology } from '../fleet/topology.ts'
import type { EventBody, Promises } from '../journal/event.ts'
import { type Read, type ReadName, readNames } from '../journal/reads.ts'
import type { Fetched } from '../tool/fetch.ts'
import { readingsOf } from './reads.ts'

const never = new AbortController().signal
const mainpc = 'mainpc' as MachineId
const agent = (name: string, port: number, role: string) => {
  return { id: `mainpc/${name}` as AgentId, name, machine: mainpc, port, role } as Agent
}
const agents = [agent('Registry', 7200, 'registry'), agent('Hub', 9000, 'hub')]
const topology = {
  machines: new Map([[mainpc, { id: mainpc }]]),
  agents: new Map(agents.map((each) => [each.id, each])),
} as unknown as Topology

const sink = { alerts: [], heartbeats: 0, heartbeatAgeMs: null, heartbeatAgesMs: [], dropped: 0, unmatched: 0, refused: 0 }
const bodies: Readonly<Record<string, unknown>> = {
  ':7200/agents': agents.map(({ id }) => ({ agent: id, sinceStartMs: 9, status: 'HEALTHY' })),
  ':9000/agents': agents.map(({ id }) => ({ agent: id, ageMs: 9 })),
  '/metrics': agents.map(({ name }) => `push_time_seconds{agent="${name}",machine="mainpc"} 99`).join('\n'),
  '/reports': { incarnation: 1, sequence: 0, lost: 0, lostSequences: [] },
  '/sequences': [],
  '/alerts': sink,
}

function fetched(url: string): Fetched {
  const body = bodies[Object.keys(bodies).find((part) => url.includes(part)) ?? '']
  return { url, status: 200, body: typeof body === 'string' ? body : JSON.stringify(body ?? {}), wallMs: 100_000 }
}

/** A fleet that answers all that it may be asked. @returns the kinds of events that were written, in order */
async function kindsOf(reads: readonly Read[], at: 'before' | 'after' = 'after'): Promise<readonly EventBody['kind'][]> {
  const run = async (argv: readonly string[], options?: { readonly stdin?: string }) => {
    if (!argv.includes('fetch-each')) return { exitCode: 0, stdout: '{"processes":{}}', stderr: '' }
    const urls = JSON.parse(options?.stdin ?? '[]') as string[]
    return { exitCode: 0, stdout: urls.map((url) => `${JSON.stringify(fetched(url))}\n`).join(''), stderr: '' }
  }
  const observer = { run: async () => ({ exitCode: 0, stdout: '[]', stderr: '' }) }
  const fleet = { tool: () => ({ run }), observer: () => observer } as unknown as Fleet
  const clock: Clock = {
    nowMs: () => 100_000,
    wall: () => new Date(0),
    sleep: () => Promise.reject(new Error('nothing is to be waited for')),
  }
  const written: EventBody[] = []
  const { firstReads, finalReads } = readingsOf({
    fleet,
    topology,
    limits: { metricsFreshMs: 30_000 } as Promises,
    write: (body) => written.push(body),
    clock,
    nowMs: clock.nowMs,
    alertTimes: alertTimesOf(1),
  })
  await (at === 'before' ? firstReads({ reads }, never) : finalReads({ reads }, 0, never))
  return written.map(({ kind }) => kind)
}

const all = (when: Read['when'], names: readonly ReadName[] = readNames) => names.map((name) => ({ name, when }))

test.each(readNames)('%s alone is read where it alone is asked for', async (name) => {
  expect(await kindsOf(all('after', [name]))).toEqual([name])
})

test('all is read where all is asked for, and the processes at first and at last', async () => {
  const last = await kindsOf(all('both'))
  expect(last.toSorted()).toEqual(readNames.toSorted())
  expect(last.at(-1)).toBe('processes')
  expect((await kindsOf(all('both', ['accounts', 'notices', 'processes']), 'before'))[0]).toBe('processes')
})

test('what is asked for at the other time is not read, and of nothing, nothing', async () => {
  expect([await kindsOf(all('before')), await kindsOf(all('after'), 'before'), await kindsOf([])]).toEqual([[], [], []])
  expect(await kindsOf(all('before', ['accounts']), 'before')).toEqual(['accounts'])
})
