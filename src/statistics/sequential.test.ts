import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exposureNeeded } from './incident-rate.ts'
import { randomFrom } from './random.ts'
import { lookedAt } from './sequential.ts'

const allowed = 0.001

test('for incidents of one size it is the test of Wald between a rate and a fifth of it', () => {
  for (const incidents of [0, 1, 7])
    for (const sizeS of [1, 30]) {
      const sizesS = Array<number>(incidents).fill(sizeS)
      // m·ln(λ1/λ0) − (λ1 − λ0)·E = ln 0.05, with λ1 = 0.001/w and λ0 = 0.0002/w
      const exposureS = (incidents * Math.log(5) - Math.log(0.05)) / ((allowed - allowed / 5) / sizeS)
      expect(lookedAt({ exposureS: exposureS * 1.000001, sizesS }, sizeS, allowed)).toEqual({ outcome: 'pass', moreS: 0 })
      const short = lookedAt({ exposureS: exposureS * 0.999, sizesS }, sizeS, allowed)
      expect(short.outcome).toBe('unknown')
      expect(Math.abs(short.moreS / (exposureS * 0.001) - 1)).toBeLessThan(1e-6)
    }
})

test('it fails against the promise itself: a fleet that loses three quarters of what it may is never convicted by waiting', () => {
  for (const exposureS of [1e4, 1e6, 1e8])
    expect(lookedAt({ exposureS, sizesS: Array<number>(Math.floor(exposureS * 0.00075)).fill(1) }, 1, allowed).outcome).toBe('unknown')
  expect(lookedAt({ exposureS: 1e5, sizesS: Array<number>(300).fill(1) }, 1, allowed).outcome).toBe('fail')
  expect(lookedAt({ exposureS: 1, sizesS: [1, 1] }, 1, allowed).outcome).toBe('fail')
  expect(lookedAt({ exposureS: 1, sizesS: [1] }, 1, allowed).outcome).toBe('unknown')
})

test('to be looked at as often as one likes costs more than one look, and not much', () => {
  const { moreS } = lookedAt({ exposureS: 0, sizesS: [] }, 1, allowed)
  expect(moreS / exposureNeeded([], 1, allowed)).toBeGreaterThan(1)
  expect(moreS / exposureNeeded([], 1, allowed)).toBeLessThan(1.3)
})

test('one more incident never makes it better, more exposure without one never worse', () => {
  const size = fc.double({ min: 0.01, max: 60, noNaN: true })
  const rank = { fail: 0, unknown: 1, pass: 2 } as const
  fc.assert(
    fc.property(fc.array(size, { maxLength: 30 }), size, fc.double({ min: 0, max: 1e6, noNaN: true }), (sizesS, more, exposureS) => {
      const at = rank[lookedAt({ exposureS, sizesS }, 60, allowed).outcome]
      expect(rank[lookedAt({ exposureS, sizesS: [...sizesS, more] }, 60, allowed).outcome]).toBeLessThanOrEqual(at)
      expect(rank[lookedAt({ exposureS: exposureS * 2, sizesS }, 60, allowed).outcome]).toBeGreaterThanOrEqual(at)
    }),
    { seed: 4 },
  )
})

describe('looked at after each of sixty nights', () => {
  /** How many of the trials say so at any look, at this share lost in incidents of up to 10 agent-seconds. */
  const ever = (outcome: 'pass' | 'fail', lost: number, trials = 2_000) => {
    const random = randomFrom(3)
    let count = 0
    for (let trial = 0; trial < trials; trial++) {
      const sizesS: number[] = []
      for (let night = 1; night <= 60; night++) {
        const nightS = 10_000
        for (let more = random.poisson((lost * nightS) / 5); more > 0; more--) sizesS.push(10 * random.uniform())
        if (lookedAt({ exposureS: night * nightS, sizesS }, 10, allowed).outcome === outcome) {
          count += 1
          break
        }
      }
    }
    return count / trials
  }
  test('a broken promise is seldom called kept, a kept one seldom broken, and a good fleet is seen to be one', () => {
    expect(ever('pass', 0.00101)).toBeLessThan(0.05)
    expect(ever('fail', 0.00099)).toBeLessThan(0.05)
    expect(ever('pass', 0.0001)).toBeGreaterThan(0.95)
    expect(ever('fail', 0.004)).toBeGreaterThan(0.5)
  })
})
