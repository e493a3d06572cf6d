import { expect, test } from 'vitest'
import { chosen, measureAll } from './measure.ts'
import { atLeast, atMost, type Group, type Measured, type Row } from './row.ts'

const row = (id: string, measure: Row['measure'], more: Partial<Row> = {}): Row => ({
  id,
  what: `what ${id} is`,
  how: 'by hand',
  unit: 'ms',
  against: 'another',
  measure,
  ...more,
})
const figure = (value: number, other?: number): Measured => ({ value, ...(other === undefined ? {} : { other }) })

async function said(...groups: readonly Group[]) {
  const lines: string[] = []
  const results = await measureAll(groups, (line) => lines.push(line))
  return { lines, results }
}

test('a row is said as soon as it is measured, before the next one is begun', async () => {
  const lines: string[] = []
  const seen: number[] = []
  const noting = async () => {
    seen.push(lines.length)
    return figure(1)
  }
  await measureAll([{ rows: [row('a', noting), row('b', noting)] }], (line) => lines.push(line))
  expect(seen).toEqual([0, 1])
})

test('a row that fails says why, and the others are measured', async () => {
  const failing = async () => {
    throw new Error('no\n  engine')
  }
  const { lines, results } = await said({ rows: [row('a', failing), row('b', async () => figure(3))] })
  expect(lines).toEqual(['a: what a is: failed: no engine', 'b: what b is: 3.00 ms'])
  expect(results.map(({ outcome }) => 'failed' in outcome)).toEqual([true, false])
})

test('a figure that is no number is a failure', async () => {
  const { results } = await said({ rows: [row('a', async () => figure(Number.NaN))] })
  expect(results[0]?.outcome).toEqual({ failed: 'the figure is NaN' })
})

test('a group is released once its last row was measured, whatever became of it; one that is not released fails the run', async () => {
  const order: string[] = []
  const noting = (name: string) => async () => {
    order.push(name)
    if (name === 'b') throw new Error('lost')
    return figure(1)
  }
  const release = async () => {
    order.push('release')
    throw new Error('it stands')
  }
  const { results } = await said({ rows: [row('a', noting('a')), row('b', noting('b'))], release }, { rows: [row('c', noting('c'))] })
  expect(order).toEqual(['a', 'b', 'release', 'c'])
  expect(results.map(({ row, outcome }) => [row.id, 'failed' in outcome && outcome.failed])).toEqual([
    ['a', false],
    ['b', 'lost'],
    ['b', 'not released: it stands'],
    ['c', false],
  ])
})

test.each([
  ['a target of the value', { target: atMost(15) }, figure(12, 76), '12 ms; 76 ms: another; 0.16 ×; target ≤ 15 ms: met'],
  ['a value beyond it', { target: atMost(15) }, figure(123, 76), '123 ms; 76 ms: another; 1.62 ×; target ≤ 15 ms: NOT met'],
  ['its ratio to the target where nothing else is compared', { target: atMost(60) }, figure(30), '30 ms; 0.50 ×; target ≤ 60 ms: met'],
  ['a target of the ratio', { target: atLeast(1, 'ratio') }, figure(20, 10), '20 ms; 10 ms: another; 2.00 ×; target ≥ 1.00 ×: met'],
  ['a ratio below it', { target: atLeast(1, 'ratio') }, figure(5, 10), '5.00 ms; 10 ms: another; 0.50 ×; target ≥ 1.00 ×: NOT met'],
  ['a ratio to nothing', { target: atLeast(1, 'ratio') }, figure(5, 0), '5.00 ms; 0 ms: another; target ≥ 1.00 ×: NOT met'],
  [
    'both ends',
    { target: { of: 'value', atLeast: 1, atMost: 2 } as const },
    figure(3),
    '3.00 ms; 1.50 ×; target ≥ 1.00 ms, ≤ 2.00 ms: NOT met',
  ],
  ['none', {}, figure(0.5, 2), '0.50 ms; 2.00 ms: another; 0.25 ×'],
])('says %s', async (_, more, measured, line) => {
  const { lines } = await said({ rows: [row('a', async () => measured, more)] })
  expect(lines).toEqual([`a: what a is: ${line}`])
})

test('only the rows that are asked for are left, with the releases of their groups; an unknown one is an error that lists them', () => {
  const release = async () => {}
  const groups: Group[] = [
    { rows: ['a', 'b'].map((id) => row(id, async () => figure(1))), release },
    { rows: [row('c', async () => figure(1))] },
  ]
  expect(chosen(groups, undefined)).toBe(groups)
  const [only, ...more] = chosen(groups, ['b'])
  expect(only?.rows.map(({ id }) => id)).toEqual(['b'])
  expect(only?.release).toBe(release)
  expect(more).toEqual([])
  expect(() => chosen(groups, ['b', 'd', ''])).toThrow('no such row: d, ; there are a, b, c')
})
