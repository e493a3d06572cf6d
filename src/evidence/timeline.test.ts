/** Whose time is judged by what, to the millisecond, by what plans, leases and phases say. */
import { describe, expect, test } from 'vitest'
import { stoppedOn } from '../../fixtures/histories/build-fault.ts'
import { type Given, historyBy, scenarioBy, byHandTerms as terms } from '../../fixtures/histories/by-hand.ts'
import type { Event } from '../journal/event.ts'
import { effectiveFromMs, extentOf, spansIn, timelinesOf } from './timeline.ts'

const [planner, vision, speech] = ['pc/Planner', 'pc/Vision', 'pc/Speech']
const services = [{ id: 'registry', agent: planner }, { id: 'nats' }]
const phases = { 'bring-up': 1_000, steady: 5_000, fault: 20_000, recovery: 40_000, final: 60_000 }
const read = (atMs: number, when: 'before' | 'after' = 'after'): Given => ({ kind: 'snapshot', when, atMs })
const lease = (state: Event<'lease'>['state'], atMs: number, name = 'one'): Given => ({ kind: 'lease', lease: name, state, atMs })
const plan = (change: object = {}, name = 'one'): Given => ({
  kind: 'plan',
  atMs: 20_001,
  lease: name,
  fault: 'stop',
  radius: [],
  silences: [],
  lasts: 'until-undone',
  expectations: [stoppedOn('pc')],
  ...change,
})
const proof = (atMs: number, state = 'T', name = 'one', step = 0): Given => ({
  kind: 'proof',
  query: 'effective',
  machine: 'pc',
  lease: name,
  step,
  answer: { state },
  problem: null,
  ageMs: 0,
  atMs,
})
const held = [lease('applying', 20_020), proof(22_000), lease('releasing', 35_000), lease('released', 36_000)]

function timelinesBy(events: readonly Given[], by: object = phases) {
  const scenario = scenarioBy(by, [...events, read(61_000)], { limits: { recoveryMs: 4_000 } as Event<'scenario'>['limits'] })
  return timelinesOf(historyBy({ agents: [planner, vision, speech], services, scenarios: [scenario] }), scenario, terms)
}
/** `[fromMs, role or why it has none]` of each part, and where the last one ends. */
function partsOf(id: string, events: readonly Given[], by: object = phases) {
  const parts = timelinesBy(events, by)?.get(id) ?? []
  expect(parts.slice(1).map(({ fromMs }) => fromMs)).toEqual(parts.slice(0, -1).map(({ toMs }) => toMs))
  return [...parts.map(({ fromMs, role, because }) => [fromMs, role ?? because]), parts.at(-1)?.toMs]
}
const cameUp = [1_000, 'while the fleet came up']

describe('a scenario’s time', () => {
  const other = (declared: object) => scenarioBy(phases, [], declared)
  const extent = (events: readonly Given[], { declared = {}, by = phases as object, next = {} as object | undefined } = {}) => {
    const scenario = scenarioBy(by, events, declared)
    return extentOf(historyBy({ agents: [], scenarios: [scenario, ...(next ? [other(next)] : [])] }), scenario)
  }

  test('goes from its bring-up to the last read of the fleet, or to where that begins', () => {
    expect(extent([read(4_000, 'before'), read(61_000), read(62_000), read(63_000, 'before')])).toEqual({ fromMs: 1_000, toMs: 62_000 })
    expect(extent([])).toEqual({ fromMs: 1_000, toMs: 60_000 })
    expect(extent([], { next: undefined })).toEqual({ fromMs: 1_000, toMs: 60_000 })
  })
  test('begins with its declaration on a fleet that was there, and ends with the next one there', () => {
    expect(extent([read(61_000)], { declared: { coldStart: false, atMs: 500 } })).toEqual({ fromMs: 500, toMs: 61_000 })
    expect(extent([read(61_000)], { next: { coldStart: false, atMs: 70_000 } })).toEqual({ fromMs: 1_000, toMs: 70_000 })
  })
  test('is none where it has no beginning, no end, or no length', () => {
    expect(extent([read(61_000)], { by: {} })).toBe(undefined)
    expect(extent([], { by: {}, declared: { coldStart: false } })).toBe(undefined)
    expect(extent([read(1_000)])).toBe(undefined)
    expect(extent([read(1_001)])).toEqual({ fromMs: 1_000, toMs: 1_001 })
    const scenario = scenarioBy({}, [])
    expect(timelinesOf(historyBy({ agents: [planner], scenarios: [scenario] }), scenario, terms)).toBe(undefined)
  })
})

