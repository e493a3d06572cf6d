/** Proofs as sentences: all that our plans ask for can be said, of whom it is asked, and nothing is asked that is never answered. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Predicate } from '../base/predicate.ts'
import { scenariosDirectory } from '../base/project.ts'
import { readArguments } from '../cli/arguments.ts'
import { commands } from '../cli/commands.ts'
import { planOf } from '../cli/dry-run.ts'
import { judging } from '../cli/judging.ts'
import { drillRequest } from '../cli/request.ts'
import type { Plan, Step } from '../faults/fault.ts'
import { type FaultKind, faults } from '../faults/index.ts'
import { samplePlan } from '../faults/samples.ts'
import { query, tool } from '../faults/tool-steps.ts'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import { vocabularyOf } from '../run/request.ts'
import { openLibrary } from '../scenario/library.ts'
import { isQuestion, type Question, questions, wrongIn } from './index.ts'
import { sentenceOf, strayPath } from './sentence.ts'

const configs = ['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, `../../suites/small/${machine}.startup.yaml`))
const { topology } = loadStartupConfigs(configs)
const sample = (kind: FaultKind) => samplePlan(topology, kind, 'TAG')

function sentencesOf({ machine, effective, lasting = effective, gone }: Step): readonly string[] {
  return [effective, lasting, gone].map(({ command, holds }) => {
    expect([command.argv[0], isQuestion(command.argv[1])]).toEqual(['tool', true])
    return sentenceOf(command.argv[1] as Question, machine, holds)
  })
}

/** Of each step: its proofs say who is its witness and name the machine, or what stands on it, and there is nothing left of a value that has no words. */
function everyProofIsSaid({ steps }: Plan) {
  for (const step of steps)
    for (const sentence of sentencesOf(step)) {
      expect(sentence).toMatch(/^(kernel|engine|disk|repository|name server) shows \S/)
      expect(sentence).toMatch(new RegExp(`\\b(${step.machine}|prometheus|alertmanager|sink)\\b`))
      expect(sentence).not.toMatch(/undefined|null|\[object|not not|without no| {2}/)
    }
}

test.each(Object.keys(faults) as FaultKind[])('what proves the sample of %s can be said', (kind) => {
  everyProofIsSaid(sample(kind))
})

const library = openLibrary(scenariosDirectory, vocabularyOf(judging))
describe.each(library.scenarioNames)('what proves the faults of %s', (name) => {
  test('can be said', () => {
    const { scenarios } = planOf(drillRequest(readArguments(['drill', name, '--seed', '1', '--dry-run'], commands)))
    for (const plan of scenarios.flatMap((scenario) => scenario.faults)) everyProofIsSaid(plan)
  })
})

const stop = sample('process-stop').steps[0]
test.each<[string, readonly string[]]>([
  [
    'process-stop',
    [
      'kernel shows mainpc/Worker stopped (state T)',
      'kernel shows mainpc/Worker stopped (state T)',
      'kernel shows mainpc/Worker not stopped (state T)',
    ],
  ],
  ['process-kill', [...twice('kernel shows mainpc/Worker without processes'), 'kernel shows mainpc/Worker running']],
  [
    'process-zombie',
    [
      ...twice('kernel shows mainpc/Worker the process that was signalled, accepting connections, counting no work rounds'),
      'kernel shows mainpc/Worker running; the signalled process of mainpc/Worker gone',
    ],
  ],
  [
    'container-kill',
    [...twice('engine shows nats-mainpc exited, silent from outside'), 'engine shows nats-mainpc running, answering from outside'],
  ],
  [
    'partition',
    [
      ...twice(
        'kernel shows INPUT and OUTPUT of pc2 with rules of ours; our rules on pc2 with dropped packets; each peer of pc2 unreached by new connections; each established flow of pc2 stopped',
      ),
      'kernel shows (INPUT and OUTPUT of pc2 without rules of ours; each peer of pc2 reached by every new connection) or pc2 never cut off by this lease',
    ],
  ],
  [
    'disk-fill',
    [
      ...twice('disk shows the volume of mainpc without bytes left, with files of ours, refusing a write with ENOSPC'),
      'disk shows the volume of mainpc without files of ours, taking a write, taking a new file',
    ],
  ],
  [
    'port-squat',
    [
      ...twice('kernel shows port 8300 of mainpc held by this lease; mainpc/Worker logging that its port is in use'),
      'kernel shows port 8300 of mainpc held by Worker or the ports of mainpc never taken by this lease',
    ],
  ],
  [
    'change',
    [
      ...twice(
        'repository shows the change on pc2 of kind exporter, taken by the deploy path; the repository of pc2 changed; pc2/FarWorker newly started or not running, behaving as changed',
      ),
      'repository shows the change on pc2 of kind exporter, taken by the deploy path; the repository of pc2 as before; pc2/FarWorker newly started, behaving as before',
    ],
  ],
])('%s is proven in these words', (kind, words) => {
  expect(sentencesOf(sample(kind as FaultKind).steps[0])).toEqual(words)
})

function twice(sentence: string): readonly [string, string] {
  return [sentence, sentence]
}

test.each<[string, Question, Predicate, string]>([
  [
    'one of whom the same is said of several',
    'idle',
    {
      all: [
        { path: '/agents/A/accepts', op: 'is', value: true },
        { path: '/agents/B/accepts', op: 'is', value: true },
        { path: '/agents/B/works', op: 'is', value: true },
      ],
    },
    'kernel shows m/A and m/B accepting connections; m/B counting work rounds',
  ],
  [
    'alternatives beside others',
    'cut-state',
    {
      all: [
        { path: '/dropped', op: 'is', value: 0 },
        {
          any: [
            { path: '/wasCut', op: 'is', value: false },
            { path: '/flows', op: 'none', of: { path: '/isStopped', op: 'is', value: true } },
          ],
        },
      ],
    },
    'kernel shows our rules on m without dropped packets; (m never cut off by this lease or each established flow of m flowing)',
  ],
  ['one', 'volume', { path: '/filesLeft', op: 'atMost', value: 1 }, 'disk shows the volume of m with at most 1 file left'],
  ['many', 'volume', { path: '/filesLeft', op: 'is', value: 3 }, 'disk shows the volume of m with 3 files left'],
  ['not none', 'volume', { path: '/ours/files', op: 'not', value: 0 }, 'disk shows the volume of m with files of ours'],
  ['whatever else', 'container-state', { path: '/containers/x/state', op: 'not', value: 'dead' }, 'engine shows x not dead'],
  ['a name with a slash', 'process', { path: '/processes/a~1b/count', op: 'is', value: 0 }, 'kernel shows m/a/b without processes'],
])('%s: in words', (_, verb, predicate, sentence) => {
  expect(strayPath(questions[verb].answer, predicate)).toBeUndefined()
  expect(sentenceOf(verb, 'm', predicate)).toBe(sentence)
})

test.each<[string, Predicate, string]>([
  ['no such field', { path: '/process', op: 'is', value: 1 }, '/process'],
  ['one below a number', { path: '/processes/A/count/x', op: 'is', value: 1 }, '/processes/A/count/x'],
  ['items of what is no list', { path: '/processes/A', op: 'every', of: { path: '/count', op: 'is', value: 1 } }, '/processes/A'],
  ['no such field of an item', { path: '/processes/A/now', op: 'every', of: { path: '/stat', op: 'is', value: 'T' } }, '/stat'],
  ['one of several', { any: [stop.effective.holds, { all: [{ path: '/x', op: 'is', value: 1 }] }] }, '/x'],
])('a query for what is never answered is refused when it is planned: %s', (_, predicate, path) => {
  expect(() => query(tool('process', 'A'), predicate)).toThrow(`process answers nothing at ${path}`)
})

test('a query of nothing is refused, and so is one whose question there is not', () => {
  expect(() => query(tool('process', 'A'))).toThrow('a predicate of no parts holds of nothing')
  expect(() => query(tool('unheard'), stop.effective.holds)).toThrow('unheard is no question of the tool')
})

test('all that has words is answered, and its words say of whom', () => {
  for (const [verb, { answer, says }] of Object.entries(questions))
    for (const path of Object.keys(says)) {
      // An item of a list is reached by the list’s own path.
      const [list, ...items] = path.replace('/rules/*', '/rules/INPUT').split(/(?<=\/(?:now|signalled|peers|flows|owners))\/\*/)
      const item: Predicate = { path: items.join('') || '/x', op: 'is', value: null }
      const predicate: Predicate =
        items.length > 0 ? { path: list as string, op: 'every', of: item } : { path: list as string, op: 'not', value: null }
      expect([verb, path, strayPath(answer, predicate)]).toEqual([verb, path, undefined])
    }
})

test('an answer that is none of its question is told with its place', () => {
  expect(wrongIn('file', { exists: true, bytes: 0 })).toBeUndefined()
  expect(wrongIn('file', { exists: 1, bytes: 0 })).toBe('the answer to file is not of its schema: /exists must be boolean')
  expect(wrongIn('file', null)).toContain('the answer to file is not of its schema')
  expect([isQuestion('file'), isQuestion('hold'), isQuestion('constructor'), isQuestion(undefined)]).toEqual([true, false, false, false])
})
