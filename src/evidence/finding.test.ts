import { describe, expect, test } from 'vitest'
import { concluded, evidence, type Finding, unknown, worst, worstOf } from './finding.ts'
import type { Measure } from './measure.ts'

const measure = { value: 1 / 3, limit: 0.999, unit: 'ratio', interval: [1 / 7, 6 / 7] } as const

test('the worst of several outcomes is failure, then not knowing; of none, nothing is known', () => {
  expect([worst(['pass']), worst(['fail']), worst(['pass', 'unknown']), worst(['unknown', 'pass', 'fail', 'pass'])]).toEqual([
    'pass',
    'fail',
    'unknown',
    'fail',
  ])
  expect(worst([])).toBe('unknown')
  expect(worstOf([])).toMatchObject({ outcome: 'unknown' })
})

test('of several that are unknown the first is shown', () => {
  const [a, b] = [unknown('a', 'x'), unknown('b', 'y')]
  expect(worstOf([a, b])).toBe(a)
  expect(worstOf([concluded('pass', measure, 'p', [1]), a, b])).toBe(a)
})

describe('among equals in outcome the one with least to spare is shown', () => {
  const passed = (measure: Measure, because: string) => concluded('pass', measure, because, [1])
  const shown = (...findings: readonly Finding[]) => worstOf(findings).because

  test('a scope that was down, and not the one before it that was not', () => {
    const [fleet, bystanders] = [
      passed({ value: 1, limit: 0.999, unit: 'ratio' }, 'fleet'),
      passed({ value: 0.99905, limit: 0.999, unit: 'ratio' }, 'bystanders'),
    ]
    expect([shown(fleet, bystanders), shown(bystanders, fleet)]).toEqual(['bystanders', 'bystanders'])
  })
  test('by what is allowed to each, when their limits differ', () => {
    const lax = passed({ value: 0.95, limit: 0.9, unit: 'ratio' }, 'lax')
    const strict = passed({ value: 0.9991, limit: 0.999, unit: 'ratio' }, 'strict')
    expect([shown(lax, strict), shown(strict, lax)]).toEqual(['strict', 'strict'])
  })
  test('across units', () => {
    const all = [
      passed({ value: 0, limit: 0, unit: 'findings' }, 'no finding'),
      passed({ value: 0.9997, limit: 0.999, unit: 'ratio' }, 'a third of the downtime'),
      passed({ value: 40_000, limit: 60_000, unit: 'ms' }, 'two thirds of the time'),
      passed({ value: 80, limit: 77, unit: 'agents' }, 'few agents more than needed'),
    ]
    const orders = [all, all.toReversed()]
    for (const order of orders) {
      const left = [...order]
      const found = order.map(() => left.splice(left.indexOf(worstOf(left)), 1)[0]?.because)
      expect(found).toEqual(['few agents more than needed', 'two thirds of the time', 'a third of the downtime', 'no finding'])
    }
  })
  test('of failures the one that is furthest beyond its limit', () => {
    const failed = (value: number, because: string) => concluded('fail', { value, limit: 60_000, unit: 'ms' }, because, [1])
    expect(shown(failed(61_000, 'late'), failed(90_000, 'later'))).toBe('later')
    const broken = concluded('fail', { value: 1, limit: 0, unit: 'findings' }, 'a finding too many', [1])
    expect(shown(failed(90_000, 'later'), broken)).toBe('a finding too many')
    expect(shown(broken, { ...broken, because: 'another' })).toBe('a finding too many')
  })
  test('of equals the one that is less certain, and then the first', () => {
    const sure = passed({ value: 1, limit: 0.999, unit: 'ratio', interval: [0.9999, 1] }, 'sure')
    const unsure = passed({ value: 1, limit: 0.999, unit: 'ratio', interval: [0.9995, 1] }, 'unsure')
    const bare = passed({ value: 1, limit: 0.999, unit: 'ratio' }, 'bare')
    expect([shown(sure, unsure), shown(unsure, sure), shown(bare, sure)]).toEqual(['unsure', 'unsure', 'sure'])
    const slow = passed({ value: 1, limit: 1.2, unit: 'times', interval: [0.5, 1.1] }, 'slow at worst')
    const quick = passed({ value: 1, limit: 1.2, unit: 'times', interval: [0.1, 1.05] }, 'quick at worst')
    expect([shown(quick, slow), shown(slow, quick)]).toEqual(['slow at worst', 'slow at worst'])
    expect(shown(bare, { ...bare, because: 'the same again' })).toBe('bare')
  })
})

test('rounding moves nothing to the other side of its limit, and no limit into another', () => {
  const kept = (value: number, limit: number) => {
    const finding = concluded('fail', { value, limit, unit: 'ratio' }, 'so it was', [1])
    return finding.outcome === 'unknown' ? undefined : finding.measure
  }
  expect(kept(0.5, 1e-7)).toMatchObject({ value: 0.5, limit: 1e-7 })
  expect(kept(2e-7, 1e-7)).toMatchObject({ value: 2e-7, limit: 1e-7 })
  expect(kept(0.99999985, 0.9999999)).toMatchObject({ value: 0.99999985, limit: 0.9999999 })
  expect(kept(0.9999999, 0.999)).toMatchObject({ value: 0.9999999, limit: 0.999 }) // nor into the whole
  expect(kept(1e-7, 0.999)).toMatchObject({ value: 1e-7, limit: 0.999 }) // nor into nothing
  expect(concluded('pass', { value: 1 / 3, limit: 2 / 3, unit: 'times' }, 'so it was', [1])).toMatchObject({
    measure: { value: 0.333333, limit: 0.666667 },
  })
  expect(concluded('fail', { value: 60_000.0000001, limit: 60_000, unit: 'ms' }, 'so it was', [1])).toMatchObject({
    measure: { value: 60_000.0000001, limit: 60_000 },
  })
})

test('a conclusion stands on events, each once and in order, and without any it is none', () => {
  expect(evidence([7, undefined, 3, 7])).toEqual([3, 7])
  expect(concluded('pass', measure, 'so it was', [9, 2])).toEqual({
    outcome: 'pass',
    measure: { value: 0.333333, limit: 0.999, unit: 'ratio', interval: [0.142857, 0.857143] },
    because: 'so it was',
    standsOn: [2, 9],
  })
  expect(concluded('fail', measure, 'so it was', [undefined])).toMatchObject({ outcome: 'unknown' })
})
