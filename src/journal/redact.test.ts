import { expect, test } from 'vitest'
import { createRedactor } from './redact.ts'

test('a value is replaced by its id wherever a string holds it, keys included, and nothing else changes', () => {
  const redactor = createRedactor()
  redactor.register('A', 'correct horse')
  expect(
    JSON.parse(redactor.redact(JSON.stringify({ 'correct horse': ['x correct horse y', 7, null, { deep: 'correct horse' }] }))),
  ).toEqual({
    '[secret A]': ['x [secret A] y', 7, null, { deep: '[secret A]' }],
  })
  const other = JSON.stringify({ battery: 'staple' })
  expect(redactor.redact(other)).toBe(other)
})

test('a secret that JSON has to escape is found', () => {
  const redactor = createRedactor()
  redactor.register('KEY', 'line one\nline "two"')
  expect(redactor.redact(JSON.stringify({ text: 'a line one\nline "two" b' }))).toBe('{"text":"a [secret KEY] b"}')
})

test('of two secrets, one inside the other, nothing of the longer is left', () => {
  const redactor = createRedactor()
  redactor.register('SHORT', 'password')
  redactor.register('LONG', 'password-and-more')
  expect(redactor.redact('"password-and-more password"')).toBe('"[secret LONG] [secret SHORT]"')
})

test('a value that looks like JSON does not break the document', () => {
  const redactor = createRedactor()
  redactor.register('ODD', '"kind":')
  const line = JSON.stringify({ kind: 'x' })
  expect(JSON.parse(redactor.redact(line))).toEqual({ kind: 'x' })
})

test('a value too short to be told apart is refused', () => {
  expect(() => createRedactor().register('PIN', '1234')).toThrow(RangeError)
})
