import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exposureNeeded, longRunLimits } from './incident-rate.ts'

const exactly = (value: number, expected: number) => expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected))

test.each([
  ['none', [], 1, 0, 2.995732273553991],
  ['none, but a large one might come', [], 30, 0, 89.87196820661973],
  ['one', [2], 2, 0.10258658877510107, 9.487729036781158],
  ['two of one size', [1, 1], 1, 0.35536151069866206, 6.29579362187199],
  ['three of three sizes', [0.5, 3.25, 12], 30, 2.052977205225247, 108.78706262561526],
  ['many small ones and one that is not', [...Array(40).fill(0.1), 60], 60, 4.4357808912965115, 288.127627994068],
])('%s: as computed with forty digits', (_, sizes, largest, lower, upper) => {
  const limits = longRunLimits(sizes as number[], largest)
  exactly(limits.upper, upper)
  if (lower === 0) expect(limits.lower).toBe(0)
  else exactly(limits.lower, lower)
})

test('the least exposure that shows 99.9 %, for incidents of one size, is the one that is published', () => {
  const needed = [0, 1, 2, 3].map((incidents) => Math.round(exposureNeeded(Array(incidents).fill(1), 1, 0.001)))
  expect(needed).toEqual([2_996, 4_744, 6_296, 7_754])
})

test('one more incident never makes either limit smaller, and the truth that was seen lies between them', () => {
  const sizes = fc.array(fc.double({ min: 0.01, max: 500, noNaN: true }), { maxLength: 12 })
  fc.assert(
    fc.property(sizes, fc.double({ min: 0.01, max: 500, noNaN: true }), (seen, another) => {
      const largest = Math.max(another, ...seen)
      const before = longRunLimits(seen, largest)
      const after = longRunLimits([...seen, another], largest)
      expect(after.upper).toBeGreaterThanOrEqual(before.upper * (1 - 1e-12))
      const sum = [...seen, another].reduce((total, size) => total + size, 0)
      expect(after.lower).toBeLessThan(sum)
      expect(after.upper).toBeGreaterThan(sum)
    }),
    { seed: 5 },
  )
})
