import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import type { Answer, Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { added, claimA, type Tally, tally } from './outages.ts'
import { maskOf, type Span, type Terms, termsOf } from './scope.ts'

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

  test('one slot more than fits may be there, and each further one makes one unknown', () => {
    const more = (count: number) => (events: Event[]) => {
      const [batch] = events.filter((event) => event.kind === 'samples' && event.baseMs === steadyAtMs + 10_000) as Event<'samples'>[]
      const scheduled = Array.from({ length: count }, (_, place) => 0.5 + place)
      const of = (code: number) => scheduled.map(() => code)
      return [...events, { ...(batch as Event<'samples'>), scheduled, targets: of(1), answers: of(0), latency: of(2) }]
    }
    expect([0, 1, 2, 3].map((count) => counted(read({}, more(count))).unknown)).toEqual([0, 0, 1, 2])
  })

  test('two tallies that have no slot in common are one of both', () => {
    const one = { firstFailMs: 1, lastFailMs: 1, prevOkMs: 0, nextOkMs: 2, fails: 1, agent: 'a', batch: 3 }
    const of = (known: number, failed: number, unknown: number, batches: readonly number[]): Tally => {
      return { agents: known, spans: [span], known, failed, unknown, outages: Array(failed).fill(one), batches }
    }
    expect(added(of(7, 1, 2, [3, 9]), of(5, 2, 1, [2, 5]))).toEqual({ ...of(12, 3, 3, [2, 9]), agents: 7 })
    expect(added(of(7, 0, 0, []), of(5, 0, 0, [])).batches).toEqual([])
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
    const mask = maskOf(history, (agent) => agent === 'mainpc/Planner') // the second of them
    expect(tally(history, terms, [span], mask)).toMatchObject({ agents: 1, failed: 100, outages: [{ fails: 100, nextOkMs: null }] })
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
  const measureOf = (finding: ReturnType<typeof claimA>) => (finding as Exclude<typeof finding, { outcome: 'unknown' }>).measure
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
    ['and might all have been good, so that the budget were larger', [9_000, [10], 1_000], 'unknown'],
    ['no slot', [0, []], 'unknown'],
  ] as const)('%s', (_, [known, outages, unknown], outcome) => {
    expect(claim(known, outages, unknown).outcome).toBe(outcome)
  })

  test('says how many more seconds it would need', () => {
    expect(claim(2_596, [])).toMatchObject({ wouldHelp: '10.0 s more at this rate' })
    // 1 s and its error of 0.080 s are 0.1 % of 1,080 agent-seconds; 1,000 were watched, and there are four agents.
    expect(claim(10_000, [10])).toMatchObject({ wouldHelp: '20.0 s more without an outage, or faster probing' })
  })

  test('that much more, and no less, does show it', () => {
    expect(claim(10_800, [10]).outcome).toBe('unknown')
    expect(claim(10_801, [10]).outcome).toBe('pass')
  })

  test('of a window that was cut short fails only what the whole of it would not make up for', () => {
    const cut = (fails: number, plannedMs: number) => claimA('fleet', tallied(10_000, [fails]), terms, 0.999, [4], plannedMs).outcome
    // 1.5 s less the error of 0.080 s are the budget of 1,420 agent-seconds: 355 s of four agents.
    expect([cut(15, 0), cut(15, 250_000), cut(15, 354_900), cut(15, 355_100)]).toEqual(['fail', 'fail', 'fail', 'unknown'])
    expect(cut(3, 1_000_000)).toBe('pass')
  })

  test('a tighter promise needs more slots', () => {
    const finding = claimA('fleet', tallied(10_000, []), terms, 0.9999, [4])
    expect(finding).toMatchObject({ outcome: 'unknown', because: expect.stringContaining('29958') })
  })

  test('as many unknown slots as may be are one in a thousand of all', () => {
    const lax = (known: number, unknown: number) => claimA('fleet', tallied(known, [], unknown), terms, 0.99, [4])
    expect([lax(9_990, 10).outcome, lax(9_989, 11).outcome]).toEqual(['pass', 'unknown'])
    const said = (unknown: number) => lax(9_990, unknown).because.includes('more are unknown')
    expect([said(0), said(1)]).toEqual([false, true])
  })

  test('the interval holds what was seen, what may be wrong about it, and below, what nobody knows', () => {
    const { interval, value } = measureOf(claim(10_000, [12, 5, 3], 4))
    const error = (outages: number) => (1.96 * 0.1 * outages) / Math.sqrt(6)
    const near = (one: number | undefined, other: number) => expect(Math.abs((one as number) - other)).toBeLessThan(6e-7)
    near(value, 1 - 2 / 1_000)
    near(interval?.[1], 1 - (2 - error(3)) / 1_000)
    near(interval?.[0], 1 - (2 + error(3) + 0.4) / 1_000.4)
    expect(measureOf(claim(10_000, [])).interval).toEqual([1, 1])
    expect(measureOf(claim(4, [4])).interval).toEqual([0, expect.any(Number)])
  })

  test('a fleet of nobody, and a promise of always, are unknown', () => {
    expect(claimA('fleet', { ...tallied(10_000, []), agents: 0 }, terms, 0.999, [4]).outcome).toBe('unknown')
    expect(claimA('fleet', tallied(10_000, []), terms, 1, [4])).toMatchObject({
      outcome: 'unknown',
      wouldHelp: 'a promise that allows for something',
    })
  })

  test('one more failed slot never makes it better, wherever it falls', () => {
    const rank = { fail: 0, unknown: 1, pass: 2 } as const
    const slots = 12
    const outagesOf = (down: ReadonlySet<number>) =>
      [...down]
        .sort((a, b) => a - b)
        .filter((slot) => slot % slots === 0 || !down.has(slot - 1))
        .map((slot) => {
          const length = Array.from({ length: slots - (slot % slots) }, (_, after) => down.has(slot + after)).indexOf(false)
          const fails = length === -1 ? slots - (slot % slots) : length
          const firstFailMs = (slot % slots) * 100
          const agent = `a${Math.floor(slot / slots)}`
          return { agent, firstFailMs, lastFailMs: firstFailMs + (fails - 1) * 100, fails, prevOkMs: null, nextOkMs: null, batch: 20 }
        })
    const outcome = (down: ReadonlySet<number>, uptime: number) =>
      claimA('fleet', { ...tallied(4_000, []), failed: down.size, outages: outagesOf(down) }, terms, uptime, [4]).outcome
    const place = fc.nat(8 * slots - 1)
    fc.assert(
      fc.property(fc.uniqueArray(place, { maxLength: 60 }), place, fc.constantFrom(0.999, 0.998, 0.996, 0.993), (some, more, uptime) => {
        const [before, after] = [new Set(some), new Set([...some, more])]
        expect(rank[outcome(after, uptime)]).toBeLessThanOrEqual(rank[outcome(before, uptime)])
      }),
      { seed: 4, numRuns: 3_000 },
    )
  })

  test('errors of outages that overlap add up, those of others partly cancel', () => {
    const three = (agents: string, apartMs: number) =>
      [...agents].map((agent, place) => ({
        ...tallied(0, [2]).outages[0],
        agent,
        firstFailMs: apartMs * place,
        lastFailMs: apartMs * place,
      }))
    const interval = (agents: string, apartMs: number) => {
      const outages = three(agents, apartMs) as Tally['outages']
      const finding = claimA('fleet', { ...tallied(10_000, []), failed: 6, outages }, terms, 0.999, [4])
      return 'measure' in finding ? finding.measure.interval?.[0] : undefined
    }
    const error = (outages: number) => Math.round((1 - (0.6 + (1.96 * 0.1 * outages) / Math.sqrt(6)) / 1_000) * 1e6) / 1e6
    expect(interval('abc', 5_000)).toBe(error(Math.sqrt(3)))
    expect(interval('abc', 100)).toBe(error(3))
    expect(interval('aba', 5_000)).toBe(error(Math.sqrt(5)))
  })

  test('names the largest outage, and the events it stands on', () => {
    expect(claim(10_000, [11, 30])).toMatchObject({
      because: expect.stringContaining('the largest: a for 3.0 s'),
      standsOn: [4, 9, 10, 20, 21, 30],
      measure: { value: 0.9959, limit: 0.999 },
    })
  })
})
