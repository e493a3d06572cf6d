import { describe, expect, test } from 'vitest'
import { longRunLimits } from '../statistics/incident-rate.ts'
import { claimB, claimOverRuns, watchedIn } from './incidents.ts'
import { type Outage, outageGroups } from './outages.ts'

const outage = (agent: string, fromMs: number, fails: number): Outage => ({
  agent,
  firstFailMs: fromMs,
  lastFailMs: fromMs + (fails - 1) * 250,
  fails,
  prevOkMs: null,
  nextOkMs: null,
  batch: 1,
})
const sizes = (outages: readonly Outage[], relapseMs = 60_000) => outageGroups(outages, 250, relapseMs).map(({ length }) => length)

describe('what goes together', () => {
  test('outages of several agents that overlap, or could have by the error of their edges', () => {
    expect(sizes([outage('a', 0, 4), outage('b', 500, 4), outage('c', 100_000, 1)])).toEqual([2, 1])
    expect(sizes([outage('a', 0, 4), outage('b', 750 + 500, 4)])).toEqual([2])
    expect(sizes([outage('a', 0, 4), outage('b', 750 + 501, 4)])).toEqual([1, 1])
    expect(sizes([outage('a', 0, 400), outage('b', 10, 1), outage('c', 90_000, 1)])).toEqual([3])
  })
  test('outages of one agent that follow each other soon enough', () => {
    const twice = [outage('a', 0, 1), outage('b', 30_000, 1), outage('a', 60_000, 1)]
    expect(sizes(twice)).toEqual([2, 1])
    expect(sizes(twice, 59_999)).toEqual([1, 1, 1])
    expect(sizes(twice, Number.POSITIVE_INFINITY)).toEqual([2, 1])
  })
  test('the order in which they are told does not matter, and a company may be joined by two ways', () => {
    const all = [outage('a', 0, 1), outage('b', 30_000, 1), outage('a', 30_100, 1), outage('b', 50_000, 1)]
    expect(sizes(all)).toEqual([4])
    expect(sizes(all.toReversed())).toEqual([4])
    expect(sizes([outage('c', 100_000, 1), outage('a', 0, 4), outage('b', 500, 4)])).toEqual([2, 1])
    expect(sizes([])).toEqual([])
  })
  test('an incident is as large as all of its outages', () => {
    const outages = [outage('a', 0, 4), outage('b', 500, 8), outage('c', 100_000, 2)]
    expect(watchedIn([{ known: 4_000, outages, intervalMs: 250 }], 60_000)).toEqual({ exposureS: 1_000, sizesS: [3, 0.5] })
  })
})

const exposure = (watchedS: number, outages: readonly Outage[] = []) => ({ known: watchedS * 4, outages, intervalMs: 250 })
const watched = (watchedS: number, outages: readonly Outage[] = [], relapseMs = 60_000) =>
  watchedIn([exposure(watchedS, outages)], relapseMs)

describe('what was watched', () => {
  test('of one run counts together, and an outage that goes on in the next window is one incident', () => {
    const twoWindows = [exposure(500, [outage('a', 0, 40)]), exposure(300, [outage('a', 10_000, 8)])]
    expect(watchedIn(twoWindows, 60_000)).toEqual({ exposureS: 800, sizesS: [12] })
    expect(watchedIn([exposure(500, [outage('a', 0, 40)]), exposure(300, [outage('b', 100_000, 8)])], 60_000)).toEqual({
      exposureS: 800,
      sizesS: [10, 2],
    })
    expect(watchedIn([], 60_000)).toEqual({ exposureS: 0, sizesS: [] })
  })
  test('of windows that were probed at another rate counts by its own interval', () => {
    const slow = { known: 100, outages: [{ ...outage('a', 0, 3), lastFailMs: 2_000 }], intervalMs: 1_000 }
    expect(watchedIn([exposure(500), slow], 60_000)).toEqual({ exposureS: 600, sizesS: [3] })
  })
})

