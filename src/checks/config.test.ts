/** What the deploy path made of a bad change; the boot scripts' answers are among the golden histories. */
import { expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered } from '../../fixtures/histories/build.ts'
import { type Changed, wentIn } from '../../fixtures/histories/rollback.ts'
import { allOf, type Predicate } from '../base/predicate.ts'
import type { Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { config } from './config.ts'

const answerIs = (value: string): Predicate => ({ path: '/answer', op: 'is', value })
const old: Predicate = { path: '/state', op: 'is', value: 'old' }
const refused = allOf([answerIs('refused'), old])
const said = (answer: Changed['answer'], state: Changed['state']): Changed => ({ ...wentIn, kind: 'config-change', answer, state })

function find(answer: Changed, effective: Predicate, fault = 'config-change') {
  const events = eventsOf(goodStory).map((event): Event => {
    if (event.kind === 'proof') return { ...event, answer }
    if (event.kind !== 'plan') return event
    return { ...event, fault, expectations: [{ machine: 'pc2', effective, lasting: effective, gone: old }] }
  })
  const history = historyFrom(journalOf(renumbered(events)))
  return config.judge(history, history.scenarios[0] as ScenarioHistory)
}

test('a bad change that is refused is no finding; one that is taken instead is', () => {
  expect(find(said('refused', 'old'), refused).outcome).toBe('pass')
  const taken = { outcome: 'fail', because: 'pc2: a change that must be refused was taken by its deploy path' }
  expect(find(said('taken', 'other'), refused)).toMatchObject(taken)
  expect(find(said('taken', 'other'), answerIs('refused'))).toMatchObject(taken)
})

test('a change that may be taken is no finding, nor is another fault’s answer', () => {
  expect(find(said('taken', 'other'), allOf([answerIs('taken'), { path: '/state', op: 'is', value: 'other' }])).outcome).toBe('pass')
  expect(find(said('taken', 'other'), refused, 'change').outcome).toBe('pass')
})

test('a change of which nothing is known, or which is proven in another way, is no finding', () => {
  const with_ = (change: (event: Event) => readonly Event[]) => {
    const events = eventsOf(goodStory).flatMap((event) => change(event.kind === 'plan' ? { ...event, fault: 'config-change' } : event))
    const history = historyFrom(journalOf(renumbered(events)))
    return config.judge(history, history.scenarios[0] as ScenarioHistory).outcome
  }
  expect(with_((event) => (event.kind === 'proof' ? [] : [event]))).toBe('pass')
  const unanswered = (event: Event): Event => (event.kind === 'proof' ? { ...event, answer: null, problem: 'no such container' } : event)
  expect(with_((event) => [unanswered(event)])).toBe('pass')
  const byState = { machine: 'pc2', effective: old, lasting: old, gone: old }
  const taken = (event: Event): Event => (event.kind === 'proof' ? { ...event, answer: said('taken', 'other') } : event)
  expect(with_((event) => [event.kind === 'plan' ? { ...event, expectations: [byState] } : taken(event)])).toBe('pass')
})

/** Two scenarios on one fleet: the boot scripts' answers of each, in order. */
function inTurn(first: readonly Event<'boot'>[], second: readonly Event<'boot'>[], last: readonly Event<'boot'>[]) {
  const events = eventsOf({ ...goodStory, intervalMs: 500, steadyMs: 10_000, recoveryMs: 10_000 }).filter(
    ({ kind }) => kind !== 'boot' && kind !== 'end',
  )
  const declared = events.find(({ kind }) => kind === 'scenario') as Event<'scenario'>
  const warm = (atMs: number, boots: readonly Event<'boot'>[]) => [
    { ...declared, coldStart: false, atMs },
    ...boots.map((boot) => ({ ...boot, atMs: atMs + 1 })),
  ]
  const all = [...events, ...first, ...warm(90_000, second), ...warm(100_000, last)].sort((a, b) => a.atMs - b.atMs)
  const history = historyFrom(journalOf(renumbered(all)))
  return config.judge(history, history.scenarios[2] as ScenarioHistory)
}
const boots = eventsOf(goodStory).filter((event): event is Event<'boot'> => event.kind === 'boot')

test('a fleet that is already up is judged by its newest boot, be it one answer only, and however many scenarios ago', () => {
  const [one] = boots as [Event<'boot'>]
  const bad = { ...one, findings: [{ rule: 'port-clash', message: 'A and B', agents: [] }] }
  expect(inTurn(boots, [], []).outcome).toBe('pass')
  expect(inTurn(boots, [], [bad])).toMatchObject({ outcome: 'fail', because: expect.stringContaining('A and B') })
  expect(inTurn(boots, [bad], [])).toMatchObject({ outcome: 'fail', because: expect.stringContaining('A and B') })
})

test('a boot that failed names its one reason, and the one agent that never came up', () => {
  const failed = (change: Partial<Event<'boot'>>) => inTurn(boots.with(2, { ...(boots[2] as Event<'boot'>), ok: false, ...change }), [], [])
  expect(failed({ findings: [{ rule: 'port-clash', message: 'A and B', agents: [] }] })).toMatchObject({
    because: 'boot of mainpc: port-clash: A and B',
  })
  const started = (boots[2] as Event<'boot'>).started.map((each, place) => (place === 0 ? { ...each, healthyMs: null } : each))
  expect(failed({ started })).toMatchObject({ because: 'boot of mainpc: never healthy: mainpc/ServiceRegistry' })
  expect(failed({ ok: true, started })).toMatchObject({ outcome: 'fail' })
})

test('a fleet without agents, or without machines, has no configs to judge', () => {
  const without = (change: object) => {
    const events = eventsOf(goodStory).map((event) => (event.kind === 'topology' ? { ...event, ...change } : event))
    const history = historyFrom(journalOf(renumbered(events)))
    return config.judge(history, history.scenarios[0] as ScenarioHistory)
  }
  for (const none of [{ agents: [] }, { machines: [] }])
    expect(without(none)).toMatchObject({ outcome: 'unknown', because: 'the configs list no agent' })
})

test('says how many dependencies were looked at, be it one or none', () => {
  const of = (...agents: readonly string[]) => {
    const history = historyFrom(journalOf(renumbered(eventsOf({ ...goodStory, agents, stopped: [] }))))
    return config.judge(history, history.scenarios[0] as ScenarioHistory)
  }
  expect(of('mainpc/A', 'mainpc/B')).toMatchObject({ outcome: 'pass', because: expect.stringMatching(/ healthy \(1 dependency\)$/) })
  expect(of('mainpc/A')).toMatchObject({ outcome: 'pass', because: expect.stringMatching(/; no agent depends on another$/) })
})
