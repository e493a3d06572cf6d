/** The clock of recovery and of rollback, slot by slot: when a run of good answers is long enough, and what would have broken it. */
import { describe, expect, test } from 'vitest'
import { stoppedOn } from '../../fixtures/histories/build-fault.ts'
import { byHandTerms, type Given, historyBy, scenarioBy } from '../../fixtures/histories/by-hand.ts'
import type { Answer, Event, Seq } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { unknown } from './finding.ts'
import type { Slot, Terms } from './scope.ts'
import { askedBefore, conclude, type Recovery, recoveredWithin, recoveryOf, silenceOf, trialOf, triggerOf } from './sustained.ts'

const terms: Terms = { intervalMs: 1_000, timeoutMs: 1_000, latenessMs: 100, seq: 1 as Seq }
type Seen = readonly [atMs: number, target: number, slot: Slot]

const every = (stepMs: number, fromMs: number, toMs: number, target = 0, slot: Slot = 'ok'): Seen[] =>
  Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, place) => [fromMs + place * stepMs, target, slot])

function slotsOf(seen: readonly Seen[], toMs: number, triggerMs = 0): Omit<Recovery, 'ids'> {
  const sorted = [...seen].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  return {
    each(see) {
      for (const [place, [atMs, target, slot]] of sorted.entries()) if (see(slot, target, atMs, place) === 'enough') return
    },
    fromMs: triggerMs,
    triggerMs,
    toMs,
    batches: [3],
  }
}

function found(slots: Omit<Recovery, 'ids'>, { members = 1, limit = 60_000, of = terms } = {}) {
  const ids = Array.from({ length: members }, (_, place) => `a/${place}`)
  const run = recoveredWithin('they', { ...slots, ids }, of, limit, [1])
  if (!('outcome' in run)) return ['pass', run.tookMs]
  return [run.outcome, run.outcome === 'unknown' ? undefined : run.measure.value]
}

describe('a run of good answers', () => {
  test('is long enough after ten intervals, or five seconds, and the clock goes on for one interval more', () => {
    expect(found(slotsOf(every(1_000, 0, 30_000), 30_000))).toEqual(['pass', 11_000])
    expect(found(slotsOf(every(100, 0, 30_000), 30_000), { of: { ...terms, intervalMs: 100 } })).toEqual(['pass', 5_100])
  })
  test('has ten good answers of each, however long that takes', () => {
    const sparse = every(1_400, 0, 40_000, 1)
    expect(found(slotsOf(every(1_400, 0, 40_000), 40_000))).toEqual(['pass', 13_600])
    expect(found(slotsOf([...every(1_000, 0, 40_000), ...sparse], 40_000), { members: 2 })).toEqual(['pass', 13_600])
  })
  test('breaks when a slot of an agent is missing or unknown, since it may have failed', () => {
    expect(found(slotsOf(every(1_500, 0, 40_000), 40_000))).toEqual(['pass', 14_500])
    expect(found(slotsOf(every(1_501, 0, 40_000), 40_000))).toEqual(['unknown', undefined])
    const lost = every(1_000, 0, 30_000).map(([atMs, target, slot]): Seen => [atMs, target, atMs === 5_000 ? 'unknown' : slot])
    expect(found(slotsOf(lost, 30_000))).toEqual(['pass', 17_000])
  })
  test('holds only while each of them has just answered', () => {
    const early = (lastMs: number): Seen[] =>
      [0, 500, 1_500, 2_500, 3_500, 4_500, 5_500, 6_500, 7_000, lastMs].map((atMs) => [atMs, 1, 'ok'])
    const withOther = (lastMs: number) => found(slotsOf([...every(1_000, 0, 20_000), ...early(lastMs)], 20_000), { members: 2 })
    expect([withOther(8_500), withOther(7_499)]).toEqual([
      ['pass', 11_000],
      ['unknown', undefined],
    ])
  })
})

describe('the limit', () => {
  test('is kept by whoever takes just as long, and not known to be by whoever may have taken longer', () => {
    expect(found(slotsOf(every(1_000, 0, 30_000), 30_000), { limit: 11_000 })).toEqual(['pass', 11_000])
    expect(found(slotsOf(every(1_000, 0, 30_000), 30_000), { limit: 10_999 })[0]).toBe('unknown')
    const back = [...every(1_000, 0, 5_000, 0, 'failed'), ...every(1_000, 6_000, 40_000)]
    expect(found(slotsOf(back, 40_000), { limit: 15_000 })[0]).toBe('unknown')
    expect(found(slotsOf(back, 40_000), { limit: 14_999 })).toEqual(['fail', 15_000])
  })
  test('is broken by who is not back when it was watched for as long, and by nobody who may have been', () => {
    const never = slotsOf(every(1_000, 0, 20_000, 0, 'failed'), 20_000)
    expect([found(never, { limit: 20_000 }), found(never, { limit: 20_001 })[0]]).toEqual([['fail', 20_000], 'unknown'])
    const unseen = slotsOf(every(1_000, 0, 5_000, 0, 'failed'), 15_000) // from there on, nobody knows
    expect(found(unseen, { limit: 15_000 })[0]).toBe('unknown')
    const rare: Seen[] = [
      [10_000, 0, 'failed'],
      [20_000, 0, 'failed'],
    ]
    expect(found(slotsOf(rare, 30_000), { limit: 12_000 })[0]).toBe('unknown') // they may have been back until the first of these
  })
})

