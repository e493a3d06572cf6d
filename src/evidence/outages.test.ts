import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import type { Answer, Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { watchedIn } from '../journal/watched.ts'
import { askedIn, type Tally, tally } from './outages.ts'
import { type Span, type Terms, termsOf } from './scope.ts'

function read(story: Partial<Story> = {}, change: (events: Event[]) => Event[] = (events) => events) {
  const events = change(eventsOf({ ...goodStory, ...story })).sort((a, b) => a.atMs - b.atMs)
  const history = historyFrom(journalOf(renumbered(events)))
  const scenario = history.scenarios[0] as ScenarioHistory
  return { history, scenario, terms: termsOf(history, scenario) as Terms }
}

const span: Span = { fromMs: steadyAtMs, toMs: steadyAtMs + 60_000 }
const counted = ({ history, terms }: { history: History; terms: Terms }, of = span) =>
  tally(history, terms, askedIn(watchedIn(history.topology), [of]))
const planner =
  (said: Answer, fromMs: number, toMs: number): Story['answer'] =>
  (agent, atMs) =>
    agent === 'mainpc/Planner' && atMs >= fromMs && atMs < toMs ? said : undefined

describe('outages', () => {
  test('a quiet minute has every slot and no outage', () => {
    expect(counted(read())).toMatchObject({ members: 4, known: 2_400, failed: 0, unknown: 0, outages: [] })
  })

  test('each slot that is there twice makes one unknown, and none makes up for one that is missing', () => {
    const more = (count: number) => (events: Event[]) => {
      const [batch] = events.filter((event) => event.kind === 'samples' && event.baseMs === steadyAtMs + 10_000) as Event<'samples'>[]
      const scheduled = Array.from({ length: count }, (_, place) => 0.5 + place)
      const of = (code: number) => scheduled.map(() => code)
      return [...events, { ...(batch as Event<'samples'>), scheduled, targets: of(1), answers: of(0), latency: of(2) }]
    }
    expect([0, 1, 2, 3].map((count) => counted(read({}, more(count))).unknown)).toEqual([0, 1, 2, 3])
    const lost = (events: Event[]) => events.filter((event) => !(event.kind === 'samples' && event.baseMs === steadyAtMs + 20_000))
    expect(counted(read({}, (events) => more(40)(lost(events)))).unknown).toBeGreaterThanOrEqual(80)
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

  test('one failed slot is one, and stands where it was told', () => {
    const { outages, failed, batches } = counted(read({ answer: planner('timeout', 10_000, 10_100) }))
    expect({ failed, fails: outages.map(({ fails }) => fails) }).toEqual({ failed: 1, fails: [1] })
    const [{ firstFailMs, lastFailMs, batch }] = outages as [Tally['outages'][number]]
    expect(lastFailMs).toBe(firstFailMs)
    expect(batch).toBeGreaterThan(batches[0] as number)
    expect(batch).toBeLessThan(batches[1] as number)
  })

  test('two failed slots with a good one between them are two outages', () => {
    const answer: Story['answer'] = (agent, atMs) =>
      planner('timeout', 10_000, 10_100)(agent, atMs) ?? planner('timeout', 10_200, 10_300)(agent, atMs)
    expect(counted(read({ answer })).outages.map(({ fails, nextOkMs }) => [fails, nextOkMs !== null])).toEqual([
      [1, true],
      [1, true],
    ])
  })

  test('whoever is not asked about does not hide an outage that goes on to the end of the window', () => {
    const { history, terms } = read({ answer: planner('timeout', 50_000, 70_000) })
    const asked = askedIn(['mainpc/Planner'], [span]) // the second of them
    expect(tally(history, terms, asked)).toMatchObject({ members: 1, failed: 100, outages: [{ fails: 100, nextOkMs: null }] })
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
