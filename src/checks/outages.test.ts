import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import type { Answer, Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { claimA, type Tally, tally } from './outages.ts'
import { maskOf, type Span, type Terms, termsOf } from './scope.ts'
import { bystanderUptime, fleetUptime } from './uptime.ts'

function read(story: Partial<Story> = {}, change: (events: Event[]) => Event[] = (events) => events) {
  const events = change(eventsOf({ ...goodStory, ...story })).sort((a, b) => a.atMs - b.atMs)
  const history = historyFrom(journalOf(renumbered(events)))
  const scenario = history.scenarios[0] as ScenarioHistory
  return { history, scenario, terms: termsOf(history, scenario) as Terms }
}

const span: Span = { fromMs: steadyAtMs, toMs: steadyAtMs + 60_000 }
const counted = ({ history, terms }: { history: History; terms: Terms }, of = span) =>
  tally(
    history,
    terms,
    [of],
    maskOf(history, () => true),
  )
const planner =
  (said: Answer, fromMs: number, toMs: number): Story['answer'] =>
  (agent, atMs) =>
    agent === 'mainpc/Planner' && atMs >= fromMs && atMs < toMs ? said : undefined

describe('outages', () => {
  test('a quiet minute has every slot and no outage', () => {
    expect(counted(read())).toMatchObject({ agents: 4, known: 2_400, failed: 0, unknown: 0, outages: [] })
  })

  test('one is measured within an interval of its length, and its bounds hold it', () => {
    for (const lengthMs of [250, 1_000, 3_333, 30_000]) {
      const { outages } = counted(read({ answer: planner('unreachable', 10_000, 10_000 + lengthMs) }))
      expect(outages).toHaveLength(1)
      const [{ agent, fails, firstFailMs, lastFailMs, prevOkMs, nextOkMs }] = outages as [Tally['outages'][number]]
      expect(agent).toBe('mainpc/Planner')
      expect(Math.abs(fails * 100 - lengthMs)).toBeLessThanOrEqual(100)
      expect(lastFailMs - firstFailMs).toBeLessThanOrEqual(lengthMs)
      expect((nextOkMs as number) - (prevOkMs as number)).toBeGreaterThanOrEqual(lengthMs)
    }
  })

  test('unknown slots inside one make it neither two nor longer', () => {
    const answer: Story['answer'] = (agent, atMs) =>
      planner('timeout', 10_000, 12_000)(agent, atMs) && (atMs < 11_000 || atMs >= 11_500 ? 'timeout' : 'unsent')
    const { outages, failed, unknown } = counted(read({ answer }))
    expect({ outages: outages.length, fails: outages[0]?.fails, failed, unknown }).toEqual({
      outages: 1,
      fails: 15,
      failed: 15,
      unknown: 5,
    })
  })

  test('at the edges of a window they have no bound on that side', () => {
    const { outages } = counted(read({ answer: planner('timeout', -5_000, 2_000) }))
    expect(outages).toMatchObject([{ prevOkMs: null, nextOkMs: expect.any(Number) }])
  })

  test('slots that are missing from the journal are unknown', () => {
    const gap = (events: Event[]) => events.filter((event) => !(event.kind === 'samples' && event.baseMs === steadyAtMs + 5_000))
    const { known, unknown } = counted(read({}, gap))
    expect(known + unknown).toBe(2_400)
    expect(unknown).toBeGreaterThanOrEqual(40)
  })
})

describe('who can be believed', () => {
  const lagged = (cause: 'event-loop' | 'clock', fromMs: number, toMs: number) => (events: Event[]) => [
    ...events,
    { kind: 'lag', seq: 0, atMs: toMs + 10, fromMs, toMs, cause } as Event,
  ]
  const fromMs = steadyAtMs + 10_000

  test('a sentinel that does not answer makes everyone unknown until it does', () => {
    const { unknown, known } = counted(read({ sentinel: (atMs) => (atMs >= 10_000 && atMs < 11_000 ? 'timeout' : undefined) }))
    expect(unknown).toBeGreaterThanOrEqual(40)
    expect(unknown).toBeLessThanOrEqual(52)
    expect(known + unknown).toBe(2_400)
  })

  test('a sentinel that was not asked once says nothing about the others; not asked for long, it does', () => {
    const unsent =
      (ms: number): Story['sentinel'] =>
      (atMs) =>
        atMs >= 10_000 && atMs < 10_000 + ms ? 'unsent' : undefined
    expect(counted(read({ sentinel: unsent(200) })).unknown).toBe(0)
    expect(counted(read({ sentinel: unsent(2_000) })).unknown).toBeGreaterThanOrEqual(80)
  })

  test('a short nap in which everything was still sent in time costs nothing', () => {
    expect(counted(read({}, lagged('event-loop', fromMs, fromMs + 50))).unknown).toBe(0)
  })

  test('a failure that may only have lain unread is unknown', () => {
    const story = { answer: planner('timeout', 9_500, 9_700) }
    expect(counted(read(story)).failed).toBe(2)
    expect(counted(read(story, lagged('event-loop', fromMs, fromMs + 50)))).toMatchObject({ failed: 0, unknown: 2 })
  })

  test('around a jump of the clock nothing counts', () => {
    const { unknown } = counted(read({}, lagged('clock', fromMs, fromMs + 100)))
    expect(unknown).toBeGreaterThanOrEqual(43)
  })
})

describe('claim A', () => {
  const terms = { intervalMs: 100, timeoutMs: 1_000, latenessMs: 50, seq: 9 as Terms['seq'] }
  const tallied = (known: number, outages: readonly number[], unknown = 0): Tally => ({
    agents: 4,
    spans: [span],
    known,
    failed: outages.reduce((sum, fails) => sum + fails, 0),
    unknown,
    outages: outages.map((fails, i) => ({
      agent: 'a',
      firstFailMs: i,
      lastFailMs: i,
      fails,
      prevOkMs: null,
      nextOkMs: null,
      batch: 20 + i,
    })),
    batches: [10, 30],
  })
  const claim = (...args: Parameters<typeof tallied>) => claimA('fleet', tallied(...args), terms, 0.999, [4])

  // E = 1,000 agent-seconds: a budget of 1 s; one outage of n slots is 0.1 n ± 1.96 · 0.1 · √(1/6) = 0.080 s.
  test.each([
    ['no outage', [10_000, []], 'pass'],
    ['0.9 s and its error', [10_000, [9]], 'pass'],
    ['1 s, too close to call', [10_000, [10]], 'unknown'],
    ['1.1 s less its error', [10_000, [11]], 'fail'],
    ['nine of 0.1 s have three times the error', [10_000, [1, 1, 1, 1, 1, 1, 1, 1, 1]], 'unknown'],
    ['as few slots as may be', [2_996, []], 'pass'],
    ['one fewer', [2_995, []], 'unknown'],
    ['few slots, and more down than the least window allows', [100, [20]], 'fail'],
    ['few slots, and no more than that', [100, [3]], 'unknown'],
    ['0.1 % unknown', [9_990, [], 10], 'unknown'],
    ['0.09 % unknown, and nothing else', [9_991, [], 9], 'pass'],
    ['unknown slots are counted against the budget', [9_991, [3], 9], 'unknown'],
    ['no slot', [0, []], 'unknown'],
  ] as const)('%s', (_, [known, outages, unknown], outcome) => {
    expect(claim(known, outages, unknown).outcome).toBe(outcome)
  })

  test('says how many more seconds it would need', () => {
    expect(claim(2_596, [])).toMatchObject({ wouldHelp: '10.0 s more at this rate' })
  })

  test('a tighter promise needs more slots', () => {
    const finding = claimA('fleet', tallied(10_000, []), terms, 0.9999, [4])
    expect(finding).toMatchObject({ outcome: 'unknown', because: expect.stringContaining('29958') })
  })

  test('a fleet of nobody, and a promise of always, are unknown', () => {
    expect(claimA('fleet', { ...tallied(10_000, []), agents: 0 }, terms, 0.999, [4]).outcome).toBe('unknown')
    expect(claimA('fleet', tallied(10_000, []), terms, 1, [4]).outcome).toBe('unknown')
  })

  test('names the largest outage, and the events it stands on', () => {
    expect(claim(10_000, [11, 30])).toMatchObject({
      because: expect.stringContaining('the largest: a for 3.0 s'),
      standsOn: [4, 9, 10, 20, 21, 30],
      measure: { value: 0.9959, limit: 0.999 },
    })
  })
})

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

  test('a probe that was still open when the fault came is not of the steady phase', () => {
    const { history, scenario } = read({
      answer: (agent, atMs) => (agent === 'pc2/Speech' && atMs > 79_100 && atMs < 80_400 ? 'timeout' : undefined),
    })
    expect(fleetUptime(history, scenario).outcome).toBe('pass')
    expect(bystanderUptime(history, scenario).outcome).toBe('pass')
  })
})
