import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { changes } from './defect-changes.ts'
import { defectsOf, notSought, readDefects, whereSought } from './defects.ts'

const root = resolve(import.meta.dirname, '../..')
const all = readDefects()

test('each defect gets into the fleet by exactly one door: a change of what it is given, or one place that asks for its id', () => {
  const folder = join(root, 'fixtures/fleet')
  const programs = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
  const asked = [...programs.matchAll(/shows\([^']*'([A-Z]\d+)'\)/g)].map(([, id]) => id as string)
  expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted())
  const known = all.map(({ id }) => id)
  expect([...new Set([...asked, ...Object.keys(changes)])].toSorted()).toEqual(known.toSorted())
})

/** In no verdict, until somebody writes what is missing. */
const uncaught = ['E2', 'F6', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H8', 'H9', 'H10', 'H11']

test('each defect is owned by criteria that there are, in a scenario that there is and that exercises them', () => {
  const written = readdirSync(join(root, 'scenarios')).map((name) => name.replace('.yaml', ''))
  const named = all.flatMap(({ id, scenario }) => (scenario === undefined ? [] : [{ id, scenario }]))
  expect(named.filter(({ scenario }) => !written.includes(scenario))).toEqual([])
  const criteriaOf = (name: string) =>
    (parse(readFileSync(join(root, `scenarios/${name}.yaml`), 'utf8')) as { criteria: string[] }).criteria
  const promises = /^(uptime|coverage|exporter|leaks|latency|rollback|recovery|durability|alerts|config|residue)$/
  for (const { id, owners, scenario } of all) {
    expect([id, owners.filter((owner) => !promises.test(owner))]).toEqual([id, []])
    if (scenario !== undefined) expect([id, criteriaOf(scenario)]).toEqual([id, expect.arrayContaining([...owners])])
  }
  expect(all.filter((defect) => defect.uncaught !== undefined).map(({ id }) => id)).toEqual(uncaught)
})

test('what is said of a defect is by whom it is looked for and where, or that no verdict catches it and why', () => {
  const words = Object.fromEntries(all.map((defect) => [defect.id, whereSought(defect)]))
  expect(words).toMatchObject({ L1: 'looked for by latency in latency-change', C1: 'looked for by config, coverage in boot' })
  expect(words.E2).toMatch(/^no verdict catches it: no check reads log lines/)
  expect(words.H1).toMatch(/^no verdict catches it: the criterion leaks and its scenario are not built/)
  expect(JSON.stringify(words)).not.toMatch(/undefined|leak-hunt/)
})

test('one that is looked for in none of the scenarios is told, whoever else is caught there', () => {
  const told = (...ids: string[]) => notSought(defectsOf(ids), ['boot', 'baseline'])
  expect(told('D3', 'A1')).toEqual([])
  expect(told('D3', 'L1', 'E2')).toEqual([
    expect.stringMatching(/^defect E2: no verdict catches it: no check reads log lines/),
    'defect L1 is looked for by latency in latency-change, which this run does not include',
  ])
})

test('defects are chosen by id, each once, in the order of the file', () => {
  expect(defectsOf(['D3', 'A1', 'D3']).map(({ id }) => id)).toEqual(['A1', 'D3'])
  expect(defectsOf([])).toEqual([])
})

function problemsOf(ask: () => unknown): unknown {
  try {
    ask()
  } catch (error) {
    return error
  }
  return undefined
}

test('an unknown id is refused with the one that was meant, and two that contradict each other are, all at once', () => {
  expect(problemsOf(() => defectsOf(['D33', 'D3', 'D1', 'nonsense']))).toMatchObject({
    code: 'usage/arguments',
    problems: [
      { message: '--defect: there is no defect D33', expected: 'D3' },
      { message: '--defect: there is no defect nonsense', expected: expect.stringContaining('A1') },
      { message: '--defect: D1 and D3 cannot be shown in one fleet' },
    ],
  })
})

const whole = 'sentence: x, owners: [config], scenario: boot, on: {}'
test.each([
  '[]',
  `a1: { ${whole} }`,
  `A1: { ${whole}, more: 1 }`,
  'A1: { sentence: x, owners: [], scenario: boot, on: {} }',
  'A1: { sentence: x, owners: [config], scenario: boot, on: { agents: 0 } }',
  `A1: { ${whole}, against: [Z9] }`,
  `A1: { ${whole}, uncaught: x }`,
  'A1: { sentence: x, owners: [config], on: {} }',
])('%s is no list of defects', (text) => {
  expect(problemsOf(() => readDefects(text))).toMatchObject({ code: 'usage/file' })
  expect(readDefects(`A1: { ${whole} }`)).toHaveLength(1)
})