test('the clock counts from the trigger', () => {
  expect(found(slotsOf(every(1_000, 5_000, 30_000), 30_000, 5_000))).toEqual(['pass', 11_000])
  const late = [...every(1_000, 5_000, 12_000, 0, 'failed'), ...every(1_000, 13_000, 40_000)]
  expect(found(slotsOf(late, 40_000, 5_000), { limit: 15_000 })).toEqual(['fail', 17_000])
  const never = slotsOf(every(1_000, 5_000, 20_000, 0, 'failed'), 20_000, 5_000)
  expect([found(never, { limit: 15_000 }), found(never, { limit: 15_001 })[0]]).toEqual([['fail', 15_000], 'unknown'])
})

describe('in a history', () => {
  const [planner, vision] = ['pc/Planner', 'pc/Vision']
  const lease = (state: Event<'lease'>['state'], atMs: number, name = 'one'): Given => ({ kind: 'lease', lease: name, state, atMs })
  function seen(answer: (atMs: number) => Answer | undefined, endMs: number, events: readonly Given[] = []) {
    const phases = { 'bring-up': 0, steady: 1_000, fault: 9_000, recovery: 20_000, final: 24_000 }
    const scenario = scenarioBy(phases, [...events, { kind: 'snapshot', when: 'after', atMs: endMs }])
    const vote = (id: string, atMs: number) => (id === vision ? answer(atMs) : 'ok')
    const history = historyBy({ agents: [planner, vision], scenarios: [scenario], answer: vote, untilMs: 60_000 })
    return { history, scenario }
  }

  /** Vision is good from 22.0 s on, and has recovered with its slot at 27.0 s. */
  function concludedBy(answer: (atMs: number) => Answer | undefined, endMs: number) {
    const { history, scenario } = seen((atMs) => (atMs < 22_000 ? 'timeout' : answer(atMs)), endMs)
    const recovery = recoveryOf(history, scenario, byHandTerms, [vision], 20_000)
    return conclude('it', history, recovery, byHandTerms, { limitMs: 10_000, uptime: 0.999 }, [7])
  }
  const at =
    (...slots: readonly number[]) =>
    (said: Answer | undefined) =>
    (atMs: number) =>
      slots.includes(atMs) ? said : 'ok'

  test('it has recovered and stayed healthy, also where it was watched no longer', () => {
    const passed = { outcome: 'pass', because: 'it: recovered within 7.5 s and stayed healthy', measure: { value: 7_501, limit: 10_000 } }
    expect(concludedBy(() => 'ok', 45_000)).toMatchObject(passed)
    expect(concludedBy(() => 'ok', 27_002)).toMatchObject(passed)
    expect(concludedBy(at(30_000)('timeout'), 45_000)).toMatchObject(passed)
  })
  test('it relapsed when more was lost than the promise allows, which is held to the slots from then on', () => {
    expect(concludedBy(at(30_000, 30_500, 31_000, 31_500)('timeout'), 45_000)).toMatchObject({
      outcome: 'fail',
      because: expect.stringMatching(/^it: recovered within 7\.5 s, but relapsed: from then on: 1 target, 35 slots every 500 ms/),
      measure: { limit: 0.999 },
    })
  })
  test('whether it stayed is not known where two slots are bad, or the last one is', () => {
    const said = (answer: (atMs: number) => Answer | undefined, endMs = 45_000) => {
      const { outcome, because } = concludedBy(answer, endMs)
      return [outcome, because]
    }
    expect(said(at(30_000, 33_000)('timeout'))).toEqual(['unknown', expect.stringContaining('whether they stayed healthy is not shown')])
    const atLast = ['unknown', 'it: recovered within 7.5 s; not shown to be healthy at the last read: pc/Vision']
    expect(said(at(44_500)('timeout'))).toEqual(atLast)
    expect(said(at(44_500)(undefined))).toEqual(atLast)
    expect(said(at(27_500)('timeout'), 28_000)[0]).toBe('unknown')
    expect(said(at(28_000)('unsent'), 28_500)).toEqual(atLast)
    expect(said((atMs) => (atMs < 60_000 ? 'timeout' : 'ok'))[0]).toBe('fail')
  })
  test('it is looked at to the last read, or to the moment that is asked for', () => {
    const { history, scenario } = seen(() => 'ok', 45_000)
    const toMs = (...untilMs: readonly number[]) => recoveryOf(history, scenario, byHandTerms, [vision], 20_000, ...untilMs).toMs
    expect([toMs(), toMs(30_000), toMs(50_000)]).toEqual([45_000, 30_000, 45_000])
    expect(recoveryOf(history, scenarioBy({}, []), byHandTerms, [vision], 20_000).toMs).toBe(20_000)
  })
  test('only who failed since its fault was applied was seen to be silent', () => {
    const silence = (
      answer: (atMs: number) => Answer,
      events: readonly Given[] = [lease('armed', 1_000), lease('applying', 2_000, 'two'), lease('applying', 10_000)],
    ) => {
      const { history, scenario } = seen(answer, 45_000, events)
      return silenceOf(history, scenario, byHandTerms, { lease: 'one', silences: [planner, vision] } as unknown as Event<'plan'>, 20_000)
    }
    expect(silence((atMs) => (atMs === 12_000 || atMs === 14_000 ? 'timeout' : 'ok'))).toEqual({ spared: [planner], batches: [1_012] })
    expect(silence((atMs) => (atMs === 7_000 || atMs === 21_000 ? 'timeout' : 'ok')).spared).toEqual([planner, vision])
    expect(silence(() => 'unsent').spared).toEqual([planner, vision])
    expect(silence(() => 'timeout', []).spared).toEqual([planner, vision])
  })
})

