/** How each was at the end of a span. */
import { expect, test } from 'vitest'
import { historyBy, byHandTerms as terms } from '../../fixtures/histories/by-hand.ts'
import type { Answer } from '../journal/event.ts'
import { type AtLast, lastAnswers } from './last-answers.ts'

const [planner, vision] = ['pc/Planner', 'pc/Vision']
/** Vision's answers at the last slots; `undefined` is a slot that is in no journal. */
function howAtLast(...said: readonly (Answer | undefined)[]) {
  const answer = (id: string, atMs: number) => {
    const place = atMs / 500 - (20 - said.length)
    return id === vision && place >= 0 ? said[place] : 'ok'
  }
  const history = historyBy({ agents: [planner, vision], answer, untilMs: 10_000 })
  const last = lastAnswers(history, terms, { fromMs: 5_000, toMs: 10_000 }, [vision])
  const states: readonly AtLast[] = ['ok', 'stray', 'failed', 'unseen']
  return states.filter((state) => last.ids(state).length > 0).join()
}

test('the last slot says it, and one bad one behind a good one is a stray', () => {
  expect(howAtLast('ok')).toBe('ok')
  expect(howAtLast('timeout', 'ok')).toBe('ok')
  expect(howAtLast('ok', 'timeout')).toBe('stray')
  expect(howAtLast('ok', 'unsent')).toBe('stray')
  expect(howAtLast('timeout', 'timeout')).toBe('failed')
  expect(howAtLast('timeout', 'unsent')).toBe('unseen')
  expect(howAtLast('unsent', 'timeout')).toBe('unseen')
})
test('slots that are missing at the end count as not seen', () => {
  expect(howAtLast(undefined)).toBe('stray')
  expect(howAtLast('timeout', undefined)).toBe('unseen')
  expect(howAtLast('timeout', 'timeout', undefined)).toBe('unseen')
  expect(howAtLast(undefined, undefined)).toBe('unseen')
})
test('without a name it says nothing, else of each in the order of the fleet', () => {
  const history = historyBy({
    agents: [planner, vision],
    services: [{ id: 'nats' }],
    untilMs: 10_000,
    answer: (id) => (id === 'nats' ? undefined : 'ok'),
  })
  const last = lastAnswers(history, terms, { fromMs: 5_000, toMs: 10_000 }, ['nats', vision, planner])
  expect(last.ids('ok')).toEqual([planner, vision])
  expect(last.ids('ok', 'unseen')).toEqual([planner, vision, 'nats'])
  expect(last.batches).toEqual([1_009])
  expect(lastAnswers(history, terms, { fromMs: 5_000, toMs: 10_000 }, []).ids('ok', 'stray', 'failed', 'unseen')).toEqual([])
})
