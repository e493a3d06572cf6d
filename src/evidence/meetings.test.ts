/** Which other faults were in place on the same targets, and when. */
import { expect, test } from 'vitest'
import { type Given, scenarioBy } from '../../fixtures/histories/by-hand.ts'
import type { Event } from '../journal/event.ts'
import { metIn, type Other, othersOnSame, othersThan } from './meetings.ts'

const plan = (lease: string, change: object = {}): Given => ({
  kind: 'plan',
  atMs: 0,
  lease,
  targets: [],
  radius: [],
  silences: [],
  ...change,
})
const lease = (name: string, state: Event<'lease'>['state'], atMs: number): Given => ({ kind: 'lease', lease: name, state, atMs })
const spans = (others: readonly Other[]) => others.map((other) => [other.plan.lease, other.fromMs, other.toMs])
function others(from: typeof othersThan, ...events: readonly Given[]) {
  const scenario = scenarioBy({}, events)
  return spans(from(scenario, scenario.of('plan')[0] as Event<'plan'>))
}

test('another fault may be in place from when it was first to be applied until it was first released, if ever', () => {
  const own = [plan('a'), lease('a', 'applying', 10), lease('a', 'released', 20)]
  const second = [plan('b'), lease('b', 'armed', 28), lease('b', 'applying', 30), lease('b', 'applied', 32), lease('b', 'applying', 33)]
  expect(others(othersThan, ...own)).toEqual([])
  expect(others(othersThan, ...own, ...second)).toEqual([['b', 30, Number.POSITIVE_INFINITY]])
  const ends = [lease('b', 'releasing', 38), lease('b', 'released', 40), lease('b', 'released', 45)]
  expect(others(othersThan, ...own, ...second, ...ends)).toEqual([['b', 30, 40]])
  expect(others(othersThan, ...own, plan('b'), lease('b', 'released', 40))).toEqual([]) // never applied
})

test('it is on the same where one of those that it affects is one of those of the other', () => {
  const meets = (own: object, other: object) => others(othersOnSame, plan('a', own), plan('b', other), lease('b', 'applying', 30)).length
  expect(meets({ targets: ['x', 'y'] }, { targets: ['z', 'y'] })).toBe(1)
  expect(meets({ targets: ['x'] }, { radius: ['x'] })).toBe(1)
  expect(meets({ silences: ['x'] }, { targets: ['w'], silences: ['x'] })).toBe(1)
  expect(meets({ targets: ['x'] }, { targets: ['y'] })).toBe(0)
})

test('the first that was in place at some time is met, its ends included, in whatever order they are given', () => {
  const other = (fromMs: number, toMs: number) => ({ plan: {}, fromMs, toMs }) as Other
  const met = (...all: readonly Other[]) => metIn(all, { fromMs: 100, toMs: 200 })?.fromMs
  expect([met(other(0, 99)), met(other(0, 100)), met(other(200, 300)), met(other(201, 300))]).toEqual([undefined, 0, 200, undefined])
  expect(met(other(150, 160), other(120, 130), other(140, 150))).toBe(120)
})
