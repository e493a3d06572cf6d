/** The clock of recovery and of rollback, slot by slot: when a run of good answers is long enough, and what would have broken it. */
import { describe, expect, test } from 'vitest'
import type { Event, Seq } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import type { Slot, Terms } from './scope.ts'
import { type Recovery, recoveredWithin, triggerOf } from './sustained.ts'

const terms: Terms = { intervalMs: 1_000, timeoutMs: 1_000, latenessMs: 100, seq: 1 as Seq }
type Seen = readonly [atMs: number, target: number, slot: Slot]

const every = (stepMs: number, fromMs: number, toMs: number, target = 0, slot: Slot = 'ok'): Seen[] =>
  Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, place) => [fromMs + place * stepMs, target, slot])

function slotsOf(seen: readonly Seen[], toMs: number): Omit<Recovery, 'ids'> {
  const sorted = [...seen].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  return {
    each(see) {
      for (const [place, [atMs, target, slot]] of sorted.entries()) if (see(slot, target, atMs, place) === 'enough') return
    },
    fromMs: 0,
    triggerMs: 0,
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

test('the clock starts with the first thing that ended the fault', () => {
  const lease = (state: Event<'lease'>['state'], atMs: number, name = 'l') => ({ kind: 'lease', lease: name, state, atMs })
  const events = [lease('applying', 1), lease('releasing', 5, 'other'), lease('releasing', 10), lease('expired', 20)]
  const scenario = { of: () => events } as unknown as ScenarioHistory
  const trigger = (lasts: Event<'plan'>['lasts']) => triggerOf(scenario, { lease: 'l', lasts } as Event<'plan'>)?.atMs
  expect([trigger('until-undone'), trigger('instant')]).toEqual([10, 1])
})