describe('without a fault', () => {
  test('all are the fleet, until a probe could have met the phase of one', () => {
    expect(partsOf(vision, [])).toEqual([cameUp, [5_000, 'fleet'], [20_000, 'bystander'], 61_000])
    expect(partsOf(vision, [], { 'bring-up': 1_000, steady: 5_000, final: 60_000 })).toEqual([cameUp, [5_000, 'fleet'], 61_000])
    const quiet = { 'bring-up': 1_000, steady: 5_000, recovery: 30_000, final: 60_000 }
    expect(partsOf(vision, [], quiet)).toEqual([cameUp, [5_000, 'fleet'], [30_000, 'bystander'], 61_000])
  })
  test('of two steady phases the first one counts', () => {
    const [scenario, again] = [scenarioBy(phases, [read(61_000)]), scenarioBy({ steady: 70_000 }, [])]
    const twice = { ...scenario, phases: [...scenario.phases, ...again.phases] }
    const timelines = timelinesOf(historyBy({ agents: [planner], scenarios: [twice] }), twice, terms)
    expect(timelines?.get(planner)?.[1]).toEqual({ fromMs: 5_000, toMs: 20_000, role: 'fleet' })
  })
  test('a fleet that never came up to its steady phase is not judged', () => {
    expect(partsOf(vision, [], { 'bring-up': 1_000, final: 60_000 })).toEqual([cameUp, 61_000])
  })
})

describe('under one fault', () => {
  const own = [plan({ radius: [planner, vision], silences: [planner] }), ...held]

  test('the one it silences is silenced from its proof to its release, and recovering from then on', () => {
    expect(partsOf(planner, own)).toEqual([
      cameUp,
      [5_000, 'fleet'],
      [19_520, 'while stop took effect'],
      [22_000, 'silenced'],
      [34_500, 'recovering'],
      61_000,
    ])
  })
  test('one in its radius counts as affected, one outside is a bystander', () => {
    const before = [cameUp, [5_000, 'fleet']]
    expect(partsOf(vision, own)).toEqual([...before, [19_520, 'affected'], [34_500, 'recovering'], 61_000])
    expect(partsOf(speech, own)).toEqual([...before, [19_520, 'bystander'], 61_000])
    expect(partsOf('nats', own)).toEqual([...before, [19_520, 'bystander'], 61_000])
  })
  test('what speaks for a silenced agent may or may not answer, and recovers with it', () => {
    const mayFail = [19_520, 'while stop was held, under which it may or may not answer']
    const course = [cameUp, [5_000, 'fleet'], mayFail, [34_500, 'recovering'], 61_000]
    expect(partsOf('registry', own)).toEqual(course)
    expect(partsOf('registry', [plan({ radius: [planner], idles: [planner] }), ...held])).toEqual(course)
    expect(partsOf(vision, [plan({ radius: [vision], mayFail: [vision] }), ...held])).toEqual(course)
  })
  test('an agent whose work stands still has five seconds to notice', () => {
    expect(partsOf(vision, [plan({ radius: [vision], idles: [vision] }), ...held]).slice(2)).toEqual([
      [19_520, 'while stop took effect'],
      [27_000, 'silenced'],
      [34_500, 'recovering'],
      61_000,
    ])
  })
  test('one that it restarts is affected once its restart is over', () => {
    const restarts = { ids: [planner], withinMs: 3_000 }
    const course = [[19_520, 'while it restarted for stop'], [23_020, 'affected'], [34_500, 'recovering'], 61_000]
    expect(partsOf(planner, [plan({ radius: [planner], restarts }), ...held]).slice(2)).toEqual(course)
    expect(partsOf('registry', [plan({ radius: [planner], restarts }), ...held]).slice(2)).toEqual(course)
  })
  test('that is instant they recover at once', () => {
    const instant = [plan({ radius: [vision], silences: [vision], lasts: 'instant' }), ...held]
    expect(partsOf(vision, instant)).toEqual([cameUp, [5_000, 'fleet'], [19_520, 'recovering'], 61_000])
  })
  test('that expires they recover from its end, and that never ends they do not', () => {
    const begun = [plan({ radius: [vision], silences: [vision] }), lease('applying', 20_020), proof(22_000)]
    expect(partsOf(vision, [...begun, lease('expired', 30_000)]).slice(3)).toEqual([[22_000, 'silenced'], [29_500, 'recovering'], 61_000])
    const twice = [lease('releasing', 30_000), lease('expired', 33_000)]
    expect(partsOf(vision, [...begun, ...twice]).slice(4)).toEqual([[29_500, 'recovering'], 61_000])
    expect(partsOf(vision, begun).slice(3)).toEqual([[22_000, 'silenced'], 61_000])
    expect(partsOf(vision, [...begun, lease('releasing', 30_000, 'another')]).slice(3)).toEqual([[22_000, 'silenced'], 61_000])
    expect(partsOf(vision, [...begun, lease('releasing', 90_000)]).slice(3)).toEqual([[22_000, 'silenced'], 61_000])
  })
  test('that was not shown to take effect none is silenced', () => {
    const unproven = held.filter(({ kind }) => kind !== 'proof')
    expect(partsOf(planner, [plan({ radius: [planner], silences: [planner] }), ...unproven]).slice(2)).toEqual([
      [19_520, 'while stop took effect'],
      [34_500, 'recovering'],
      61_000,
    ])
  })
  test('that was never applied nothing is affected', () => {
    expect(partsOf(vision, [plan({ radius: [vision] })])).toEqual([cameUp, [5_000, 'fleet'], [20_000, 'bystander'], 61_000])
  })
  test('parts of one role are one, and parts without a role one for each reason', () => {
    expect(partsOf(planner, own, { ...phases, steady: 19_520 }).slice(0, 2)).toEqual([cameUp, [19_520, 'while stop took effect']])
  })
})

