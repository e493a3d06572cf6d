/** What must hold of every journal, however it was damaged: nothing that is missing makes a verdict better. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, picked, renumbered, smallStory } from '../../fixtures/histories/build.ts'
import { golden } from '../../fixtures/histories/golden.ts'
import { GauntletError } from '../base/errors.ts'
import { answers, type Event } from '../journal/event.ts'
import type { History } from '../journal/history.ts'
import { renderJson } from '../render/json.ts'
import { judge } from './judge.ts'

type Outcome = ReturnType<typeof judge>['outcome'] | 'refused'

function outcomeOf(journal: string): Outcome {
  try {
    return judge(historyFrom(journal)).outcome
  } catch (error) {
    if (error instanceof GauntletError && error.code === 'usage/run') return 'refused'
    throw error
  }
}

const small = eventsOf(smallStory)
const rank = { 'NO-GO': 0, INCONCLUSIVE: 1, GO: 2 } as const

describe('a small journal that is GO', () => {
  const text = journalOf(small)

  test('is GO, so that the rest of this shows something', () => {
    expect(outcomeOf(text)).toBe('GO')
  })

  test('cut at any byte is never GO, and never breaks the judge', () => {
    const bytes = Buffer.from(text)
    const outcomes = new Set<Outcome>()
    for (let end = 0; end < bytes.length; end++) outcomes.add(outcomeOf(bytes.subarray(0, end).toString('latin1')))
    expect([...outcomes].sort()).toEqual(['INCONCLUSIVE', 'refused'])
  }, 180_000)

  test('without any one event that shows something is not GO', () => {
    // That its undo was armed, and has run, is for those at the fault: its proofs say the same. The last read of a phase is its own start, and the last snapshot
    // stands for itself.
    const shows = (event: Event) =>
      !(event.kind === 'lease' && ['armed', 'undone'].includes(event.state)) && !(event.kind === 'phase' && event.name === 'bring-up')
    const from = small.findIndex((event) => event.kind === 'phase' && event.name === 'steady')
    const to = small.findIndex((event) => event.kind === 'phase' && event.name === 'final')
    const spared = small.flatMap((event, place) => {
      if (!shows(event) || (event.kind === 'samples' && (place < from + 2 || place > to - 8))) return []
      const outcome = outcomeOf(journalOf(renumbered(small.filter((other) => other !== event))))
      return outcome === 'GO' ? [`${event.kind} at ${event.atMs}`] : []
    })
    expect(spared).toEqual([])
  })

  test('with a gap in its numbers is refused', () => {
    for (const event of small.slice(0, -1)) expect(outcomeOf(journalOf(small.filter((other) => other !== event)))).toBe('refused')
  })

  test('with any field of any event taken away or turned into nonsense never breaks the judge, and is GO only where it may be', () => {
    const nonsense = fc.constantFrom<unknown>(undefined, null, -1, 1e300, '', 'x', [], {}, [null], true)
    /** May be missing, or nothing at all; the plan's own words are for whoever reads the journal. */
    const optional = ['run.commit', 'notices.heartbeatMs', 'notices.rules', 'plan.plan']
    const kindOf = (value: unknown) => (Array.isArray(value) ? 'list' : value === null ? 'nothing' : typeof value)
    let spoilt = 0
    fc.assert(
      fc.property(fc.nat(), fc.nat(), nonsense, (which, field, value) => {
        const place = which % small.length
        const event = small[place] as Event
        const keys = Object.keys(event).filter((key) => key !== 'seq')
        const key = keys[field % keys.length] as keyof Event
        const outcome = outcomeOf(journalOf(small.with(place, { ...event, [key]: value } as Event)))
        // Another text, number or list may make sense, as a name or a time does that nothing stands on; what is none cannot.
        const isOfItsKind = kindOf(value) === kindOf(event[key]) && !(Array.isArray(value) && value.length > 0)
        if (isOfItsKind || optional.includes(`${event.kind}.${key}`)) return
        expect([event.kind, key, value, outcome]).toEqual([event.kind, key, value, expect.stringMatching(/^(NO-GO|INCONCLUSIVE|refused)$/)])
        spoilt += 1
      }),
      { seed: 1, numRuns: 500 },
    )
    expect(spoilt).toBeGreaterThan(250)
  })
})

