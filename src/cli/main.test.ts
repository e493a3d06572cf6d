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
