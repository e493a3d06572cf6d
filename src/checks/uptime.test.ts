/** Whose uptime, and when: the fleet in steady, the bystanders while something was done to others. */
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import type { Answer, Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { bystanderUptime, fleetUptime, tallies } from './uptime.ts'

function read(story: Partial<Story> = {}, change: (events: Event[]) => Event[] = (events) => events) {
  const events = change(eventsOf({ ...goodStory, ...story })).sort((a, b) => a.atMs - b.atMs)
  const history = historyFrom(journalOf(renumbered(events)))
  return { history, scenario: history.scenarios[0] as ScenarioHistory }
}
const planner =
  (said: Answer, fromMs: number, toMs: number): Story['answer'] =>
  (agent, atMs) =>
    agent === 'mainpc/Planner' && atMs >= fromMs && atMs < toMs ? said : undefined

describe('scopes', () => {
  test('what happens before the fault is of the fleet, what happens after it of the bystanders', () => {
    const outcomes = (story: Partial<Story>) => {
      const { history, scenario } = read(story)
      return [fleetUptime(history, scenario).outcome, bystanderUptime(history, scenario).outcome]
    }
    expect(outcomes({})).toEqual(['pass', 'pass'])
    expect(outcomes({ answer: planner('timeout', 10_000, 12_000) })).toEqual(['fail', 'pass'])
    expect(outcomes({ answer: planner('timeout', 90_000, 92_000) })).toEqual(['pass', 'fail'])
  })

  test('one that was watched to its end is judged by what it was, one that was cut short by what it was to be', () => {
    const planned = (events: Event[]) =>
      events.map((event) => (event.kind === 'scenario' ? { ...event, planned: { steadyMs: 36_000_000, disturbedMs: 36_000_000 } } : event))
    const outcomes = (story: Partial<Story>, change: (events: Event[]) => Event[]) => {
      const { history, scenario } = read(story, (events) => change(planned(events)))
      return [fleetUptime(history, scenario).outcome, bystanderUptime(history, scenario).outcome]
    }
    const down: Story['answer'] = (agent, atMs) =>
      planner('timeout', 10_000, 12_000)(agent, atMs) ?? planner('timeout', 82_000, 84_000)(agent, atMs)
    const without =
      (...names: readonly string[]) =>
      (events: Event[]) =>
        events.filter((event) => !(event.kind === 'phase' && names.includes(event.name)))
    const abort = (events: Event[]) => [
      ...events,
      { kind: 'abort', seq: 0, atMs: steadyAtMs + 95_000, condition: 'stop', seen: 'x', causeMs: 0 } as unknown as Event,
    ]
    expect(outcomes({ answer: down }, (events) => events)).toEqual(['fail', 'fail'])
    expect(outcomes({ answer: down }, without('fault', 'recovery'))).toEqual(['unknown', 'fail'])
    expect(outcomes({ answer: down }, without('recovery'))).toEqual(['fail', 'fail'])
    expect(outcomes({ answer: down }, without('fault'))).toEqual(['fail', 'fail'])
    expect(outcomes({ answer: down }, without('final'))).toEqual(['fail', 'unknown'])
    expect(outcomes({ answer: down }, abort)).toEqual(['fail', 'unknown'])
  })

  test('a probe that was still open when the fault came is not of the steady phase', () => {
    const { history, scenario } = read({
      answer: (agent, atMs) => (agent === 'pc2/Speech' && atMs > 79_100 && atMs < 80_400 ? 'timeout' : undefined),
    })
    expect(fleetUptime(history, scenario).outcome).toBe('pass')
    expect(bystanderUptime(history, scenario).outcome).toBe('pass')
  })
})

describe('services', () => {
  const service = (id: string) => ({ id, machine: 'pc2', probe: 'nats' }) as const
  const bus = service('nats-pc2')
  const steady = (story: Partial<Story>) => {
    const { history, scenario } = read(story)
    return fleetUptime(history, scenario)
  }
  const busDown: Story['answer'] = (who, atMs) => (who === bus.id && atMs > 10_000 && atMs < 12_000 ? 'timeout' : undefined)

  test('are judged beside the agents, be it one or as many as those, and be they ever so few', () => {
    expect(steady({ services: [bus] }).outcome).toBe('pass')
    expect(steady({ services: ['a', 'b', 'c', 'd'].map(service) }).outcome).toBe('pass')
    for (const services of [[bus], [bus, service('nats-mainpc')]])
      expect(steady({ services, answer: busDown })).toMatchObject({
        outcome: 'fail',
        because: expect.stringMatching(
          new RegExp(`^fleet in steady, beside the agents: ${services.length} services?, .* the largest: nats-pc2 for 2\\.0 s`),
        ),
      })
  })
  test('need not be there: one agent is a fleet', () => {
    const answer = planner('timeout', 10_000, 40_000)
    expect(steady({ agents: ['mainpc/Planner'], stopped: ['mainpc/Planner'], answer })).toMatchObject({ outcome: 'fail' })
  })
  test('are no part of what is said of the agents in the long run, which without an observer is nothing', () => {
    const membersOf = (change?: (events: Event[]) => Event[]) => {
      const { history, scenario } = read({ services: [bus, service('nats-mainpc')] }, change)
      return tallies(history, scenario).map(({ members }) => members)
    }
    expect(membersOf()).toEqual([4, 3])
    expect(membersOf((events) => events.filter(({ kind }) => kind !== 'observer'))).toEqual([])
  })
  test('that a fault changes without silencing them are held to the promise meanwhile, and called what they are', () => {
    const changing =
      (...radius: readonly string[]) =>
      (events: Event[]): Event[] =>
        events.map((event) => (event.kind === 'plan' ? { ...event, radius, silences: [] } : event))
    const meanwhile = (answer: Story['answer'], ...radius: readonly string[]) => {
      const { history, scenario } = read({ services: [bus], wakesAfterMs: -goodStory.holdMs, answer }, changing(...radius))
      return bystanderUptime(history, scenario)
    }
    const down =
      (id: string): Story['answer'] =>
      (who, atMs) =>
        who === id && atMs > 83_000 && atMs < 86_000 ? 'timeout' : undefined
    expect(meanwhile(() => undefined, 'pc2/Speech').outcome).toBe('pass')
    expect(meanwhile(down('pc2/Speech'), 'pc2/Speech')).toMatchObject({
      outcome: 'fail',
      because: expect.stringMatching(/^changed by process-stop, and not silenced: 1 agent, /),
    })
    expect(meanwhile(down('pc2/Speech'), 'pc2/Speech', bus.id)).toMatchObject({
      outcome: 'fail',
      because: expect.stringMatching(/^changed by process-stop, and not silenced: 2 targets, /),
    })
  })
})

test('of two faults that change some without silencing them, each answers for its own', () => {
  const two = (events: Event[]): Event[] =>
    events.flatMap((event) => {
      if (event.kind !== 'plan') return 'lease' in event ? [event, { ...event, lease: 'lease-2' } as Event] : [event]
      const changing = (id: string) => ({ ...event, targets: [id], radius: [id], silences: [] })
      return [changing('pc2/Vision'), { ...changing('pc2/Speech'), fault: 'config-change', lease: 'lease-2' }]
    })
  const answer: Story['answer'] = (who, atMs) => (who === 'pc2/Speech' && atMs > 83_000 && atMs < 86_000 ? 'timeout' : undefined)
  const { history, scenario } = read({ wakesAfterMs: -goodStory.holdMs, answer }, two)
  expect(bystanderUptime(history, scenario)).toMatchObject({
    outcome: 'fail',
    because: expect.stringMatching(/^changed by config-change, and not silenced: 1 agent, /),
  })
})

test('stands on the phases, by which the time is divided', () => {
  const { history, scenario } = read()
  const finding = fleetUptime(history, scenario)
  const standsOn: readonly number[] = finding.outcome === 'unknown' ? [] : finding.standsOn
  expect(scenario.phases.map(({ seq }) => seq).filter((seq) => !standsOn.includes(seq))).toEqual([])
})
