import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answers } from '../journal/event.ts'
import { answerOf, judgeAnswer } from './health.ts'

const target = { name: 'PlannerAgent', machine: 'mainpc' }
const body = (changes: Record<string, unknown> = {}) => JSON.stringify({ status: 'ok', ...target, ...changes })

test.each(['ok', 'OK', 'healthy', 'HEALTHY', 'Online'])('%s means well', (status) => {
  expect(judgeAnswer(200, body({ status }), 'health', target)).toBe('ok')
})

test.each(['degraded', 'error', 'starting', '', 'ok ', 'not ok'])('"%s" does not mean well', (status) => {
  expect(judgeAnswer(200, body({ status }), 'health', target)).toBe('unhealthy')
})

test('who answers matters before how it is', () => {
  expect(judgeAnswer(200, body({ name: 'Other' }), 'health', target)).toBe('stranger')
  expect(judgeAnswer(200, body({ machine: 'pc2' }), 'health', target)).toBe('stranger')
  expect(judgeAnswer(200, body({ name: 'plannerAgent' }), 'health', target)).toBe('stranger')
  expect(judgeAnswer(200, body({ name: 'Other', status: 'error' }), 'health', target)).toBe('stranger')
})

test('another status is that, whatever the body says', () => {
  for (const status of [201, 204, 301, 404, 500, 503]) expect(judgeAnswer(status, body(), 'health', target)).toBe('status')
})

test.each(['', 'ok', 'null', '[]', '"ok"', '{', '{"status":"ok"}', body({ status: 1 }), body({ name: null }), body({ machine: {} })])(
  'not health JSON: %s',
  (text) => {
    expect(judgeAnswer(200, text, 'health', target)).toBe('malformed')
  },
)

test('a hub is asked for its own word, and known by its id', () => {
  const word = (changes: object = {}) => JSON.stringify({ status: 'healthy', hub: 'mainpc/PlannerAgent', ...changes })
  expect(judgeAnswer(200, word(), 'hub', target)).toBe('ok')
  expect(judgeAnswer(200, word({ status: 'degraded' }), 'hub', target)).toBe('unhealthy')
  expect(judgeAnswer(200, word({ hub: 'pc2/PlannerAgent' }), 'hub', target)).toBe('stranger')
  expect(judgeAnswer(200, body(), 'hub', target)).toBe('malformed')
  expect(judgeAnswer(200, word(), 'health', target)).toBe('malformed')
})

test('an exchange that failed is what it is; our own want is unknown, never down', () => {
  expect(answerOf({ kind: 'unreachable' }, 'health', target)).toBe('unreachable')
  expect(answerOf({ kind: 'malformed' }, 'health', target)).toBe('malformed')
  expect(answerOf({ kind: 'exhausted' }, 'health', target)).toBe('unsent')
})

test('any status and body give one of the answers, and only the agreed words by the right agent are ok', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, text) => {
      const answer = judgeAnswer(status, text, 'health', target)
      expect(answers).toContain(answer)
      expect(answer).not.toBe('ok')
    }),
  )
})
