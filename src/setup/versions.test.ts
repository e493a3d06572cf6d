import { expect, test } from 'vitest'
import { isNewEnough } from './compose.ts'
import { goIsNewEnough } from './k6.ts'

test.each([
  ['2.23.0', true],
  ['2.26.1-4', true],
  ['3.0.0', true],
  ['2.22.9', false],
  ['1.29.2', false],
  ['', false],
  ['dev', false],
])('compose %s: %s', (version, enough) => {
  expect(isNewEnough(version)).toBe(enough)
})

test.each([
  ['go version go1.26.8 linux/amd64', true],
  ['go version go1.24.4 linux/amd64', true],
  ['go version go1.23.12 linux/amd64', false],
  ['', false],
])('%s: %s', (said, enough) => {
  expect(goIsNewEnough(said)).toBe(enough)
})
