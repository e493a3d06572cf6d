/** Whose terms and phases count, where there are several. */
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, picked, renumbered, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import type { Event, Seq } from '../journal/event.ts'
import type { Phase, ScenarioHistory } from '../journal/history.ts'
import {
  aftermath,
  disturbedFromMs,
  eachSlot,
  firstAt,
  many,
  maskNaming,
  maskOf,
  phasesOf,
  radiusOf,
  readAfter,
  readBefore,
  seconds,
  steadySpans,
  type Terms,
  termsOf,
  wordsFor,
} from './scope.ts'

const quick = { ...goodStory, intervalMs: 500, steadyMs: 10_000, recoveryMs: 10_000 }
const read = (change: (events: readonly Event[]) => readonly Event[]) => historyFrom(journalOf(renumbered(change(eventsOf(quick)))))

/** The story, and the same once more behind it, changed. */
function twice(change: (event: Event) => Partial<Event>) {
  return read((events) => {
    const first = events.filter(({ kind }) => kind !== 'end' && kind !== 'leftovers')
    const lateMs = (first.at(-1)?.atMs ?? 0) + 1_000
    const again = first
      .filter(({ kind }) => !['run', 'topology', 'config-findings', 'samples'].includes(kind))
      .map((event) => ({ ...event, ...change(event), atMs: event.atMs + lateMs }) as Event)
    return [...first, ...again]
  })
}

test('a scenario is judged by the observer that watched it: its own, or the one that was there before', () => {
  const renewed = twice((event) => (event.kind === 'observer' ? { intervalMs: 250 } : {}))
  expect(renewed.scenarios.map((scenario) => termsOf(renewed, scenario)?.intervalMs)).toEqual([500, 250])
  const kept = read((events) => {
    const declared = events.find(({ kind }) => kind === 'scenario') as Event
    return [...events.filter(({ kind }) => kind !== 'end'), { ...declared, atMs: 99_000 }]
  })
  expect(kept.scenarios.map((scenario) => termsOf(kept, scenario)?.intervalMs)).toEqual([500, 500])
})

test('of two observers of one scenario the later one is still there in the next', () => {
  const history = read((events) => {
    const declared = events.find(({ kind }) => kind === 'scenario') as Event
    const started = events.find((event) => event.kind === 'observer' && event.state === 'started') as Event<'observer'>
    const second = { ...started, intervalMs: 250, atMs: started.atMs + 1 }
    const whole = events.filter(({ kind }) => kind !== 'end')
    return [...whole, second, { ...declared, atMs: 99_000 } as Event].sort((a, b) => a.atMs - b.atMs)
  })
  expect(history.scenarios.map((scenario) => termsOf(history, scenario)?.intervalMs)).toEqual([250, 250])
})

test('an observer without an interval or a time-out has no terms', () => {
  const terms = (change: { readonly intervalMs?: number; readonly timeoutMs?: number }) => {
    const history = read((events) => events.map((event) => (event.kind === 'observer' ? { ...event, ...change } : event)))
    return termsOf(history, history.scenarios[0] as ScenarioHistory)
  }
  expect([terms({ intervalMs: 0 }), terms({ timeoutMs: 0 })]).toEqual([undefined, undefined])
  expect(terms({ intervalMs: 1, timeoutMs: 1 })).toMatchObject({ intervalMs: 1, timeoutMs: 1 })
})

test('the last phase never counts, nor what was steady when a probe could still be open at the fault', () => {
  const history = read((events) => events)
  const [scenario] = history.scenarios as [ScenarioHistory]
  expect(phasesOf(scenario, 'steady', 'final').map(({ name }) => name)).toEqual(['steady'])
  const terms = termsOf(history, scenario) as Terms
  const applyingMs = scenario.of('lease').find(({ state }) => state === 'applying')?.atMs as number
  expect(steadySpans(scenario, terms)).toEqual([{ fromMs: 20_000, toMs: applyingMs - terms.timeoutMs }])
  const slow = { ...terms, timeoutMs: 10_020 } // it may have been open all the time
  expect(steadySpans(scenario, slow)).toEqual([])
  expect(steadySpans(scenario, { ...terms, timeoutMs: 10_019 })).toEqual([{ fromMs: 20_000, toMs: 20_001 }])
})

