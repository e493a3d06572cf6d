import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answers } from '../journal/event.ts'
import { answerOf, judgeAnswer } from './health.ts'

const target = { name: 'PlannerAgent', machine: 'mainpc' }
const body = (changes: Record<string, unknown> = {}) => JSON.stringify({ status: 'ok', ...target, ...changes })

test.each(['ok', 'OK', 'healthy', 'HEALTHY', 'Online'])('%s means well', (status) => {
  expect(judgeAnswer(200, body({ status }), target)).toBe('ok')
})

test.each(['degraded', 'error', 'starting', '', 'ok ', 'not ok'])('"%s" does not mean well', (status) => {
  expect(judgeAnswer(200, body({ status }), target)).toBe('unhealthy')
})

test('who answers matters before how it is', () => {
  expect(judgeAnswer(200, body({ name: 'Other' }), target)).toBe('stranger')
  expect(judgeAnswer(200, body({ machine: 'pc2' }), target)).toBe('stranger')
  expect(judgeAnswer(200, body({ name: 'plannerAgent' }), target)).toBe('stranger')
  expect(judgeAnswer(200, body({ name: 'Other', status: 'error' }), target)).toBe('stranger')
})

test('another status is that, whatever the body says', () => {
  for (const status of [201, 204, 301, 404, 500, 503]) expect(judgeAnswer(status, body(), target)).toBe('status')
})

test.each(['', 'ok', 'null', '[]', '"ok"', '{', '{"status":"ok"}', body({ status: 1 }), body({ name: null }), body({ machine: {} })])(
  'not health JSON: %s',
  (text) => {
    expect(judgeAnswer(200, text, target)).toBe('malformed')
  },
)

test('an exchange that failed is what it is; our own want is unknown, never down', () => {
  expect(answerOf({ kind: 'unreachable' }, target)).toBe('unreachable')
  expect(answerOf({ kind: 'malformed' }, target)).toBe('malformed')
  expect(answerOf({ kind: 'exhausted' }, target)).toBe('unsent')
})

test('any status and body give one of the answers, and only the agreed words by the right agent are ok', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.oneof(fc.string(), fc.json()), (status, text) => {
      const answer = judgeAnswer(status, text, target)
      expect(answers).toContain(answer)
      expect(answer).not.toBe('ok')
    }),
  )
})
