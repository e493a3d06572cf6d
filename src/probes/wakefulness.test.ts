import { expect, test } from 'vitest'
import { wakefulness } from './wakefulness.ts'

test('wake-ups within the tolerance say nothing', () => {
  const awake = wakefulness(100)
  expect(awake.woke(1000, 50_000, 1000)).toEqual([])
  expect(awake.woke(1150, 50_150, 1050)).toEqual([])
})

test('a late timer is a lag from when it was due', () => {
  const awake = wakefulness(100)
  expect(awake.woke(1000, 50_000, 1000)).toEqual([])
  expect(awake.woke(1501, 50_501, 1001)).toEqual([{ fromMs: 1001, toMs: 1501, cause: 'event-loop' }])
  expect(awake.woke(1510, 50_510, 1509)).toEqual([])
})

test.each([
  ['forward', 3_600_000],
  ['back', -3_600_000],
])('a wall clock that jumps %s puts the span between two wake-ups in doubt', (_, jumpMs) => {
  const awake = wakefulness(100)
  awake.woke(1000, 50_000, 1000)
  expect(awake.woke(1003, 50_003 + jumpMs, 1003)).toEqual([{ fromMs: 1000, toMs: 1003, cause: 'clock' }])
  expect(awake.woke(1006, 50_006 + jumpMs, 1006)).toEqual([])
})

test('the first wake-up has nothing to compare with', () => {
  expect(wakefulness(100).woke(1000, 0, 1000)).toEqual([])
})