test('a finding is one trial where it is known how it went', () => {
  const measure = { value: 700, limit: 1_000, unit: 'ms' } as const
  const of = (outcome: 'pass' | 'fail') => trialOf('key', 1_000, { outcome, measure, because: 'b', standsOn: [1 as Seq] })
  expect(of('pass')).toEqual([{ key: 'key', limitMs: 1_000, tookMs: [700] }])
  expect(of('fail')).toEqual([{ key: 'key', limitMs: 1_000, tookMs: [Number.POSITIVE_INFINITY] }])
  expect(trialOf('key', 1_000, unknown('b', 'w'))).toEqual([])
})

test('the time in which the harness asked before it let go is neither the fleet’s nor taken off what it took', () => {
  const asked = (slots: Omit<Recovery, 'ids'>, limitMs: number, askedMs: number) => {
    const run = recoveredWithin('they', { ...slots, ids: ['a/0'], askedMs }, terms, limitMs, [1])
    return 'outcome' in run ? [run.outcome, /asked for/.test(run.because)] : ['pass', run.tookMs]
  }
  const back = slotsOf([...every(1_000, 0, 5_000, 0, 'failed'), ...every(1_000, 6_000, 40_000)], 40_000) // 17 s, and 15 s at best
  expect([asked(back, 17_000, 2_000), asked(back, 16_999, 2_000)]).toEqual([
    ['pass', 17_000],
    ['unknown', true],
  ])
  expect([asked(back, 15_000, 2_000), asked(back, 15_000, 1_999)]).toEqual([
    ['unknown', true],
    ['unknown', false],
  ])
  expect([asked(back, 13_000, 2_000)[0], asked(back, 12_999, 2_000)[0]]).toEqual(['unknown', 'fail'])
  expect(asked(back, 16_999, 0)).toEqual(['unknown', false])
  const { outcome } = recoveredWithin('they', { ...back, ids: ['a/0'] }, terms, 14_999, [1]) as { readonly outcome?: string }
  expect(outcome).toBe('fail')
  const never = slotsOf(every(1_000, 0, 20_000, 0, 'failed'), 20_000)
  expect([asked(never, 18_000, 2_000)[0], asked(never, 18_001, 2_000)[0]]).toEqual(['fail', 'unknown'])
})

test('the harness asked from its release to the last look at any step', () => {
  const lease = (state: Event<'lease'>['state'], atMs: number): Given => ({ kind: 'lease', lease: 'l', state, atMs })
  const step = stoppedOn('pc')
  const look = (atMs: number, place = 0): Given => ({
    ...{ kind: 'proof', query: 'lasting', machine: 'pc', lease: 'l', step: place, answer: { state: 'T' }, problem: null, ageMs: 0 },
    atMs,
  })
  const askedMs = (...looks: readonly Given[]) => {
    const plan: Given = { kind: 'plan', atMs: 1, lease: 'l', expectations: [step, step] }
    const scenario = scenarioBy({}, [plan, lease('applying', 10), look(90), lease('releasing', 100), ...looks, lease('undone', 900)])
    return askedBefore(scenario, scenario.of('plan')[0] as Event<'plan'>, scenario.of('lease')[1] as Event<'lease'>)
  }
  expect([askedMs(), askedMs(look(300), look(250, 1)), askedMs(look(150), look(400, 1))]).toEqual([0, 200, 300])
})

test('the clock starts with the first thing that ended the fault', () => {
  const lease = (state: Event<'lease'>['state'], atMs: number, name = 'l') => ({ kind: 'lease', lease: name, state, atMs })
  const events = [lease('applying', 1), lease('releasing', 5, 'other'), lease('releasing', 10), lease('expired', 20)]
  const scenario = { of: () => events } as unknown as ScenarioHistory
  const trigger = (lasts: Event<'plan'>['lasts']) => triggerOf(scenario, { lease: 'l', lasts } as Event<'plan'>)?.atMs
  expect([trigger('until-undone'), trigger('instant')]).toEqual([10, 1])
})
