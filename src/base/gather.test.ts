import { expect, test } from 'vitest'
import { GauntletError } from './errors.ts'
import { gather, once } from './gather.ts'

const fails = (message: string) => () => {
  throw new GauntletError('usage/file', message, { problems: [{ message }] })
}

test('results come back under their names', () => {
  expect(gather({ a: () => 1, b: () => 'two' })).toEqual({ a: 1, b: 'two' })
})

test('the problems of all failed tasks are raised as one, and later tasks still run', () => {
  let ran = false
  const tasks = {
    a: fails('first'),
    b: fails('second'),
    c: () => {
      ran = true
    },
  }
  expect(() => gather(tasks)).toThrow(
    expect.objectContaining({ code: 'usage/file', problems: [{ message: 'first' }, { message: 'second' }] }),
  )
  expect(ran).toBe(true)
})

test('an error that is not ours is not collected', () => {
  expect(() => gather({ a: fails('ours'), b: () => JSON.parse('{') })).toThrow(SyntaxError)
})

test('what fails because another did says nothing new, and the same problem is said once', () => {
  const shared = once(fails('first'))
  const tasks = { a: shared, b: () => [shared()], c: fails('first'), d: fails('second') }
  expect(() => gather(tasks)).toThrow(
    expect.objectContaining({ message: 'first; second', problems: [{ message: 'first' }, { message: 'second' }] }),
  )
})

test('what others stand on is done once', () => {
  let times = 0
  const counted = once(() => ++times)
  expect([counted(), counted()]).toEqual([1, 1])
})
