/** A secret's file is spoiled in every way, and comes back the same inode, to the byte, with its mode and age; cut short anywhere, or twice. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepAside, lookAt, putBack, spoil, spoilings, valuesOf } from './secret-files.ts'

const value = 'dGhpcy1pcy1ub3QtYS1zZWNyZXQtYXQtYWxsLTEyMw'
let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gauntlet-secret-'))
  path = join(folder, 'KEY')
  writeFileSync(path, value, { mode: 0o400 })
  utimesSync(path, 1_000_000_000, 1_000_000_000)
  writeFileSync(join(folder, 'OTHER'), 'other', { mode: 0o440 })
})
afterEach(() => rmSync(folder, { recursive: true }))

const standing = () => readdirSync(folder).sort()
const whole = () => ({ look: lookAt(path), inode: statSync(path).ino, links: statSync(path).nlink, files: standing() })

test.each([...spoilings, 'absent'] as const)('%s, and back', (how) => {
  const before = whole()
  keepAside(folder, 'l1', 'KEY')
  spoil(folder, 'l1', 'KEY', how)
  const now = lookAt(path)
  if (how === 'absent') expect(now).toBeUndefined()
  else expect(now?.sha256).not.toBe(before.look?.sha256)
  if (how === 'wrong') expect([now?.bytes, now?.mode, now?.owner]).toEqual([value.length, '400', before.look?.owner])
  if (how === 'truncated') expect(readFileSync(path, 'utf8')).toBe(value.slice(0, value.length / 2))
  if (how === 'empty') expect(now?.bytes).toBe(0)
  if (how === 'unreadable') expect(now?.mode).toBe('0')
  expect(valuesOf(folder, 'l1', 'KEY')).toContain(value)
  expect(putBack(folder, 'l1')).toEqual(['KEY'])
  expect(whole()).toEqual(before)
  expect(putBack(folder, 'l1')).toEqual([])
  expect(whole()).toEqual(before)
})

test('cut short between keeping and spoiling, it is as it was', () => {
  const before = whole()
  keepAside(folder, 'l1', 'KEY')
  putBack(folder, 'l1')
  expect(whole()).toEqual(before)
})

test('what somebody else wrote meanwhile is not overwritten, and the original is not lost', () => {
  keepAside(folder, 'l1', 'KEY')
  spoil(folder, 'l1', 'KEY', 'wrong')
  writeFileSync(join(folder, 'fresh'), 'rotated by its owner', { mode: 0o400 })
  renameSync(join(folder, 'fresh'), path)
  expect(() => putBack(folder, 'l1')).toThrow('KEY was written by somebody else meanwhile')
  expect(readFileSync(path, 'utf8')).toBe('rotated by its owner')
  expect(putBack(folder, 'l1', 'any')).toEqual(['KEY'])
  expect(readFileSync(path, 'utf8')).toBe(value)
})

test('another lease’s is left alone, and so is what was never there', () => {
  keepAside(folder, 'l10', 'KEY')
  spoil(folder, 'l10', 'KEY', 'absent')
  expect(putBack(folder, 'l1')).toEqual([])
  expect(existsSync(path)).toBe(false)
  expect(() => keepAside(folder, 'l1', 'NONE')).toThrow('ENOENT')
  expect(readFileSync(join(folder, 'OTHER'), 'utf8')).toBe('other')
})
