import { expect, test } from 'vitest'
import { longRunOf, pooled, trialsNeeded } from './trials.ts'

const limitMs = 30_000
const trials = (count: number, tookMs = 6_000) => Array<number>(count).fill(tookMs)

test('59 trials within the limit show it, 58 do not, and say how many more', () => {
  expect(trialsNeeded).toBe(59)
  expect(longRunOf({ limitMs, tookMs: trials(59) })).toMatchObject({ outcome: 'pass', trialsMissing: 0 })
  expect(longRunOf({ limitMs, tookMs: trials(58) })).toMatchObject({ outcome: 'unknown', trialsMissing: 1 })
  expect(longRunOf({ limitMs, tookMs: trials(59) }).shareWithin).toBeGreaterThanOrEqual(0.95)
  expect(longRunOf({ limitMs, tookMs: trials(58) }).shareWithin).toBeLessThan(0.95)
  expect(longRunOf({ limitMs, tookMs: trials(29) }).shareWithin).toBeCloseTo(0.9, 2)
})

test('one above the limit, or one that was never over, breaks the plan, however many there are', () => {
  for (const bad of [limitMs + 1, Number.POSITIVE_INFINITY, Number.NaN])
    expect(longRunOf({ limitMs, tookMs: [...trials(500), bad] })).toMatchObject({ outcome: 'fail', aboveLimit: 1, trialsMissing: 0 })
  expect(longRunOf({ limitMs, tookMs: [limitMs] })).toMatchObject({ outcome: 'unknown', aboveLimit: 0, slowestMs: limitMs })
})

test('of no trial, and of none that kept it, nothing is known', () => {
  expect(longRunOf({ limitMs, tookMs: [] })).toMatchObject({ outcome: 'unknown', shareWithin: 0, trialsMissing: 59, slowestMs: 0 })
  expect(longRunOf({ limitMs, tookMs: [Number.POSITIVE_INFINITY] })).toMatchObject({ outcome: 'fail', shareWithin: 0 })
})

test('runs are counted together only where key and limit are the same', () => {
  const sets = [
    { key: 'b', limitMs, tookMs: [1, 2] },
    { key: 'a', limitMs, tookMs: [3] },
    { key: 'b', limitMs, tookMs: [4] },
    { key: 'b', limitMs: 60_000, tookMs: [5] },
  ]
  expect(pooled(sets).map(({ key, limitMs, tookMs }) => [key, limitMs, ...tookMs])).toEqual([
    ['a', 30_000, 3],
    ['b', 30_000, 1, 2, 4],
    ['b', 60_000, 5],
  ])
  expect(pooled([])).toEqual([])
})
