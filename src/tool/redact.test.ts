/** Whatever a machine says of itself, none of its secrets is in it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { secretsIn, withoutSecrets } from './redact.ts'

test('a value is replaced by the name of its secret wherever it stands, and nothing else changes', () => {
  const secrets = new Map([['KEY', 'correct horse $& battery']])
  expect(withoutSecrets('login with correct horse $& battery failed: correct horse $& battery', secrets)).toBe(
    'login with [secret KEY] failed: [secret KEY]',
  )
  expect(withoutSecrets('login with a correct horse failed', secrets)).toBe('login with a correct horse failed')
  expect(withoutSecrets('nothing to hide', new Map())).toBe('nothing to hide')
})

test('a value that JSON has to escape is found as it is, and as JSON writes it', () => {
  const secrets = new Map([['KEY', 'hunter2"\\x\nline']])
  for (const text of ['a hunter2"\\x\nline b', JSON.stringify('a hunter2"\\x\nline b')])
    expect(withoutSecrets(text, secrets)).not.toContain('hunter2')
})

test('of two secrets, one inside the other, nothing of the longer is left', () => {
  const secrets = new Map([
    ['SHORT', 'password'],
    ['LONG', 'password-and-more'],
  ])
  expect(withoutSecrets('password-and-more password', secrets)).toBe('[secret LONG] [secret SHORT]')
})

test('a value that is too short to be told from other text, or empty, defaces nothing', () => {
  const secrets = new Map([
    ['PIN', '1234'],
    ['EMPTY', ''],
  ])
  expect(withoutSecrets('port 12345', secrets)).toBe('port 12345')
})

test('every file of the folder is a secret, also one that a fault keeps aside; a folder that is not there has none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gauntlet-redact-'))
  writeFileSync(join(folder, 'KEY'), 'value-of-key\n')
  writeFileSync(join(folder, '.gauntlet~l1~KEY'), 'value-of-old')
  mkdirSync(join(folder, 'below'))
  expect(secretsIn(folder)).toEqual(
    new Map([
      ['KEY', 'value-of-key'],
      ['.gauntlet~l1~KEY', 'value-of-old'],
    ]),
  )
  rmSync(folder, { recursive: true })
  expect(secretsIn(folder)).toEqual(new Map())
})
