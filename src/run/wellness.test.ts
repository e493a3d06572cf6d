import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Answer, answers } from '../journal/event.ts'
import { type Wellness, wellness } from './wellness.ts'

const code = (answer: Answer) => answers.indexOf(answer)
const noteAll = (well: Wellness, ...noted: readonly (readonly [ms: number, answer: Answer])[]) => {
  for (const [ms, answer] of noted) well.note(0, ms, code(answer))
}

test('nobody is well of whom nothing is known', () => {
  const well = wellness(100)
  expect(well.isWell(0, 0)).toBe(false)
  expect(well.last(0)).toBeUndefined()
})

test('the newest probe counts, not the newest line', () => {
  const well = wellness(100)
  noteAll(well, [200, 'ok'], [100, 'timeout'])
  expect(well.isWell(0, 0)).toBe(true)
  noteAll(well, [300, 'unreachable'])
  expect(well.isWell(0, 0)).toBe(false)
  expect(well.last(0)).toBe('unreachable')
})

test('sustained is from the first good answer after the last bad one, and a bad one may be told late', () => {
  const well = wellness(100)
  noteAll(well, [0, 'ok'], [100, 'ok'], [200, 'ok'], [300, 'ok'])
  expect(well.isWell(0, 200)).toBe(true)
  expect(well.isWell(0, 201)).toBe(false) // the probes of the last time-out may still fail
  noteAll(well, [150, 'timeout'])
  expect(well.isWell(0, 100)).toBe(false)
  noteAll(well, [400, 'ok'], [500, 'ok'], [600, 'ok'])
  expect(well.isWell(0, 100)).toBe(true)
})

test('an unsent probe is no answer: it neither makes well nor ends it', () => {
  const well = wellness(100)
  noteAll(well, [0, 'ok'], [100, 'unsent'], [200, 'ok'])
  expect(well.isWell(0, 100)).toBe(true)
  const other = wellness(100)
  noteAll(other, [0, 'ok'], [100, 'unsent'], [500, 'unsent'])
  expect(other.isWell(0, 100)).toBe(false)
})

test('whatever the order of telling, sustained wellness is never claimed over a bad answer', () => {
  const anyTold = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom<Answer>('ok', 'ok', 'ok', 'timeout', 'unsent')), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(anyTold, fc.integer({ min: 1, max: 20 }), (told, sustainedMs) => {
      const well = wellness(0)
      noteAll(well, ...told)
      if (!well.isWell(0, sustainedMs)) return
      const lastBad = Math.max(-1, ...told.filter(([, answer]) => answer === 'timeout').map(([ms]) => ms))
      const good = told.filter(([ms, answer]) => answer === 'ok' && ms > lastBad).map(([ms]) => ms)
      expect(Math.max(...good) - Math.min(...good)).toBeGreaterThanOrEqual(sustainedMs)
    }),
  )
})
