import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keepLastTest, lastTest } from './last-test.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gauntlet-last-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the last test is kept, and the one after it takes its place', () => {
  const path = join(folder, 'state', 'last-test.json')
  expect(lastTest(path)).toBeUndefined()
  const first = { endedAt: '2026-01-01T00:00:00.000Z', tookMs: 900_000, passed: 2_000, failed: 1 }
  keepLastTest(first, path)
  expect(lastTest(path)).toEqual(first)
  keepLastTest({ ...first, failed: 0 }, path)
  expect(lastTest(path)).toMatchObject({ failed: 0 })
})

test('a file that says something else is no test', () => {
  const path = join(folder, 'damaged.json')
  writeFileSync(path, '{"tookMs":"long"}')
  expect(() => lastTest(path)).toThrow()
})
