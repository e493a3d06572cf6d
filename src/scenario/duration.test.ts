import { expect, test } from 'vitest'
import { ttlOf } from '../run/hold.ts'
import { durationMs, isDuration } from './duration.ts'

test.each([
  ['500ms', 500],
  ['0.5s', 500],
  ['90s', 90_000],
  ['1440m', 86_400_000],
  ['86400s', 86_400_000],
])('%s is a duration', (text, ms) => {
  expect(isDuration(text)).toBe(true)
  expect(durationMs(text)).toBe(ms)
})

test.each(['0s', '0.0m', '-5s', '5', '5h', '1e3s', ' 5s', '5.s', '20s20s', '', '0.0000001ms'])('"%s" is none', (text) => {
  expect(isDuration(text)).toBe(false)
})

test('nothing is as long that a timer, or the guard beside a fault, would take it for no time at all', () => {
  const mostMs = 2 ** 31 - 1
  for (const text of ['99999999s', '1500m', '100000s', '100000000ms', '99999999999999999999s']) expect(isDuration(text)).toBe(false)
  for (const text of ['1499.999m', '99999.999s', '99999999.999ms']) expect(ttlOf(durationMs(text))).toBeLessThan(mostMs)
})