test('after a recovery everyone is watched until the last snapshot', () => {
  const history = read((events) => events)
  const [scenario] = history.scenarios as [ScenarioHistory]
  const snapshots = scenario.of('snapshot').filter(({ when }) => when === 'after')
  expect(aftermath(scenario)?.toMs).toBe(snapshots.at(-1)?.atMs)
  const bare = read((events) => events.filter(({ kind }) => kind !== 'snapshot'))
  const [other] = bare.scenarios as [ScenarioHistory]
  expect(aftermath(other)).toMatchObject({ toMs: phasesOf(other, 'recovery')[0]?.toMs })
})

describe('a scenario of these phases and events', () => {
  const scenarioOf = (phases: readonly (readonly [Phase['name'], number])[], events: readonly object[] = []): ScenarioHistory => ({
    declared: {} as Event<'scenario'>,
    phases: phases.map(([name, fromMs], place) => ({ name, fromMs, seq: place as Seq, toMs: phases[place + 1]?.[1] ?? fromMs + 10 })),
    of: (kind) => events.filter((event) => (event as Event).kind === kind) as never,
  })
  const lease = (state: Event<'lease'>['state'], atMs: number) => ({ kind: 'lease', lease: 'l', state, atMs })
  const terms = { intervalMs: 10, timeoutMs: 30, latenessMs: 5, seq: 1 as Seq }

  test('may begin with its steady phase, on a fleet that is already up', () => {
    const kept = scenarioOf([
      ['steady', 0],
      ['fault', 200],
      ['final', 300],
    ])
    expect(phasesOf(kept, 'steady')).toMatchObject([{ fromMs: 0, toMs: 200 }])
  })
  test('is steady until a probe could be open at the first of its faults, and disturbed from there on', () => {
    const two = scenarioOf(
      [
        ['steady', 0],
        ['fault', 200],
        ['recovery', 400],
        ['final', 500],
      ],
      [lease('armed', 50), lease('applying', 100), lease('applied', 110), lease('applying', 300)],
    )
    expect(steadySpans(two, terms)).toEqual([{ fromMs: 0, toMs: 70 }])
    expect(disturbedFromMs(two, terms)).toBe(70)
  })
  test('is disturbed from its fault phase on where nothing was applied', () => {
    const none = scenarioOf([
      ['steady', 0],
      ['fault', 200],
      ['recovery', 400],
      ['final', 500],
    ])
    expect(disturbedFromMs(none, terms)).toBe(200)
    const noFault = [
      ['steady', 0],
      ['recovery', 400],
      ['final', 500],
    ] as const
    expect(disturbedFromMs(scenarioOf(noFault), terms)).toBe(400)
    expect(disturbedFromMs(scenarioOf(noFault.filter(([name]) => name !== 'recovery')), terms)).toBe(Number.POSITIVE_INFINITY)
  })
  test('is over with the last look at it, behind the last of its recoveries', () => {
    const snapshot = (when: 'before' | 'after', atMs: number) => ({ kind: 'snapshot', when, atMs })
    const phases = [
      ['recovery', 100],
      ['steady', 200],
      ['recovery', 300],
      ['final', 400],
    ] as const
    const looks = [snapshot('before', 10), snapshot('after', 410), snapshot('after', 430)]
    expect(aftermath(scenarioOf(phases, looks))).toEqual({ fromMs: 300, toMs: 430 })
    expect(aftermath(scenarioOf(phases, [snapshot('before', 900)]))).toEqual({ fromMs: 300, toMs: 400 })
  })
})