describe('under two faults', () => {
  const second = [lease('applying', 25_500, 'two'), proof(26_000, 'T', 'two'), lease('releasing', 45_500, 'two')]
  const both = (first: object, other: object) => [plan(first), ...held, plan(other, 'two'), ...second]

  test('the one that leaves an answer least likely counts, and the recovery from one while the other is not held', () => {
    const affected = { radius: [vision] }
    const mayFail = { radius: [vision], mayFail: [vision] }
    const silenced = { radius: [vision], silences: [vision] }
    expect(partsOf(vision, both(affected, silenced)).slice(2)).toEqual([
      [19_520, 'affected'],
      [25_000, 'while stop took effect'],
      [26_000, 'silenced'],
      [45_000, 'recovering'],
      61_000,
    ])
    expect(partsOf(vision, both(silenced, affected)).slice(3)).toEqual([
      [22_000, 'silenced'],
      [34_500, 'while it recovered from stop, and another fault was held'],
      [38_500, 'affected'],
      [45_000, 'recovering'],
      61_000,
    ])
    expect(partsOf(vision, both(mayFail, { ...mayFail, fault: 'cut' })).slice(2)).toEqual([
      [19_520, 'while stop was held, under which it may or may not answer'],
      [34_500, 'while cut was held, under which it may or may not answer'],
      [45_000, 'recovering'],
      61_000,
    ])
    const third = [lease('applying', 24_000, 'three'), lease('releasing', 35_500, 'three')]
    const recovering = [...both(affected, affected), plan({ ...affected, fault: 'cut' }, 'three'), ...third]
    expect(partsOf(vision, recovering).slice(3, 6)).toEqual([
      [34_500, 'while it recovered from stop, and another fault was held'],
      [38_500, 'while it recovered from cut, and another fault was held'],
      [39_000, 'affected'],
    ])
    expect(partsOf(speech, both(affected, affected)).slice(2)).toEqual([[19_520, 'bystander'], 61_000])
    expect(partsOf(vision, both(affected, { ...affected, fault: 'cut' })).slice(2)).toEqual([
      [19_520, 'affected'],
      [34_500, 'while it recovered from stop, and another fault was held'],
      [38_500, 'affected'],
      [45_000, 'recovering'],
      61_000,
    ])
  })
})

test('a role’s spans are of those alone that have some', () => {
  const timelines = timelinesBy([plan({ radius: [vision] }), ...held])
  expect([...spansIn(timelines, 'affected')]).toMatchObject([[vision, [{ fromMs: 19_520, toMs: 34_500 }]]])
  expect([...spansIn(undefined, 'fleet')]).toEqual([])
})

test('a fault is in effect once each of its steps was shown to be', () => {
  const step = stoppedOn('pc')
  const since = (...events: readonly Given[]) => {
    const scenario = scenarioBy(phases, [plan({ expectations: [step, step] }), lease('applying', 20_020), ...events])
    return effectiveFromMs(scenario, scenario.of('plan')[0] as Event<'plan'>)
  }
  expect(since(proof(22_000), proof(23_000), proof(21_000, 'T', 'one', 1))).toBe(22_000)
  expect(since(proof(21_000, 'S'), proof(22_000), proof(23_000, 'T', 'one', 1))).toBe(23_000)
  expect(since(proof(22_000))).toBe(undefined)
  expect(since(proof(22_000, 'T', 'one', 1))).toBe(undefined)
})
