import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import { criteria } from '../checks/index.ts'
import { faults } from '../faults/index.ts'
import { durationMs } from './duration.ts'
import { openLibrary } from './library.ts'

const ours = resolve(import.meta.dirname, '../../scenarios')
const folder = mkdtempSync(join(tmpdir(), 'scenarios-'))
const nothing = Type.Object({}, { additionalProperties: false })
const kinds = {
  noop: nothing,
  'process-stop': nothing,
  'process-kill': Type.Object(
    { signal: Type.Enum(['KILL', 'TERM'], { default: 'KILL' }), keep: Type.Enum(['once', 'dead'], { default: 'once' }) },
    { additionalProperties: false },
  ),
}
const vocabulary = { faults: kinds, criteria: criteria.map(({ id }) => id) }

beforeAll(() => {
  mkdirSync(join(folder, 'suites'))
  cpSync(join(ours, 'promises.yaml'), join(folder, 'promises.yaml'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const good = `name: try
hypothesis: It holds.
risks: [B]
criteria: [uptime, recovery]
steady: 12s
faults:
  - kind: process-kill
    target: { role: hub }
    hold: 500ms
recovery: 2m
`

function write(text: string, name = 'try.yaml'): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

/** What is said about a scenario with this text, as `line:column message`. */
function said(text: string): string[] {
  write(text)
  return problemsOf(() => openLibrary(folder, vocabulary).scenario('try')).map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  )
}

function problemsOf(action: () => unknown) {
  try {
    action()
  } catch (error) {
    if (error instanceof GauntletError) return error.problems
    throw error
  }
  return []
}

test('a scenario is read by name and by path, with units gone and defaults in their places', () => {
  const file = write(good)
  const read = (file: string) => ({
    name: 'try',
    hypothesis: 'It holds.',
    risks: ['B'],
    criteria: ['uptime', 'recovery'],
    coldStart: false,
    steadyMs: 12_000,
    recoveryMs: 120_000,
    faults: [
      {
        kind: 'process-kill',
        target: { role: 'hub' },
        holdMs: 500,
        params: { signal: 'KILL', keep: 'once' },
        place: { file, line: 7, column: 11 },
        targetPlace: { file, line: 8, column: 13 },
      },
    ],
    limits: {},
  })
  expect(openLibrary(folder, vocabulary).scenario('try')).toEqual(read(file))
  const shown = relative(process.cwd(), file)
  expect(openLibrary(ours, vocabulary).scenario(shown)).toEqual(read(shown))
})

test('a fault may begin at a time of its own', () => {
  write(good.replace('hold: 500ms', 'at: 0s\n    hold: 500ms'))
  expect(openLibrary(folder, vocabulary).scenario('try').faults).toMatchObject([{ atMs: 0, holdMs: 500 }])
})

test('an unknown name says the nearest, and all; a path to nothing is a file that is missing', () => {
  const library = openLibrary(ours, vocabulary)
  expect(problemsOf(() => library.scenario('agent-kil'))).toMatchObject([
    { message: 'no scenario is called agent-kil', expected: `agent-kill? There are ${library.scenarioNames.join(', ')}` },
  ])
  expect(problemsOf(() => library.suite('nightmare'))).toMatchObject([{ message: 'no suite is called nightmare', expected: 'one of gate' }])
  expect(problemsOf(() => library.scenario('./none.yaml'))).toMatchObject([{ file: './none.yaml', message: 'no such file' }])
})

test.each([
  [
    'steady: 12s',
    'steady: 12',
    '5:9 steady: expected a duration above zero with its unit, such as 500ms, 15s or 5m, up to a day, found 12',
  ],
  [
    'steady: 12s',
    'steady: 0s',
    '5:9 steady: expected a duration above zero with its unit, such as 500ms, 15s or 5m, up to a day, found "0s"',
  ],
  ['kind: process-kill', 'kind: proces-kill', '7:11 kind: no fault is called proces-kill; did you mean process-kill?'],
  [
    'target: { role: hub }',
    'target: {}',
    '8:13 target: expected a mapping with at least one of agents, role, group, machine, share, count, machines, found a mapping',
  ],
  ['target: { role: hub }', 'target: { roles: hub }', '8:15 roles: unknown key; did you mean role?'],
  ['target: { role: hub }', 'target: { role: boss }', '8:21 role: expected one of registry, coordinator, hub, agent, found "boss"'],
  ['role: hub', 'share: 0', '8:22 share: expected a number above 0 and up to 1, found 0'],
  ['role: hub', 'share: 0.5, count: 2', '8:27 target: expected share or count, found both'],
  ['role: hub', 'agents: [observer]', '8:24 target.agents.0: observer watches the fleet or ends its faults, and no fault may touch it'],
  [
    'hold: 500ms',
    'hold: 500ms\n    params: { signal: mgmt }',
    '10:23 params.signal: mgmt watches the fleet or ends its faults, and no fault may touch it',
  ],
  ['hold: 500ms', 'hold: 500ms\n    at: 5', '10:9 at: expected a time with its unit, such as 0s, 500ms or 5s, up to a day, found 5'],
  ['role: hub', 'machines: [pc2], role: hub', '8:15 target: expected machines alone, found it beside others'],
  [
    'criteria: [uptime, recovery]',
    'criteria: [upness]',
    '4:12 criteria[0]: expected one of uptime, coverage, exporter, leaks, latency, rollback, recovery, durability, alerts, config, residue, found "upness"',
  ],
  ['risks: [B]', 'risks: []', '3:8 risks: expected a list of at least 1, found an empty list'],
  ['name: try', 'name: other', '1:7 name: expected try, as its file is called, found other'],
  ['recovery: 2m', 'recovery: 60s', '10:11 recovery: expected more than the limit of 60s, found 60s'],
  ['recovery: 2m', 'recovery: 2m\nlimits: { recovery: 180s }', '10:11 recovery: expected more than the limit of 180s, found 2m'],
  ['recovery: 2m', 'recovery: 2m\nlimits: { uptime: 99.9 }', '11:19 uptime: expected a number above 0 and up to 1, found 99.9'],
  ['recovery: 2m', 'recovery: 2m\nlimits: { coverage: 0 }', '11:21 coverage: expected a number above 0 and up to 1, found 0'],
  ['hold: 500ms', 'hold: 500ms\n    params: { signal: HUP }', '10:23 signal: expected one of KILL, TERM, found "HUP"'],
  ['hold: 500ms', 'hold: 500ms\n    params: { signl: KILL }', '10:15 signl: unknown key; did you mean signal?'],
  ['hold: 500ms', 'hold: 500ms\n    params: dead', '10:13 params: expected a mapping, found "dead"'],
  ['faults:', 'faults: []\nother:', '6:9 faults: expected a list of at least 1, found an empty list'],
])('instead of %j: %j', (right, wrong, expected) => {
  expect(said(good)).toEqual([])
  expect(said(good.replace(right, wrong))).toContain(expected)
})

test('what is off limits hides nothing else that is wrong with the same fault', () => {
  write(good.replace('{ role: hub }', '{ agents: [observer] }').replace('hold: 500ms', 'hold: 500ms\n    params: { signal: STOP }'))
  expect(problemsOf(() => openLibrary(folder, vocabulary).scenario('try'))).toHaveLength(2)
})

test('a file with several problems says them all at once, those of its faults too', () => {
  const bad = good
    .replace('risks: [B]', 'risks: [Z]')
    .replace('steady: 12s', 'stedy: 12s')
    .replace('hold: 500ms', 'params: { keep: maybe }')
  expect(said(bad)).toEqual([
    '1:1 the file: steady is missing, expected a duration above zero with its unit, such as 500ms, 15s or 5m, up to a day',
    '3:9 risks[0]: expected one of A, B, C, D, E, F, G, H, found "Z"',
    '5:1 stedy: unknown key; did you mean steady?',
    '7:5 faults[0]: hold is missing, expected a duration above zero with its unit, such as 500ms, 15s or 5m, up to a day',
    '9:21 keep: expected one of once, dead, found "maybe"',
  ])
})

test('a suite names what there is, once each, and says all problems of all its scenarios', () => {
  write(good.replace('risks: [B]', 'risks: [Z]'))
  write(good.replace('name: try', 'name: second'), 'second.yaml')
  write('name: all\nscenarios: [try, secnd, second, second]\nrequires: [uptime]\n', 'suites/all.yaml')
  const problems = problemsOf(() => openLibrary(folder, vocabulary).suite('all'))
  expect(problems.map(({ file = '', line, message }) => `${relative(folder, file)}:${line} ${message}`)).toEqual([
    'try.yaml:3 risks[0]: expected one of A, B, C, D, E, F, G, H, found "Z"',
    'suites/all.yaml:2 scenarios: no scenario is called secnd',
    'suites/all.yaml:2 scenarios: second stands in it twice',
  ])
})

test('promises without a source, or missing one, are refused', () => {
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  writeFileSync(join(empty, 'promises.yaml'), 'uptime: { limit: 0.999 }\n')
  const problems = problemsOf(() => openLibrary(empty, vocabulary)).map(({ message }) => message)
  expect(problems).toContain('uptime: source is missing, expected a string that is not empty')
  expect(problems.filter((message) => message.startsWith('the file: '))).toHaveLength(12)
})

test('our own library is whole: every scenario can be read, and the gate exercises all that it requires, from a cold start on', () => {
  const library = openLibrary(ours, {
    ...vocabulary,
    faults: Object.fromEntries(Object.entries(faults).map(([kind, { params }]) => [kind, params])),
  })
  expect(library.promises).toEqual({
    uptime: 0.999,
    coverage: 1,
    registrationMs: 30_000,
    metricsFreshMs: 30_000,
    bootMs: 120_000,
    recoveryMs: 60_000,
    rollbackMs: 300_000,
    rollbackAgentMs: 120_000,
    rollbackConfigMs: 180_000,
    latencyP50: 1.1,
    latencyP95: 1.2,
    latencyP99: 1.5,
    latencyLeastMs: 2,
  })
  expect(library.scenarioNames.map((name) => library.scenario(name).name)).toEqual(library.scenarioNames)
  const { steps, requires } = library.suite('gate')
  expect(steps[0]).toMatchObject({ name: 'boot', coldStart: true })
  expect(requires.filter((criterion) => !steps.some(({ criteria }) => criteria.includes(criterion)))).toEqual([])
})

test('durations', () => {
  expect(['500ms', '15s', '5m', '1.5s'].map(durationMs)).toEqual([500, 15_000, 300_000, 1500])
})
