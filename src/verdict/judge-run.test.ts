/** A run's folder as its run left it is judged to the same bytes; one that was changed since is not judged at all. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { golden } from '../../fixtures/histories/golden.ts'
import { tampered } from '../../fixtures/histories/tampered.ts'
import { renderJson } from '../render/json.ts'
import { writeReports } from '../render/reports.ts'
import { judgeAgain, judgeRun } from './judge-run.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'judge-run-'))
  writeFileSync(join(directory, 'journal.ndjson'), golden.find(({ name }) => name === 'engine-lost')?.journal ?? '')
  writeReports(directory, judgeRun(directory).verdict)
})
afterEach(() => rmSync(directory, { recursive: true }))

test('as it was left it is judged, to the bytes that stand there', () => {
  expect(renderJson(judgeRun(directory).verdict)).toBe(readFileSync(join(directory, 'verdict.json'), 'utf8'))
})

test.each(tampered)('$name is refused', ({ change }) => {
  change(directory)
  expect(() => judgeRun(directory)).toThrow(expect.objectContaining({ code: 'usage/run' }))
})

test('one that has ended is judged again only while something vouches for it; one that was cut off never had that', () => {
  expect(judgeAgain(directory).verdict.outcome).toBe('INCONCLUSIVE')
  rmSync(join(directory, 'manifest.json'))
  expect(() => judgeAgain(directory)).toThrow(/it has ended, and no manifest vouches for its journal/)
  writeFileSync(join(directory, 'journal.ndjson'), golden.find(({ name }) => name === 'truncated')?.journal ?? '')
  expect(judgeAgain(directory).verdict.outcome).toBe('INCONCLUSIVE')
})
