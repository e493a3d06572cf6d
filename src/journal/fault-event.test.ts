import { expect, test } from 'vitest'
import { stoppedOn } from '../../fixtures/histories/build-fault.ts'
import type { Kind } from './event.ts'
import { problemOf as problemOfEvent } from './event-schema.ts'

/** As a line of a file: what is undefined is not there. */
const problemOf = (kind: Kind, event: object) => problemOfEvent(kind, JSON.parse(JSON.stringify(event)))

const lease = (state: string, more: object = {}) => problemOf('lease', { kind: 'lease', lease: 'l1', state, ...more })
const proof = (more: object = {}) =>
  problemOf('proof', {
    ...{ kind: 'proof', lease: 'l1', step: 0, machine: 'pc2', query: 'effective', answer: { state: 'T' }, problem: null, ageMs: 0 },
    ...more,
  })
const plan = (more: object = {}) =>
  problemOf('plan', {
    ...{ kind: 'plan', lease: 'l1', fault: 'noop', ttlMs: 1, holdMs: 1, plan: {}, targets: [], radius: [], silences: [] },
    ...{ lasts: 'until-undone', expectations: [], ...more },
  })

test('what not each has may be missing', () => {
  expect([lease('failed'), lease('releasing'), proof(), plan()]).toEqual([undefined, undefined, undefined, undefined])
})

test('a refusal, where a failure had begun, why a hold ended, a question without an answer, what an answer must say, and whom a plan restarts', () => {
  const restarts = { ids: ['pc2/A'], withinMs: 15_000 }
  const all = [
    lease('refused', { detail: 'not running' }),
    lease('failed', { begun: ['pc2'] }),
    ...['held', 'load-over', 'cut-short'].map((because) => lease('releasing', { because })),
    proof({ answer: null, problem: 'no such container', ageMs: 3 }),
    ...['T', 7, false, [1]].map((answer) => proof({ answer })),
    ...['lasting', 'gone'].map((query) => proof({ query })),
    plan({ expectations: [stoppedOn('pc2')] }),
    plan({ restarts }),
  ]
  expect(all).toEqual(all.map(() => undefined))
})

test.each([
  ['a state of its own', lease('declined')],
  ['a reason of its own', lease('releasing', { because: 'bored' })],
  ['an age from the future', proof({ ageMs: -1 })],
  ['no age at all', proof({ ageMs: undefined })],
  ['no answer, not even null', proof({ answer: undefined })],
  ['no word of whether there was a problem', proof({ problem: undefined })],
  ['a number for a problem', proof({ problem: 1 })],
  ['a question of its own', proof({ query: 'sometimes' })],
  [
    'what a tool once printed',
    proof({ answer: undefined, problem: undefined, ageMs: undefined, exitCode: 0, stdout: 'state=T', stderr: '' }),
  ],
  ['what it once had to print', plan({ expectations: [{ machine: 'pc2', effective: { matches: 'T' }, gone: { matches: 'S' } }] })],
  ['nothing that lasts', plan({ expectations: [{ ...stoppedOn('pc2'), lasting: undefined }] })],
  ['a path from nowhere', plan({ expectations: [{ ...stoppedOn('pc2'), gone: { path: 'state', op: 'is', value: 'S' } }] })],
  ['a restart that takes no time', plan({ restarts: { ids: [], withinMs: 0 } })],
])('%s is refused', (_what, problem) => {
  expect(problem).toBeDefined()
})
