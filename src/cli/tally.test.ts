import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { projectRoot, stateDirectory } from '../base/project.ts'
import { summaryOf, sumOf, type Tally } from './tally.ts'

test('files come longest first, what is too much in one line, then failures, and the count is the last line', () => {
  const files = Array.from({ length: 27 }, (_, place) => ({ name: `${place}.test.ts`, tookMs: place * 1000 }))
  const one: Tally = { passed: 3, skipped: 0, failed: ['a: b: c'], files }
  const lines = summaryOf(sumOf([one, { passed: 1, skipped: 2, failed: [], files: [] }]))
    .trimEnd()
    .split('\n')
  expect(lines.slice(0, 2)).toEqual(['    26.0 s  26.test.ts', '    25.0 s  25.test.ts'])
  expect(lines.slice(-4)).toEqual(['     1.0 s  2 others', '2 skipped', 'failed: a: b: c', '4 passed, 1 failed'])
})

mkdirSync(stateDirectory, { recursive: true })
const folder = mkdtempSync(join(stateDirectory, 'tally-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('of a run: what passed, what failed in one line each, a file that does not load, a hook that fails, and how long it took', () => {
  mkdirSync(join(folder, 'tests'))
  writeFileSync(join(folder, 'vitest.config.ts'), 'export default {}') // not the project's own
  const write = (name: string, text: string) =>
    writeFileSync(join(folder, `tests/${name}.test.ts`), `import { afterAll, expect, test } from 'vitest'\n${text}`)
  write('mixed', `test('good', () => {})\ntest('bad', () => expect(1).toBe(2))\ntest.skip('left out', () => {})`)
  write('unloadable', `throw new Error('not to be loaded\\nsecond line')`)
  write('hook', `test('fine', () => new Promise((done) => setTimeout(done, 50)))\nafterAll(() => { throw new Error('left something') })`)
  const tallyFile = join(folder, 'tally.json')
  const args = ['run', '--root', folder, '--reporter', join(projectRoot, 'src/cli/tally-reporter.main.ts')]
  const { status, stderr } = spawnSync(join(projectRoot, 'node_modules/.bin/vitest'), args, {
    encoding: 'utf8',
    env: { ...process.env, GAUNTLET_TALLY: tallyFile, PATH: `${join(process.execPath, '..')}:${process.env.PATH}` },
  })
  expect([status, stderr]).toEqual([1, expect.any(String)])
  const { passed, skipped, failed, files } = JSON.parse(readFileSync(tallyFile, 'utf8')) as Tally
  expect({ passed, skipped }).toEqual({ passed: 2, skipped: 1 })
  expect(failed.map((line) => line.replace(/^.*tests\//, '')).toSorted()).toEqual([
    'hook.test.ts: left something',
    expect.stringMatching(/^mixed\.test\.ts: bad: expected 1 to be 2/),
    'unloadable.test.ts: not to be loaded',
  ])
  expect(files.find(({ name }) => name.endsWith('hook.test.ts'))?.tookMs).toBeGreaterThanOrEqual(45)
})
