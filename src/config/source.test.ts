import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isSource, readSource } from './source.ts'

const folder = mkdtempSync(join(tmpdir(), 'source-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a text is read to the byte', () => {
  const file = join(folder, 'good.yaml')
  writeFileSync(file, 'a: ü\r\n')
  expect(readSource(file)).toEqual({ file, text: 'a: ü\r\n' })
})

test('a missing file, a directory and a file that is no text are one problem each, which names the file', () => {
  const binary = join(folder, 'binary.yaml')
  writeFileSync(binary, Buffer.from([0x61, 0xff, 0xfe]))
  const cases = {
    [join(folder, 'missing.yaml')]: 'no such file',
    [join(binary, 'below.yaml')]: 'no such file: a part of its path is not a directory',
    [folder]: 'this is a directory, not a file',
    [binary]: 'not UTF-8 text',
  }
  for (const [file, message] of Object.entries(cases)) {
    const read = readSource(file)
    expect(isSource(read)).toBe(false)
    expect(read).toMatchObject({ file, message })
  }
})

test('UTF-16 is said to be what it is, with and without its mark', () => {
  for (const mark of ['\ufeff', '']) {
    const file = join(folder, 'utf16.yaml')
    writeFileSync(file, `${mark}agent_groups:`, 'utf16le')
    expect(readSource(file)).toMatchObject({ message: 'not UTF-8 text, but UTF-16 or no text at all' })
  }
})

test('a file without end, named by mistake, is not read to its end', () => {
  expect(readSource('/dev/zero')).toMatchObject({ message: 'not a regular file' })
})
