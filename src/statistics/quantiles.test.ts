import { describe, expect, test } from 'vitest'
import { betaQuantile, chiSquareQuantile, incompleteBeta, incompleteGamma, logGamma, studentAbove, studentQuantile } from './quantiles.ts'

/** Published tables have five digits; these are of forty digits, computed with mpmath, and agree with the tables where those end. */
const exactly = (value: number, expected: number) => expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected))

describe('chi-square', () => {
  test.each([
    [0.05, 0.3, 2.6719889953731306e-9],
    [0.05, 1, 0.003932140000019522],
    [0.05, 2, 0.10258658877510107],
    [0.05, 4, 0.7107230213973241],
    [0.05, 7.5, 2.4462588670359247],
    [0.05, 40, 26.50930319669311],
    [0.05, 1000, 927.594363020979],
    [0.95, 0.3, 1.651174872908939],
    [0.95, 1, 3.841458820694126],
    [0.95, 2, 5.991464547107982],
    [0.95, 4, 9.487729036781158],
    [0.95, 7.5, 14.791162353525861],
    [0.95, 40, 55.75847927888703],
    [0.95, 1000, 1074.679448803441],
    [0.975, 0.3, 2.545055437452549],
    [0.975, 7.5, 16.778286113807845],
    [0.999, 1, 10.827566170662733],
    [0.999, 40, 73.40195751899104],
    [0.999, 1000, 1143.9170926196791],
  ])('%f of it, with %f degrees of freedom, lies below %f', (p, freedom, expected) => exactly(chiSquareQuantile(p, freedom), expected))
})

describe("Student's t", () => {
  test.each([
    [0.95, 1, 6.313751514675043],
    [0.95, 2, 2.9199855803537256],
    [0.95, 11, 1.7958848187040442],
    [0.95, 120.5, 1.6575973863872036],
    [0.975, 1, 12.706204736174705],
    [0.975, 2, 4.302652729749464],
    [0.975, 11, 2.2009851600916397],
    [0.975, 29, 2.0452296421327043],
    [0.975, 120.5, 1.9798467346393647],
    [0.999, 1, 318.30883898555044],
    [0.999, 29, 3.396240288356803],
  ])('%f of it, with %f degrees of freedom, lies below %f', (p, freedom, expected) => {
    exactly(studentQuantile(p, freedom), expected)
    exactly(studentQuantile(1 - p, freedom), -expected)
    exactly(studentAbove(expected, freedom), 1 - p)
    exactly(studentAbove(-expected, freedom), p)
  })
  test('its middle is 0', () => expect(studentQuantile(0.5, 3)).toBe(0))
})

describe('beta', () => {
  test.each([
    [0.95, 1, 59, 0.049507609888226944],
    [0.95, 2, 109, 0.042399046957119026],
    [0.05, 3, 4, 0.15316111797522317],
    [0.95, 0.5, 20, 0.0926566699060268],
  ])('%f of beta(%f, %f) lies below %f', (p, a, b, expected) => exactly(betaQuantile(p, a, b), expected))
  test('both ends of it, and one that is known', () => {
    expect([incompleteBeta(2, 3, 0), incompleteBeta(2, 3, 1)]).toEqual([0, 1])
    exactly(incompleteBeta(2, 3, 0.25), 0.26171875)
  })
})

test('the gamma function, and both parts of the incomplete one', () => {
  exactly(Math.exp(logGamma(0.25)), 3.625609908221908)
  exactly(logGamma(171), 706.5730622457874)
  expect(incompleteGamma(2, 0)).toEqual({ below: 0, above: 1 })
  for (const x of [0.5, 1.9, 2.1, 30]) exactly(incompleteGamma(1, x).above, Math.exp(-x))
  const { below, above } = incompleteGamma(7.25, 9)
  exactly(below + above, 1)
})