describe('claim B', () => {
  test('without an incident, 2,996 times the size that one is reckoned with shows 99.9 %', () => {
    expect(claimB(watched(2_996), 0.999, 1)).toMatchObject({ outcome: 'pass', largestS: 1, moreS: 0 })
    const short = claimB(watched(2_000), 0.999, 1)
    expect(short.outcome).toBe('unknown')
    expect(short.moreS).toBeCloseTo(995.73, 1)
    expect(short.upper).toBeCloseTo(2.9957 / 2_000, 6)
    expect(short.lower).toBe(0)
  })
  test('the largest incident seen counts where it is larger', () => {
    expect(claimB(watched(60_000, [outage('a', 0, 40)]), 0.999, 1)).toMatchObject({ outcome: 'pass', largestS: 10 })
    expect(claimB(watched(40_000, [outage('a', 0, 40)]), 0.999, 1).outcome).toBe('unknown')
  })
  test('it fails where even the lower limit is above the promise', () => {
    const many = Array.from({ length: 60 }, (_, place) => outage(`a${place}`, place * 100_000, 40))
    expect(claimB(watched(100_000, many, 0), 0.999, 1)).toMatchObject({ outcome: 'fail' })
  })
  test('it passes on the promise itself, and fails only above it', () => {
    const none = longRunLimits([], 1).upper
    expect(claimB({ exposureS: 2 * none, sizesS: [] }, 0.5, 1).outcome).toBe('pass')
    const one = longRunLimits([1], 1).lower
    expect(claimB({ exposureS: 2 * one, sizesS: [1] }, 0.5, 1).outcome).toBe('unknown')
    expect(claimB({ exposureS: 1.99 * one, sizesS: [1] }, 0.5, 1).outcome).toBe('fail')
  })
  test('what was watched for less than a second was watched', () => {
    expect(claimB({ exposureS: 0.5, sizesS: [] }, 0.999, 0.0001)).toMatchObject({ outcome: 'pass', moreS: 0 })
  })
  test('there may be more incidents than a call takes arguments', () => {
    const many = new Array<number>(200_000).fill(0.1)
    expect(claimB({ exposureS: 1e9, sizesS: many }, 0.999, 1)).toMatchObject({ outcome: 'pass', largestS: 1 })
    expect(claimOverRuns([{ exposureS: 1e9, sizesS: [...many, 7] }], 0.999, 1).largestS).toBe(7)
  })
  test('of nothing watched, nothing is known', () => {
    expect(claimB(watchedIn([], 0), 0.999, 1)).toMatchObject({ outcome: 'unknown', lower: 0, upper: 1 })
    expect(claimB(watched(0, [outage('a', 0, 40)], 0), 0.999, 1)).toMatchObject({ outcome: 'unknown', lower: 0, upper: 1 })
  })
  test('no share is above all of the time', () => {
    expect(claimB(watched(0.25, [outage('a', 0, 40)]), 0.999, 1)).toMatchObject({ outcome: 'fail', lower: 1, upper: 1 })
  })
})

describe('over several runs', () => {
  const night = (outages: readonly Outage[] = []) => watched(1_000, outages)
  const nights = (count: number, outages: readonly Outage[] = []) => Array.from({ length: count }, () => night(outages))

  test('exposure adds up until it is enough, and an incident takes some back', () => {
    expect(claimOverRuns(nights(3), 0.999, 1)).toMatchObject({ outcome: 'unknown', largestS: 1 })
    expect(claimOverRuns(nights(3), 0.999, 1).moreS).toBeCloseTo(744.7, 1) // ln 20 / 0.0008 in all
    expect(claimOverRuns(nights(4), 0.999, 1)).toEqual({ outcome: 'pass', largestS: 1, moreS: 0 })
    expect(claimOverRuns([...nights(3), night([outage('a', 0, 4)])], 0.999, 1).outcome).toBe('unknown')
  })
  test('incidents at the same time of two runs are two', () => {
    const { moreS } = claimOverRuns(nights(2, [outage('a', 0, 4)]), 0.999, 1)
    expect(moreS).toBeCloseTo((Math.log(20) + 2 * Math.log(5)) / 0.0008 - 2_000, 6)
  })
  test('the largest incident of any of them is the one to reckon with', () => {
    expect(claimOverRuns([...nights(2), night([outage('a', 0, 40)])], 0.999, 1)).toMatchObject({ outcome: 'unknown', largestS: 10 })
  })
  test('it fails when more was lost than chance explains in a fleet that keeps the promise', () => {
    expect(claimOverRuns(nights(2, [outage('a', 0, 40), outage('b', 500_000, 40)]), 0.999, 1).outcome).toBe('fail')
    expect(claimOverRuns(nights(1, [outage('a', 0, 40)]), 0.999, 1).outcome).toBe('unknown')
  })
  test('of no run, and of runs in which nothing was watched, nothing is known', () => {
    expect(claimOverRuns([], 0.999, 1).outcome).toBe('unknown')
    expect(claimOverRuns([watched(0)], 0.999, 1).outcome).toBe('unknown')
  })
})
