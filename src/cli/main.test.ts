import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const main = join(import.meta.dirname, 'main.ts')

test('who stands in a folder that was removed is told so', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gone-'))
  const line = 'rmdir "$PWD" && exec "$0" --disable-warning=ExperimentalWarning "$1" judge some-run'
  const { status, stderr } = spawnSync('sh', ['-c', line, process.execPath, main], { cwd: folder, encoding: 'utf8' })
  expect(stderr).toContain('the folder this was called from is no longer there')
  expect(stderr).not.toMatch(/^ +at /m)
  expect(status).toBe(64)
})

test('before anything is started it is said which planted defects nobody looks for, beside the document and not in it', () => {
  const words = ['--disable-warning=ExperimentalWarning', main, 'drill', 'boot', '--dry-run', '--json', '--defect', 'L1,D3']
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  expect(stderr).toBe('note: defect L1 is looked for by latency in latency-change, which this run does not include\n')
  expect(JSON.parse(stdout).schema).toBe('gauntlet/plan@1')
  expect(status).toBe(0)
})