describe('what the observer said is believed', () => {
  const at = (ms: number) => steadyAtMs + ms
  // Four agents at 5, 25, 45 and 65 ms of each tenth of a second, and the sentinel at 85.
  const story = { ...goodStory, steadyMs: 10_000, holdMs: 1_000, recoveryMs: 2_000, stopped: [] }
  const span = (fromMs: number, toMs: number) => ({ fromMs: at(fromMs), toMs: at(toMs) })
  const second = span(5_000, 6_000)

  /** Instants, from the start of steady, of the slots in the span that are unknown. */
  function unknown(
    in_: typeof second,
    changes: Partial<Story> = {},
    kept: (atMs: number) => boolean = () => true,
    lags: readonly object[] = [],
  ) {
    const events = eventsOf({ ...story, ...changes }).map((event) => {
      if (event.kind !== 'samples') return event
      const places = [...event.scheduled.keys()].filter((place) => kept(event.baseMs + (event.scheduled[place] as number) - steadyAtMs))
      return picked(event, places)
    })
    const later = lags.map((lag) => ({ kind: 'lag', seq: 0 as Seq, atMs: at(9_999), ...lag }) as Event)
    const history = historyFrom(journalOf(renumbered([...events, ...later].sort((a, b) => a.atMs - b.atMs))))
    const instants: number[] = []
    const terms = termsOf(history, history.scenarios[0] as ScenarioHistory) as Terms
    eachSlot(
      history,
      terms,
      in_,
      maskOf(history, () => true),
      (slot, _target, atMs) => void (slot === 'unknown' && instants.push(Math.round(atMs - steadyAtMs))),
    )
    return instants
  }
  const sentinel = (answer: 'timeout' | 'unsent', ...instants: readonly number[]): Partial<Story> => ({
    sentinel: (atMs) => (instants.includes(Math.round(atMs)) ? answer : undefined),
  })
  const everyone = (...tenths: readonly number[]) => tenths.flatMap((tenth) => [5, 25, 45, 65].map((ms) => 100 * tenth + ms))
  const run = (from: number, count: number) => Array.from({ length: count }, (_, place) => from + 100 * place)

  test('not between the good answers of the sentinel around one that failed', () => {
    expect(unknown(second)).toEqual([])
    expect(unknown(second, sentinel('timeout', 5_485))).toEqual(everyone(54, 55))
  })
  test('where the sentinel was not asked, unless it also failed, or that went on for long', () => {
    expect(unknown(second, sentinel('unsent', 5_485))).toEqual([])
    const both: Partial<Story> = { sentinel: (atMs) => (({ 5485: 'unsent', 5585: 'timeout' }) as const)[Math.round(atMs)] }
    expect(unknown(second, both)).toEqual(everyone(54, 55, 56))
    const long = span(5_000, 7_000)
    expect(unknown(long, sentinel('unsent', ...run(5_285, 10)))).toEqual([])
    expect(unknown(long, sentinel('unsent', ...run(5_285, 11)))).toHaveLength(48)
  })
  test('by what the sentinel said just before the span, and just after it', () => {
    expect(unknown(second, sentinel('timeout', 4_985))).toEqual(everyone(50))
    expect(unknown(second, sentinel('unsent', 5_985))).toEqual([])
    expect(unknown(span(5_000, 6_080), sentinel('timeout', 6_085, 6_185))).toEqual(everyone(60)) // wherever the span ends
    expect(unknown(second, sentinel('timeout', 5_985))).toEqual(everyone(59))
  })
  test('only after the sentinel was heard, and for one interval after it was heard last', () => {
    expect(unknown(span(5_060, 6_000), {}, (atMs) => atMs >= 5_000)).toEqual([5_065])
    const until = (toMs: number) => unknown(span(5_000, toMs), {}, (atMs) => atMs < toMs)
    expect([until(5_970), until(5_985)]).toEqual([[], []])
    expect(until(5_985.5)).toEqual([]) // the sentinel’s own answer is in it
    expect(unknown(span(5_000, 6_100), {}, (atMs) => atMs < 5_980)).toEqual([]) // and then nothing was asked any more
  })
  test('not while the observer slept, wherever in the span, and in whatever order that is told', () => {
    const nap = (fromMs: number, toMs: number) => ({ cause: 'event-loop', fromMs: at(fromMs), toMs: at(toMs) })
    const early = everyone(51, 52).slice(0, 7) // the last of the nap is as late as a probe may be
    expect(unknown(second, {}, () => true, [nap(5_100, 5_300)])).toEqual(early)
    expect(unknown(second, {}, () => true, [nap(5_500, 5_700)])).toEqual(everyone(55, 56).slice(0, 7))
    expect(unknown(second, {}, () => true, [nap(5_500, 5_700), nap(5_100, 5_300)])).toHaveLength(14)
    expect(unknown(second, sentinel('timeout', 5_785), () => true, [nap(5_100, 5_300)])).toEqual([...early, ...everyone(57, 58)])
  })
  test('nor a failure whose answer may have lain unread while it slept', () => {
    const down: Partial<Story> = { answer: (id, atMs) => (id === 'pc2/Vision' && atMs >= 4_000 && atMs < 6_000 ? 'timeout' : undefined) }
    const nap = { cause: 'event-loop', fromMs: at(6_500), toMs: at(6_520) }
    expect(unknown(second, down, () => true, [nap])).toEqual([5_545, 5_645, 5_745, 5_845, 5_945])
  })
  test('from a probe that could be open when a clock jumped, up to the first that was due after it', () => {
    const jump = { cause: 'clock', fromMs: at(6_105), toMs: at(6_205) }
    expect(unknown(span(5_000, 7_000), {}, () => true, [jump])).toEqual(everyone(...Array.from({ length: 11 }, (_, place) => 51 + place)))
  })
})

