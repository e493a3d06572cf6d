/** What is used up of a limit, and on which of its sides a value stands, by the unit alone. */
import { expect, test } from 'vitest'
import { better, isBroken, type Measure, type Unit, used } from './measure.ts'

test.each<[string, Measure, number]>([
  ['nothing of the downtime that is allowed', { value: 1, limit: 0.999, unit: 'ratio' }, 0],
  ['half of it', { value: 0.9995, limit: 0.999, unit: 'ratio' }, 0.5],
  ['twice of it', { value: 0.998, limit: 0.999, unit: 'ratio' }, 2],
  ['nothing, where nothing is allowed', { value: 1, limit: 1, unit: 'ratio' }, 0],
  ['something, where nothing is allowed', { value: 0.999999, limit: 1, unit: 'ratio' }, Number.POSITIVE_INFINITY],
  ['a quarter of the time', { value: 7_500, limit: 30_000, unit: 'ms' }, 0.25],
  ['no finding, where none is allowed', { value: 0, limit: 0, unit: 'findings' }, 0],
  ['a finding, where none is allowed', { value: 1, limit: 0, unit: 'findings' }, Number.POSITIVE_INFINITY],
  ['a report, where none is allowed', { value: 1, limit: 0, unit: 'reports' }, Number.POSITIVE_INFINITY],
  ['of a slowdown as much as was measured', { value: 0.9, limit: 1.2, unit: 'times' }, 0.75],
  ['all agents that are needed and no more', { value: 77, limit: 77, unit: 'agents' }, 1],
  ['one agent more than is needed', { value: 76, limit: 75, unit: 'agents' }, 75 / 76],
  ['no agent of those that are needed', { value: 0, limit: 77, unit: 'agents' }, Number.POSITIVE_INFINITY],
  ['no proof, and none is needed', { value: 0, limit: 0, unit: 'proofs' }, 0],
  ['half of the proofs that are needed', { value: 2, limit: 4, unit: 'proofs' }, 2],
])('what is used up: %s', (_what, measure, share) => {
  expect(used(measure)).toBeCloseTo(share, 9)
})

test('a limit is kept by what is as good as it, and broken by what is worse, in every unit', () => {
  const broken = (value: number) => (Object.keys(better) as Unit[]).filter((unit) => isBroken({ value, limit: 2, unit }))
  expect(broken(2)).toEqual([])
  expect(broken(1)).toEqual(['ratio', 'agents', 'proofs'])
  expect(broken(3)).toEqual(['ms', 'times', 'findings', 'reports'])
})
