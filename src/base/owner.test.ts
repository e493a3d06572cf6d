import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claim, isOwned } from './owner.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'owner-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

test('a run is owned by the process that claimed it, until that is done with it', () => {
  expect(isOwned(directory)).toBe(false)
  const owner = claim(directory)
  expect(isOwned(directory)).toBe(true)
  owner[Symbol.dispose]()
  expect(isOwned(directory)).toBe(false)
})

test('another process with the same id does not own it', () => {
  writeFileSync(join(directory, 'harness.pid'), `${process.pid} 1\n`)
  expect(isOwned(directory)).toBe(false)
})

test('a dead process owns nothing, and neither does a torn file', () => {
  writeFileSync(join(directory, 'harness.pid'), '999999999 5\n')
  expect(isOwned(directory)).toBe(false)
  writeFileSync(join(directory, 'harness.pid'), '')
  expect(isOwned(directory)).toBe(false)
})
