import { expect, test } from 'vitest'
import { exactly, onItsSide, percentOf } from './digits.ts'

test.each([
  [0.999, '99.900'],
  [0.9999, '99.990'],
  [0.999999, '99.9999'],
  [0.9999999999999999, '99.99999999999999'],
  [1, '100.000'],
  [0.0000001, '0.00001'],
  [1.5e-10, '0.000000015'],
  [0, '0.000'],
])('a limit of %d is said with all of its digits', (ratio, text) => {
  expect(exactly(percentOf(ratio), 3)).toBe(text)
})

test('what has more digits than anybody would read is a number all the same', () => {
  expect(exactly(1e-300, 3)).toBe('1e-300')
  expect(exactly(Number.POSITIVE_INFINITY, 1)).toBe('Infinity')
})

test('what was measured is rounded, but not onto a bound that it does not keep, nor off one that it keeps', () => {
  expect(onItsSide(99.94987, 3, [99.9, 100], 'more')).toBe('99.950')
  expect(onItsSide(99.89999, 3, [99.9, 100], 'more')).toBe('99.89999')
  expect(onItsSide(99.90004, 3, [99.9, 100], 'more')).toBe('99.900')
  expect(onItsSide(99.99996, 3, [99.9, 100], 'more')).toBe('99.99996')
  expect(onItsSide(30.04, 1, [30], 'less')).toBe('30.04')
  expect(onItsSide(30, 1, [30], 'less')).toBe('30.0')
  expect(onItsSide(29.96, 1, [29.96], 'less')).toBe('29.96')
})
