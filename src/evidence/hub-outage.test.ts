import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story } from '../../fixtures/histories/build.ts'
import { isOfHold, stoppedOn } from '../../fixtures/histories/build-fault.ts'
import { type Given, historyBy, scenarioBy } from '../../fixtures/histories/by-hand.ts'
import type { Answer, Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { longestHubOutage } from './hub-outage.ts'

const quick = { ...goodStory, steadyMs: 10_000, recoveryMs: 20_000 }
const [central, speech] = ['mainpc/ServiceRegistry', 'pc2/Speech']

/** @param hubs of the story's agents */
function lasted(hubs: readonly string[], story: Partial<Story> = {}, change: (event: Event) => Event = (event) => event) {
  const events = eventsOf({ ...quick, ...story }).map((event): Event => {
    if (event.kind !== 'topology') return change(event)
    return { ...event, agents: event.agents.map((agent) => (hubs.includes(agent.id) ? { ...agent, role: 'hub' } : agent)) }
  })
  const history = historyFrom(journalOf(renumbered(events.toSorted((a, b) => a.atMs - b.atMs))))
  return longestHubOutage(history, history.scenarios[0] as ScenarioHistory)?.lastedMs
}
const holdMs = quick.holdMs
const partition =
  (words: readonly string[] = []) =>
  (event: Event) =>
    event.kind === 'plan'
      ? {
          ...event,
          fault: 'partition',
          targets: ['pc2'],
          silences: [],
          radius: [],
          plan: { steps: [{ apply: { argv: ['tool', 'cut', ...words] } }] },
        }
      : event

test('a silenced hub is out for as long as it was seen silent, between proof and release', () => {
  const outMs = lasted([speech]) as number
  expect(outMs).toBeGreaterThan(holdMs - 3 * quick.intervalMs)
  expect(outMs).toBeLessThanOrEqual(holdMs)
})

test('one that answered again before its release was out until then', () => {
  const answer: Story['answer'] = (who, atMs) => (who === central && atMs > 10_400 && atMs < 14_400 ? 'timeout' : undefined)
  const silenced = (event: Event) => (event.kind === 'plan' ? { ...event, silences: [central] } : event)
  const outMs = lasted([central], { answer }, silenced) as number
  expect(outMs).toBeGreaterThan(3_500)
  expect(outMs).toBeLessThan(4_500)
})

test('of two hubs the one that was out longer counts, whichever is named first', () => {
  const answer: Story['answer'] = (who, atMs) => (who === central && atMs > 10_400 && atMs < 14_400 ? 'timeout' : undefined)
  for (const silences of [
    [central, speech],
    [speech, central],
  ]) {
    const outMs = lasted([central, speech], { answer }, (event) => (event.kind === 'plan' ? { ...event, silences } : event))
    expect(outMs).toBe(lasted([speech]))
  }
})

test('no hub, no proof, no release: no outage', () => {
  expect(lasted([])).toBe(undefined)
  expect(lasted([central])).toBe(undefined)
  const without = (is: (event: Event) => boolean) => (event: Event) => (is(event) ? ({ ...event, lease: 'other' } as Event) : event)
  expect(
    lasted(
      [speech],
      {},
      without(({ kind }) => kind === 'proof'),
    ),
  ).toBe(undefined)
  expect(
    lasted(
      [speech],
      {},
      without((event) => event.kind === 'lease' && event.state === 'releasing'),
    ),
  ).toBe(undefined)
  expect(lasted([speech], {}, (event) => (isOfHold(event) ? { ...event, answer: null } : event))).toBe(undefined)
})

test('a hub whose machine is cut off is out from the proof of the cut to its release, whatever the observer sees of it', () => {
  const outMs = lasted([speech], { stopped: [speech], wakesAfterMs: 0 }, partition()) as number
  expect(outMs).toBe(holdMs - 10) // the story proves it that much later
  expect(lasted([central], {}, partition())).toBe(undefined)
})

test.each([['--peers'], ['--ports']])('a partition by %s may leave the hub its way', (word) => {
  expect(lasted([speech], {}, partition([word, 'x']))).toBe(undefined)
})

describe('to the millisecond', () => {
  const [west, east] = ['a/West', 'b/East']
  const step = stoppedOn('a')
  const lease = (state: Event<'lease'>['state'], atMs: number): Given => ({ kind: 'lease', lease: 'one', state, atMs })
  const proof = (atMs: number, state = 'T', step = 0): Given => ({
    kind: 'proof',
    query: 'effective',
    machine: 'a',
    lease: 'one',
    step,
    answer: { state },
    problem: null,
    ageMs: 0,
    atMs,
  })
  const plan = (change: object): Given => ({
    kind: 'plan',
    atMs: 9_000,
    lease: 'one',
    fault: 'stop',
    targets: [],
    silences: [],
    expectations: [step],
    ...change,
  })
  const begun = [lease('applying', 9_900), proof(10_100)]

  function outage(events: readonly Given[], silent: (id: string, atMs: number) => boolean = () => true, observer = true) {
    const scenario = scenarioBy({ steady: 0, fault: 9_000, final: 40_000 }, events)
    const answer = (id: string, atMs: number): Answer => (silent(id, atMs) ? 'timeout' : 'ok')
    const seen = historyBy({ agents: [west, east], scenarios: [scenario], observer, answer, untilMs: 40_000 })
    const agents = seen.topology?.agents.map((agent) => ({ ...agent, role: 'hub' }))
    return longestHubOutage({ ...seen, topology: { ...seen.topology, agents } as typeof seen.topology }, scenario)
  }

  test('from its first failed slot to its last, and one interval', () => {
    const events = [plan({ silences: [west] }), ...begun, lease('releasing', 20_000)]
    expect(outage(events, (_, atMs) => atMs >= 12_000 && atMs < 14_000)).toEqual({ lastedMs: 2_000, seqs: [100, 103, 102, 1_012] })
    expect(outage(events)?.lastedMs).toBe(9_500) // its last slot before the release is at 19.5 s
    expect(outage(events.map((event) => (event.state === 'releasing' ? { ...event, atMs: 19_501 } : event)))?.lastedMs).toBe(9_401)
    expect(outage(events, () => false)).toBe(undefined)
    expect(outage(events, () => true, false)).toBe(undefined)
  })
  test('of two that were out as long the first is named', () => {
    const events = [plan({ silences: [east, west] }), ...begun, lease('releasing', 20_000)]
    const oneAfterTheOther = (id: string, atMs: number) => (id === west ? atMs === 12_000 : atMs === 15_000)
    expect(outage(events, oneAfterTheOther)).toEqual({ lastedMs: 500, seqs: [100, 103, 102, 1_012] })
  })
  test('of two ends of a hold the first counts, and of proofs the first that shows it', () => {
    const cut = { fault: 'partition', targets: ['a'], plan: {} }
    const ends = [lease('expired', 20_000), lease('releasing', 25_000)]
    const shown = [lease('applying', 9_900), proof(10_000, 'S'), proof(10_100), proof(10_200)]
    expect(outage([plan(cut), ...shown, ...ends])).toEqual({ lastedMs: 9_900, seqs: [100, 105, 103] })
    const steps = [plan({ ...cut, expectations: [step, step] }), ...shown, proof(10_300, 'T', 1), ...ends]
    expect(outage(steps)).toEqual({ lastedMs: 9_700, seqs: [100, 106, 103, 105] })
  })
  test('a cut that was not shown before its release is none', () => {
    const cut = plan({ fault: 'partition', targets: ['a'], plan: {} })
    expect(outage([cut, ...begun, lease('releasing', 10_100)])).toBe(undefined)
    expect(outage([cut, ...begun, lease('releasing', 10_101)])).toMatchObject({ lastedMs: 1 })
  })
})
