import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../src/base/project.ts'
import type { Result } from './measure.ts'
import { linesOf, pageWith } from './page.ts'
import { atMost, cellsOf, type Row, targetOf } from './row.ts'
import { everyGroup } from './rows.ts'
import { testRows } from './tests.ts'

const page = readFileSync(join(projectRoot, 'docs/benchmarks.md'), 'utf8')
const rows = everyGroup().flatMap((group) => group.rows)

test('docs/benchmarks.md has each row with its target, and no other', () => {
  const lines = linesOf(page)
  expect([...lines.keys()]).toEqual(rows.map(({ id }) => id))
  for (const row of rows) {
    expect(lines.get(row.id)).toContain(`| ${row.what} |`)
    expect(lines.get(row.id)).toContain(`| ${targetOf(row)} |`)
    expect(page).toContain(`- \`${row.id}\`: ${row.how}\n`)
  }
})

test('no two rows have one id', () => {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
})

test('what was measured takes the place of what was there, and all else is kept', () => {
  const [first, second, third] = rows as [Row, Row, Row]
  const results: Result[] = [
    { row: first, outcome: cellsOf(first, { value: 1 }) },
    { row: second, outcome: { failed: 'a | b' } },
  ]
  const written = pageWith(page, rows, results, 'abc, today')
  expect(linesOf(written).get(first.id)).toMatch(/\| abc, today \|$/)
  expect(linesOf(written).get(second.id)).toContain('| failed: a \\| b |')
  expect(linesOf(written).get(third.id)).toBe(linesOf(page).get(third.id))
  expect(written.split('<!-- ')[0]).toBe(page.split('<!-- ')[0])
  expect(pageWith(written, rows, [], 'later')).toBe(written)
})

test('a row that is new says that it was not measured, and one that is gone is dropped', () => {
  const fresh: Row = {
    id: 'new-one',
    what: 'a new one',
    how: 'somehow',
    unit: 'MB',
    target: atMost(7),
    measure: async () => ({ value: 1 }),
  }
  const written = pageWith(page, [fresh], [], 'today')
  expect([...linesOf(written).values()]).toEqual(['| `new-one` | a new one | not measured yet | – | – | ≤ 7 MB | – | – |'])
})

test('a page without a place for the table is refused', () => {
  expect(() => pageWith('# Costs\n', rows, [], 'today')).toThrow('no place')
})

test.each([
  ['none yet', undefined, { notMeasured: '`./gauntlet test` has not run here yet' }],
  ['one that failed', { tookMs: 1, passed: 9, failed: 2 }, { notMeasured: '2 failed when it ran last' }],
  ['one that passed', { tookMs: 1_080_000, passed: 9, failed: 0 }, { value: 18, detail: '9 passed' }],
])('the time of the whole test, of %s', async (_, last, expected) => {
  const [row] = testRows(() => last && { endedAt: '', ...last }).rows
  expect(await row?.measure()).toEqual(expected)
})
