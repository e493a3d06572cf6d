import { expect, test } from 'vitest'
import { concluded, evidence, unknown, worst, worstOf } from './finding.ts'

const measure = { value: 1 / 3, limit: 2 / 3, unit: 'ratio', interval: [1 / 7, 6 / 7] } as const

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

test('of equally bad findings the first is told', () => {
  const [a, b] = [unknown('a', 'x'), unknown('b', 'y')]
  expect(worstOf([a, b])).toBe(a)
  expect(worstOf([concluded('pass', measure, 'p', [1]), a, b])).toBe(a)
})

test('a conclusion stands on events, each once and in order, and without any it is none', () => {
  expect(evidence([7, undefined, 3, 7])).toEqual([3, 7])
  expect(concluded('pass', measure, 'so it was', [9, 2])).toEqual({
    outcome: 'pass',
    measure: { value: 0.333333, limit: 0.666667, unit: 'ratio', interval: [0.142857, 0.857143] },
    because: 'so it was',
    standsOn: [2, 9],
  })
  expect(concluded('fail', measure, 'so it was', [undefined])).toMatchObject({ outcome: 'unknown' })
})
