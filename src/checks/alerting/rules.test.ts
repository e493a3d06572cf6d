/** How long ago rules may have been evaluated, over how many agents, and which of them. What each of them says is among the golden histories. */
import { expect, test } from 'vitest'
import type { AlertingRule, ExpectedAlert } from '../../journal/event.ts'
import type { History } from '../../journal/history.ts'
import type { Read } from './delivered.ts'
import { ruleDoubts } from './rules.ts'

const rule = (name: string, change: Partial<AlertingRule> = {}): AlertingRule => {
  return { name, kind: 'alert', exprHash: 'a', forMs: 0, labels: { severity: 'critical', team: 'x' }, ...change }
}

interface Told {
  readonly rules?: object
  readonly everyMs?: number
  /** Undefined: the journal has no topology. */
  readonly agents?: number | undefined
  readonly expected?: readonly string[]
  readonly deployed?: readonly AlertingRule[]
}

function doubts({ rules = {}, everyMs = 1_000, expected = ['A'], deployed = [rule('A')], ...told }: Told = {}) {
  const agents = 'agents' in told ? told.agents : 2
  const seen = { names: ['A'], ageMs: 100, agentsSeen: 2, broken: [], evaluated: [rule('A')], ...rules }
  const read = { heartbeatEveryMs: everyMs, rules: seen, deployed } as unknown as Read
  const history = (agents === undefined ? {} : { topology: { agents: Array.from({ length: agents }) } }) as unknown as History
  return ruleDoubts(
    history,
    [read],
    read,
    expected.map((alert) => ({ alert }) as ExpectedAlert),
  )
}

test('rules that are evaluated, all and lately, over all agents, leave no doubt', () => expect(doubts()).toEqual([]))

test('six looks may have failed, each of five seconds or of the pace of the servers', () => {
  const age = (ageMs: number, everyMs: number) => doubts({ everyMs, rules: { ageMs } }).length
  expect([age(30_000, 1_000), age(30_001, 1_000), age(60_000, 10_000), age(60_001, 10_000)]).toEqual([0, 1, 0, 1])
})

test('every agent must be seen, and there must be some', () => {
  expect(doubts({ rules: { agentsSeen: 1 } })).toEqual(['the alerting server sees 1 of 2 agents'])
  expect(doubts({ rules: { agentsSeen: 3 } })).toEqual([])
  expect(doubts({ agents: 1, rules: { agentsSeen: 1 } })).toEqual([])
  for (const agents of [0, undefined]) expect(doubts({ agents })).toEqual(['the alerting server sees 2 of 0 agents'])
})

test('one rule that is broken or that it has not got is named', () => {
  expect(doubts({ rules: { broken: ['B'] } })).toEqual(['the alerting server cannot evaluate B'])
  for (const expected of [
    ['A', 'B'],
    ['B', 'A', 'B'],
  ])
    expect(doubts({ expected })).toEqual(['the alerting server has no rule B'])
  expect(doubts({ rules: { names: [] }, expected: [] })).toEqual(['the alerting server evaluates no rule'])
  expect(doubts({ deployed: [], rules: { evaluated: [] } })).toEqual(['the journal does not say which rules were deployed'])
})

test('what is evaluated must be what was deployed, in whatever order', () => {
  const differs = (deployed: readonly AlertingRule[], evaluated: readonly AlertingRule[]) => doubts({ deployed, rules: { evaluated } })
  const swapped = rule('A', { labels: { team: 'x', severity: 'critical' } })
  const second = rule('A', { forMs: 1_000 })
  expect(differs([rule('A'), second], [second, swapped])).toEqual([])
  const withOther = (words: string) => [`the alerting server evaluates A with ${words} deployed`]
  expect(differs([rule('A')], [rule('A', { exprHash: 'b' })])).toEqual(withOther('another expression than was'))
  expect(differs([rule('A')], [second])).toEqual(withOther('another `for` than was'))
  expect(differs([rule('A')], [rule('A', { labels: { team: 'y' } })])).toEqual(withOther('other labels than were'))
  expect(differs([rule('A')], [rule('A', { kind: 'record' })])).toEqual(withOther('another kind than was'))
  expect(differs([rule('A'), rule('B')], [rule('A')])).toEqual(['the alerting server does not evaluate B, which was deployed'])
  expect(differs([rule('A')], [rule('A'), rule('B')])).toEqual(['the alerting server evaluates B, which was not deployed'])
})
