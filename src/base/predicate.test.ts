import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { allOf, holds, type Json, keysOf, type Predicate, pathOf } from './predicate.ts'
import { predicateSchema } from './predicate-schema.ts'

const answer: Json = {
  agents: { 'a/b~c': { state: 'T', pid: 7 } },
  list: [{ state: 'T' }, { state: 'S' }],
  none: [],
  empty: {},
  text: null,
}
const stopped: Predicate = { path: '/state', op: 'is', value: 'T' }

test.each<[string, Predicate, ReturnType<typeof holds>]>([
  ['a value that is there', { path: pathOf('agents', 'a/b~c', 'state'), op: 'is', value: 'T' }, true],
  ['another value', { path: pathOf('agents', 'a/b~c', 'state'), op: 'is', value: 'S' }, false],
  ['not another value', { path: pathOf('agents', 'a/b~c', 'state'), op: 'not', value: 'S' }, true],
  ['null is a value', { path: '/text', op: 'is', value: null }, true],
  ['nobody of that name', { path: '/agents/x/state', op: 'is', value: 'T' }, 'unknown'],
  ['nor is what is not said another value', { path: '/agents/x/state', op: 'not', value: 'T' }, 'unknown'],
  ['what every object has is not said', { path: '/constructor', op: 'not', value: null }, 'unknown'],
  ['at least', { path: '/agents/a~1b~0c/pid', op: 'atLeast', value: 7 }, true],
  ['at most', { path: '/agents/a~1b~0c/pid', op: 'atMost', value: 6 }, false],
  ['a text is no number', { path: '/agents/a~1b~0c/state', op: 'atLeast', value: 0 }, 'unknown'],
  ['every of some', { path: '/list', op: 'every', of: stopped }, false],
  ['some', { path: '/list', op: 'some', of: stopped }, true],
  ['none', { path: '/list', op: 'none', of: stopped }, false],
  ['every of nobody', { path: '/none', op: 'every', of: stopped }, 'unknown'],
  ['some of nobody', { path: '/none', op: 'some', of: stopped }, false],
  ['none of nobody', { path: '/none', op: 'none', of: stopped }, true],
  ['some who may be', { path: '/list', op: 'some', of: { path: '/pid', op: 'is', value: 1 } }, 'unknown'],
  ['none who may be', { path: '/list', op: 'none', of: { path: '/pid', op: 'is', value: 1 } }, 'unknown'],
  ['of what is no list', { path: '/empty', op: 'none', of: stopped }, 'unknown'],
  ['all, one of them unknown', { all: [{ path: '/text', op: 'is', value: null }, stopped] }, 'unknown'],
  ['all, one of them false', { all: [stopped, { path: '/text', op: 'is', value: 1 }] }, false],
  ['any, one of them true', { any: [stopped, { path: '/text', op: 'is', value: null }] }, true],
  ['any, none true and one unknown', { any: [stopped, { path: '/text', op: 'is', value: 1 }] }, 'unknown'],
])('%s', (_, predicate, expected) => {
  expect(holds(predicate, answer)).toBe(expected)
  expect(Compile(predicateSchema).Check(predicate)).toBe(true)
})

test('a path and its keys are each other', () => {
  expect(keysOf(pathOf('a/b', '~1', ''))).toEqual(['a/b', '~1', ''])
})

test('of no parts there is no predicate, and of one it is that', () => {
  expect(() => allOf([])).toThrow('nothing')
  expect(allOf([stopped])).toBe(stopped)
})

test.each([
  { path: 'state', op: 'is', value: 'T' },
  { path: '/state', op: 'like', value: 'T' },
  { path: '/state', op: 'atLeast', value: '7' },
  { path: '/list', op: 'every' },
  { all: [] },
  { path: '/state', op: 'is', value: 'T', or: 'else' },
  'T',
])('%j is no predicate', (value) => {
  expect(Compile(predicateSchema).Check(value)).toBe(false)
})