describe('histories that are not GO', () => {
  const bad = golden
    .filter(({ outcome, name }) => outcome !== 'GO' && name !== 'torn')
    .map(({ name, journal }) => ({ name, lines: journal.split('\n').slice(0, -1) }))
  /** By history, what is wrong with it and nothing else tells of: taken away, it has not happened. */
  const causes: Readonly<Record<string, Event['kind']>> = {
    lag: 'lag',
    'lag-that-ends-before-it-begins': 'lag',
    'broken-though-not-required': 'exposition',
    'clock-jump': 'lag',
    'impossible-samples': 'samples',
    'engine-lost': 'trouble',
    'observer-lost': 'observer',
    'one-undo-failed': 'lease',
    'no-more-in-effect-for-a-moment': 'proof',
  }
  const eventsIn = ({ lines }: (typeof bad)[number]) => lines.map((line) => JSON.parse(line) as Event)
  const outcomeWithout = (events: readonly Event[], gone: number) =>
    outcomeOf(journalOf(renumbered(events.filter((_, place) => place !== gone))))

  test('do not become GO when an event is taken away', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (which, one, victim) => {
        const history = bad[which % bad.length] as (typeof bad)[number]
        const events = eventsIn(history)
        const kinds = [...new Set(events.map(({ kind }) => kind))] // each as often as any other, though most are samples
        const kind = kinds[one % kinds.length] as Event['kind']
        fc.pre(causes[history.name] !== kind)
        const places = events.flatMap((event, place) => (event.kind === kind ? [place] : []))
        const outcome = outcomeWithout(events, places[victim % places.length] as number)
        expect([history.name, kind, outcome]).not.toEqual([history.name, kind, 'GO'])
      }),
      { seed: 2, numRuns: 200 },
    )
  }, 180_000)

  test('do not when that is taken away which a run tells once', () => {
    const once = ['config-findings', 'observer', 'lag', 'trouble', 'abort', 'end']
    const better = bad.flatMap((history) => {
      const events = eventsIn(history)
      const places = events.flatMap(({ kind }, place) => (once.includes(kind) && causes[history.name] !== kind ? [place] : []))
      return places.flatMap((place) => (outcomeWithout(events, place) === 'GO' ? [`${history.name} without ${events[place]?.kind}`] : []))
    })
    expect(better).toEqual([])
  }, 180_000)
})

describe('a criterion that is unknown', () => {
  /** What was seen or read; taken away, it can only be known less. What was done, or went wrong, are no evidence of anything good. */
  const seen = ['samples', 'proof', 'registrations', 'exposition', 'freshness', 'pushes', 'accounts', 'sequences', 'notices', 'boot']
  const evidence = [...seen, 'snapshot', 'leftovers', 'topology', 'config-findings', 'end']
  const criteriaOf = (events: readonly Event[]) => {
    try {
      return new Map(judge(historyFrom(journalOf(renumbered(events)))).criteria.map(({ id, outcome }) => [id, outcome]))
    } catch (error) {
      if (error instanceof GauntletError && error.code === 'usage/run') return new Map<string, string>()
      throw error
    }
  }
  const told = golden
    .filter(({ outcome, name }) => outcome === 'INCONCLUSIVE' && name !== 'torn')
    .map(({ name, journal }) => ({
      name,
      events: journal
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Event),
    }))

  test('does not become a pass when something is taken away that was seen or read', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (which, one, other) => {
        const { name, events } = told[which % told.length] as (typeof told)[number]
        const places = events.flatMap(({ kind }, place) => (evidence.includes(kind) ? [place] : []))
        const gone = [one, other].map((each) => places[each % places.length])
        const [before, after] = [criteriaOf(events), criteriaOf(events.filter((_, place) => !gone.includes(place)))]
        const better = [...before].filter(([id, outcome]) => outcome === 'unknown' && after.get(id) === 'pass').map(([id]) => id)
        expect({ name, gone: gone.map((place) => events[place as number]?.kind), better }).toMatchObject({ better: [] })
      }),
      { seed: 7, numRuns: 150 },
    )
  }, 180_000)
})

describe('outages', () => {
  const events = eventsOf(goodStory)
  const batches = events.filter((event): event is Event<'samples'> => event.kind === 'samples')
  const bystanders = goodStory.agents.flatMap((agent, target) => (goodStory.stopped.includes(agent) ? [] : [target]))
  const withOutages = (outages: readonly (readonly [batch: number, target: number, from: number, slots: number])[]) =>
    events.map((event) => {
      if (event.kind !== 'samples') return event
      const hit = outages.filter(([batch]) => batches[batch % batches.length] === event)
      const said = event.answers.map((answer, i) =>
        hit.some(
          ([, target, from, slots]) => event.targets[i] === bystanders[target % bystanders.length] && i >= from && i < from + 5 * slots,
        )
          ? answers.indexOf('unreachable')
          : answer,
      )
      return { ...event, answers: said }
    })

  test('one more never makes a verdict better', () => {
    const outage = fc.tuple(fc.nat(), fc.nat(), fc.nat(40), fc.nat(10))
    fc.assert(
      fc.property(fc.array(outage, { maxLength: 6 }), outage, (some, another) => {
        const before = outcomeOf(journalOf(withOutages(some))) as keyof typeof rank
        const after = outcomeOf(journalOf(withOutages([...some, another]))) as keyof typeof rank
        expect(rank[after]).toBeLessThanOrEqual(rank[before])
      }),
      { seed: 3, numRuns: 60 },
    )
  }, 180_000)
})

