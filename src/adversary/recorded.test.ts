/** Every recording is judged as its entry says, in milliseconds: what a planted defect does to a real fleet is caught by whoever owns it. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { made } from '../../fixtures/histories/prey.ts'
import { judge } from '../verdict/judge.ts'
import type { Verdict } from '../verdict.ts'
import { unmet } from './expected.ts'
import { type Entry, type Expectation, folder, index, isRecorded, recordingOf } from './recordings.ts'
import { historyIn } from './tape.ts'

const entries = index()
const mostBytes = 6_000_000

test('what the index calls recorded is there, nothing else is, and all of it is small enough to be kept for good', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.gz'))
  const recorded = entries.filter(({ commit }) => commit !== null).map(({ name }) => `${name}.ndjson.gz`)
  expect(files.toSorted()).toEqual(recorded.toSorted())
  expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length)
  expect(files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)).toBeLessThan(mostBytes)
})

describe('a recording is judged as expected', () => {
  for (const entry of entries)
    test.skipIf(!isRecorded(entry))(`${entry.name}: ${entry.about}`, () => {
      expect(unmet(entry, judge(historyIn(recordingOf(entry.name))))).toEqual([])
    })
})

describe('a verdict that is not as expected is told', () => {
  const good = judge(historyIn(made))
  const entry: Pick<Entry, 'command' | 'outcome' | 'expect'> = { command: ['drill', 'made'], outcome: 'GO' }
  const asked = (expectation: Expectation) => unmet({ ...entry, expect: [expectation] }, good)

  test('one that is, is not', () => {
    expect(unmet(entry, good)).toEqual([])
    expect(asked({ about: 'uptime', outcome: 'pass', because: ['0 outages'], never: ['FarWorker'] })).toEqual([])
    expect(asked({ about: 'held', outcome: 'pass' })).toEqual([])
  })

  test.each<[string, Pick<Entry, 'command' | 'outcome' | 'expect'>, RegExp]>([
    ['another outcome', { ...entry, outcome: 'NO-GO' }, /^it is GO, and NO-GO is expected$/],
    ['a defect that was not put in', { ...entry, command: ['drill', 'boot', '--defect', 'D2,E1'] }, /^its defects are none, and D2,E1 are/],
    [
      'another outcome of a criterion',
      { ...entry, expect: [{ about: 'uptime', outcome: 'fail' }] },
      /^uptime is pass, and fail is expected/,
    ],
    [
      'words that are not there',
      { ...entry, expect: [{ about: 'uptime', outcome: 'pass', because: ['of nobody'] }] },
      /does not say of nobody/,
    ],
    ['words that must not be', { ...entry, expect: [{ about: 'uptime', outcome: 'pass', never: ['outages'] }] }, /^uptime says outages/],
    [
      'another measure',
      { ...entry, expect: [{ about: 'uptime', outcome: 'pass', value: -1 }] },
      /^uptime measured .*, and -1 is expected$/,
    ],
    ['a criterion that there is none of', { ...entry, expect: [{ about: 'beauty', outcome: 'pass' }] }, /^nothing is said of beauty$/],
  ])('%s', (_, wrong, words) => {
    expect(unmet(wrong, good)).toEqual([expect.stringMatching(words)])
  })

  test('a defect that was put in must be told to the reader, and is', () => {
    const defects = [{ id: 'X1', sentence: 'a sentence.', owners: ['uptime'], on: ['mainpc'] }] as unknown as Verdict['run']['defects']
    const command = ['drill', 'made', '--defect', 'X1']
    expect(unmet({ ...entry, command }, { ...good, run: { ...good.run, defects } })).toEqual([])
  })
})
