import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import { byHandTerms, historyBy } from '../../fixtures/histories/by-hand.ts'
import { type Answer, answers, type Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { watchedIn } from '../journal/watched.ts'
import { askedIn, type Outage, outageGroups, slotsAfter, type Tally, tally } from './outages.ts'
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

describe('slot by slot', () => {
  const [a, b] = ['pc/A', 'pc/B'] // b is asked a millisecond behind a
  const seen = (said: Readonly<Record<string, Readonly<Record<number, Answer | undefined>>>>) =>
    historyBy({ agents: [a, b], untilMs: 10_000, answer: (id, atMs) => (atMs in (said[id] ?? {}) ? said[id]?.[atMs] : 'ok') })
  const [whole] = [{ fromMs: 0, toMs: 5_000 }]
  const of = (said: Parameters<typeof seen>[0], asked: ReadonlyMap<string, readonly Span[]> = askedIn([a, b], [whole])) =>
    tally(seen(said), byHandTerms, asked)

  test('each is counted once, and what is unknown is known of whom', () => {
    const counted = of({ [a]: { 1000: 'timeout', 1500: 'unsent' }, [b]: { 500: undefined, 1000: undefined } })
    expect(counted).toMatchObject({ members: 2, known: 17, failed: 1, unknown: 3, misplaced: 2, batches: [1_000, 1_004] })
    expect(counted.unknownOf).toEqual(
      new Map([
        [a, 1],
        [b, 2],
      ]),
    )
    expect(of({}).unknownOf).toEqual(new Map())
    expect(of({ [b]: { 1500: 'unsent' } }).unknownOf).toEqual(new Map([[b, 1]]))
  })
  test('an outage is longer at worst, by the unknown slots beside it', () => {
    const { outages, atWorst } = of({ [a]: { 1000: 'timeout', 1500: 'unsent', 2000: 'timeout' } })
    const one = { agent: a, firstFailMs: 1_000, lastFailMs: 2_000, prevOkMs: 500, nextOkMs: 2_500, batch: 1_001 }
    expect(outages).toEqual([{ ...one, fails: 2 }])
    expect(atWorst).toEqual([{ ...one, fails: 3 }])
  })
  test('slots are missing at the begin, at the end, and where there is none', () => {
    const missing = (at: readonly number[], span = whole) =>
      of({ [a]: Object.fromEntries(at.map((atMs) => [atMs, undefined])) }, askedIn([a], [span])).misplaced
    const all = Array.from({ length: 20 }, (_, slot) => slot * 500)
    expect([missing([]), missing([0]), missing([0, 500]), missing([4_500]), missing([4_000, 4_500])]).toEqual([0, 1, 2, 1, 2])
    expect([missing(all), missing(all, { fromMs: 0, toMs: 5_499 }), missing(all, { fromMs: 0, toMs: 5_500 })]).toEqual([10, 10, 11])
    expect(missing(all, { fromMs: 700, toMs: 1_700 })).toBe(2)
    expect([slotsAfter(4_000, 5_000, byHandTerms), slotsAfter(4_000, 5_001, byHandTerms), slotsAfter(4_000, 3_000, byHandTerms)]).toEqual([
      1, 2, 0,
    ])
  })
  test('of each span the first instant belongs to it, and the last one to what follows', () => {
    const asked = (...spans: readonly (readonly [number, number])[]) => new Map([[a, spans.map(([fromMs, toMs]) => ({ fromMs, toMs }))]])
    const down = { [a]: { 1000: 'timeout', 1500: 'timeout', 2000: 'timeout' } } as const
    expect(of(down, asked([500, 1_500])).failed).toBe(1)
    expect(of(down, asked([1_000, 1_001])).failed).toBe(1)
    expect(of(down, asked([1_001, 1_500])).failed).toBe(0)
    const two = of(down, asked([500, 1_500], [1_500, 3_000]))
    expect(two.outages).toMatchObject([
      { fails: 1, prevOkMs: 500, nextOkMs: null },
      { fails: 2, prevOkMs: null, nextOkMs: 2_500 },
    ])
    expect(two).toMatchObject({ known: 5, misplaced: 0 })
  })
  test('spans without a slot between others are missed whole, and each agent has spans of its own', () => {
    const gone = Object.fromEntries([2_000, 2_500, 3_000, 3_500].map((atMs) => [atMs, undefined]))
    const spans = [0, 2_000, 3_000, 4_000].map((fromMs) => ({ fromMs, toMs: fromMs + 1_000 }))
    expect(of({ [a]: gone }, askedIn([a], spans))).toMatchObject({ known: 4, unknown: 4, misplaced: 4 })
    const both = new Map([
      [a, [{ fromMs: 0, toMs: 1_000 }]],
      [b, [{ fromMs: 0, toMs: 5_000 }]],
    ])
    expect(of({ [a]: { 2000: 'timeout' } }, both)).toMatchObject({ members: 2, known: 12, failed: 0, unknown: 0 })
  })
  test('what lies too close to the slot before is of no other one', () => {
    const { samples, ...rest } = seen({})
    const times = [0, 240, 480, 500]
    const own = {
      length: times.length,
      doubled: 0,
      scheduledMs: Float64Array.from([...times, 1]).sort(),
      target: Uint16Array.from([0, 2, 0, 0, 0]),
      answer: Uint8Array.from([0, 0, 0, 0, 0].fill(answers.indexOf('ok'))),
      batch: samples.batch.slice(0, 5),
    }
    const counted = tally({ ...rest, samples: { ...own, length: 5 } } as History, byHandTerms, askedIn([a], [{ fromMs: 0, toMs: 600 }]))
    expect(counted.misplaced).toBe(2)
  })
})

describe('outages that go together', () => {
  const outage = (agent: string, firstFailMs: number, lastFailMs: number) => ({ agent, firstFailMs, lastFailMs }) as Outage
  const sizes = (outages: readonly Outage[], relapseMs = 0) => outageGroups(outages, 100, relapseMs).map(({ length }) => length)

  test('overlap, with an interval at each end, in whatever order they are given', () => {
    expect(sizes([outage('a', 1_000, 2_000), outage('b', 2_200, 3_000)])).toEqual([2])
    expect(sizes([outage('b', 2_201, 3_000), outage('a', 1_000, 2_000)])).toEqual([1, 1])
    expect(sizes([outage('a', 1_000, 5_000), outage('b', 1_500, 2_000), outage('c', 5_100, 5_200)])).toEqual([3])
    expect(sizes([outage('c', 9_000, 9_100), outage('a', 1_000, 1_100), outage('b', 1_100, 1_200)])).toEqual([2, 1])
  })
  test('or are of one agent that fails again before it has recovered', () => {
    const again = [outage('a', 1_000, 2_000), outage('b', 4_000, 4_100), outage('a', 7_000, 7_100)]
    expect([sizes(again, 5_000), sizes(again, 4_999)]).toEqual([
      [2, 1],
      [1, 1, 1],
    ])
    const chain = [...again, outage('b', 7_200, 7_300)]
    expect(sizes(chain, 5_000)).toEqual([4])
  })
})