describe('events of one moment', () => {
  const text = (events: readonly Event[]) => journalOf(renumbered(events))
  /** What a verdict stands on is named by places in the journal, which change with the order. */
  const said = (events: readonly Event[]) =>
    JSON.stringify(judge(historyFrom(text(events))), (key, value: unknown) => (key === 'standsOn' ? undefined : value))

  test('may stand in any order, and a batch of samples anywhere after them', () => {
    const batches = small.filter(({ kind }) => kind === 'samples')
    const others = small.filter(({ kind }) => kind !== 'samples')
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), (swaps) => {
        const shuffled = [...others]
        for (const swap of swaps) {
          const place = swap % (shuffled.length - 1)
          const [a, b] = [shuffled[place] as Event, shuffled[place + 1] as Event]
          if (a.atMs === b.atMs && a.kind !== 'phase' && b.kind !== 'phase') shuffled.splice(place, 2, b, a)
        }
        expect(said([...shuffled, ...batches].sort((a, b) => a.atMs - b.atMs))).toBe(said(small))
      }),
      { seed: 6, numRuns: 40 },
    )
  })

  test('samples of a batch may stand in any order', () => {
    const mixed = small.map((event) => {
      if (event.kind !== 'samples') return event
      const order = [...event.scheduled.keys()].sort((a, b) => ((a * 7919) % 13) - ((b * 7919) % 13))
      return picked(event, order)
    })
    expect(said(mixed)).toBe(said(small))
  })

  test('a batch may be told after the one that follows it', () => {
    const batches = small.filter((event): event is Event<'samples'> => event.kind === 'samples')
    const followers = new Map(batches.flatMap((batch, nth) => (nth % 2 ? [[batches[nth - 1], batch] as const] : [])))
    const kept = new Map([...followers].map(([first, second]) => [second, first]))
    const turned = small.flatMap((event): Event[] => {
      if (event.kind !== 'samples') return [event]
      const earlier = kept.get(event)
      if (earlier) return [event, { ...earlier, atMs: event.atMs }]
      return followers.has(event) ? [] : [event]
    })
    expect(turned.map(({ kind }) => kind).filter((kind) => kind === 'samples')).toHaveLength(batches.length)
    expect(said(turned)).toBe(said(small))
  })

  // Counted once and passed over in silence, doubled samples would make up for as many that are missing.
  test('a sample that is told twice, in one way or in two, is a doubt', () => {
    const twice = small.flatMap((event): Event[] => (event.kind === 'samples' ? [event, event] : [event]))
    expect(outcomeOf(text(twice))).toBe('INCONCLUSIVE')
    const contradicted = small.flatMap((event): Event[] =>
      event.kind === 'samples' ? [event, { ...event, answers: event.answers.map(() => answers.indexOf('unreachable')) }] : [event],
    )
    expect(outcomeOf(text(contradicted))).toBe('INCONCLUSIVE')
  })

  test('samples of nobody, of no time, from the future, or of no answer never help', () => {
    const nonsense = [
      { targets: [60_000] },
      { targets: [-1] },
      { scheduled: [-5_000_000] },
      { scheduled: [1e12] },
      { answers: [99] },
      { answers: [-1] },
      { latency: [Number.NaN] },
      { latency: [-1] },
    ]
    const batch = small.findLast((event) => event.kind === 'samples') as Event<'samples'>
    for (const change of nonsense) {
      const one = { ...batch, scheduled: [10], targets: [0], answers: [0], latency: [1], ...change } as Event<'samples'>
      expect(outcomeOf(text(small.flatMap((event): Event[] => (event === batch ? [event, one] : [event]))))).toBe('INCONCLUSIVE')
    }
  })
})

test('the same journal gives the same bytes, whatever was judged before it', () => {
  const [first, second] = golden.slice(0, 2).map(({ journal }) => historyFrom(journal)) as [History, History]
  const verdict = renderJson(judge(first))
  expect(renderJson(judge(second))).not.toBe(verdict)
  expect(renderJson(judge(historyFrom(golden[0]?.journal ?? '')))).toBe(verdict)
  expect(JSON.parse(verdict)).toEqual(JSON.parse(JSON.stringify(judge(first))))
})
