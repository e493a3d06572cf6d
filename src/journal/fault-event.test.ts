import { expect, test } from 'vitest'
import { problemOf } from './event-schema.ts'

const lease = (state: string, more: object = {}) => problemOf('lease', { kind: 'lease', lease: 'l1', state, ...more })
const proof = (more: object = {}) =>
  problemOf('proof', {
    ...{ kind: 'proof', lease: 'l1', step: 0, machine: 'pc2', query: 'effective', exitCode: 0, stdout: '', stderr: '' },
    ...more,
  })
const plan = (more: object = {}) =>
  problemOf('plan', {
    ...{ kind: 'plan', lease: 'l1', fault: 'noop', ttlMs: 1, holdMs: 1, plan: {}, targets: [], radius: [], silences: [] },
    ...{ lasts: 'until-undone', expectations: [], ...more },
  })

test('what is not always said may be missing', () => {
  expect([lease('failed'), lease('releasing'), proof(), plan()]).toEqual([undefined, undefined, undefined, undefined])
})

test('a refusal, where a failure had begun, why a hold ended, whether a query could be asked, and whom a plan restarts', () => {
  const restarts = { ids: ['pc2/A'], withinMs: 15_000 }
  const all = [
    lease('refused', { detail: 'not running' }),
    lease('failed', { begun: ['pc2'] }),
    ...['held', 'load-over', 'cut-short'].map((because) => lease('releasing', { because })),
    ...[true, false].map((asked) => proof({ asked, ageMs: 3 })),
    plan({ restarts }),
  ]
  expect(all).toEqual(all.map(() => undefined))
})

test.each([
  ['a state of its own', lease('declined')],
  ['a reason of its own', lease('releasing', { because: 'bored' })],
  ['an age from the future', proof({ ageMs: -1 })],
  ['a word for whether it was asked', proof({ asked: 'yes' })],
  ['a restart that takes no time', plan({ restarts: { ids: [], withinMs: 0 } })],
])('%s is refused', (_what, problem) => {
  expect(problem).toBeDefined()
})