test('the radius of a scenario is that of all its faults', () => {
  const history = read((events) =>
    events.flatMap((event): Event[] => (event.kind === 'plan' ? [event, { ...event, lease: 'other', radius: ['pc2/Vision'] }] : [event])),
  )
  expect([...radiusOf(history.scenarios[0] as ScenarioHistory)]).toEqual(['pc2/Speech', 'pc2/Vision'])
})

test('the first sample at an instant or later, of none and of many', () => {
  const at = (...ms: readonly number[]) => Float64Array.from(ms)
  expect([firstAt(at(), 5), firstAt(at(1, 2, 2, 3), 2), firstAt(at(1, 2, 2, 3), 2.5), firstAt(at(1, 2), 9), firstAt(at(1, 2), 0)]).toEqual([
    0, 1, 3, 2, 0,
  ])
})

test('numbers in words are the same everywhere', () => {
  expect([many(0, 'agent'), many(1, 'agent'), many(2, 'agent')]).toEqual(['0 agents', '1 agent', '2 agents'])
  expect([seconds(0), seconds(999), seconds(1_000), seconds(61_250)]).toEqual(['0.00 s', '1.00 s', '1.0 s', '61.3 s'])
})

test('services come behind the agents: named, counted apart, and never among them', () => {
  const services = [{ id: 'nats-pc2', machine: 'pc2', probe: 'nats' }] as const
  const history = historyFrom(journalOf(eventsOf({ ...quick, services })))
  expect([...maskOf(history, () => true)]).toEqual([1, 1, 1, 1])
  expect([...maskOf(history, (id) => id === 'pc2/Vision')]).toEqual([0, 0, 1, 0])
  expect([...maskNaming(history, ['nats-pc2', 'pc2/Vision', 'nobody'])]).toEqual([0, 0, 1, 0, 1])
  expect(wordsFor(history, ['pc2/Vision'])).toBe('1 agent')
  expect(wordsFor(history, ['nats-pc2'])).toBe('1 service')
  expect(wordsFor(history, ['pc2/Vision', 'nats-pc2'])).toBe('1 agent and 1 service')
  expect(wordsFor(history, ['pc2/Vision', 'nats-pc2', 'pc2/Speech'])).toBe('2 agents and 1 service')
  expect(wordsFor(history, [])).toBe('0 agents')
})

test('what is read counts before the first fault, and once the last one was taken back', () => {
  const ended = (events: readonly Event[]) => events.find((event) => event.kind === 'lease' && event.state === 'releasing')?.atMs ?? 0
  const reading = (atMs: number, line: string) =>
    ({ kind: 'snapshot', when: 'after', machine: 'pc2', lines: [line], atMs, seq: 0 as Seq }) satisfies Event<'snapshot'>
  const { scenarios } = read((events) => {
    const endMs = ended(events)
    const second = ['applied', 'releasing', 'released'].map((state, place) => ({
      ...{ kind: 'lease', lease: 'lease-2', state, atMs: endMs + place * 1_000 - 500, seq: 0 },
    }))
    const all = [...events, ...(second as Event[]), reading(endMs + 250, 'between the two ends'), reading(endMs + 600, 'behind both')]
    return all.toSorted((a, b) => a.atMs - b.atMs)
  })
  const [scenario] = scenarios as [ScenarioHistory]
  const lines = (events: readonly Event<'snapshot'>[]) => events.map(({ lines: [first] }) => first)
  expect(lines(readAfter(scenario, 'snapshot')).slice(0, 1)).toEqual(['behind both'])
  expect(readBefore(scenario, 'snapshot').every(({ when }) => when === 'before')).toBe(true)
  expect(readBefore(scenario, 'snapshot')).toHaveLength(3)
  const undisturbed = read((events) => events.filter(({ kind }) => kind !== 'plan' && kind !== 'lease'))
  expect(readAfter(undisturbed.scenarios[0] as ScenarioHistory, 'snapshot')).toHaveLength(6)
})
