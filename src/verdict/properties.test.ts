/** What must hold of every journal, however it was damaged: nothing that is missing makes a verdict better. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, smallStory } from '../../fixtures/histories/build.ts'
import { golden } from '../../fixtures/histories/golden.ts'
import { GauntletError } from '../base/errors.ts'
import { answers, type Event } from '../journal/event.ts'
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
  }, 60_000)

  test('without any one event that shows something is not GO', () => {
    // Armed and released say what the proofs then show; a stopped observer says that it knew of it; the last read of a
    // phase is its own start, and the last snapshot stands for itself.
    const shows = (event: Event) =>
      !(event.kind === 'observer' && event.state === 'stopped') &&
      !(event.kind === 'lease' && ['armed', 'applying', 'released'].includes(event.state)) &&
      !(event.kind === 'phase' && event.name === 'bring-up')
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

  test('with any field of any event taken away or turned into nonsense never breaks the judge', () => {
    const nonsense = fc.constantFrom<unknown>(undefined, null, -1, 1e300, '', 'x', [], {}, [null], true)
    fc.assert(
      fc.property(fc.nat(), fc.nat(), nonsense, (which, field, value) => {
        const place = which % small.length
        const event = small[place] as Event
        const keys = Object.keys(event).filter((key) => key !== 'seq')
        const changed = { ...event, [keys[field % keys.length] as string]: value } as Event
        expect(['GO', 'NO-GO', 'INCONCLUSIVE', 'refused']).toContain(outcomeOf(journalOf(small.with(place, changed))))
      }),
      { seed: 1, numRuns: 500 },
    )
  })
})

describe('histories that are not GO', () => {
  test('do not become GO when an event is taken away', () => {
    const bad = golden
      .filter(({ outcome, name }) => outcome !== 'GO' && name !== 'torn')
      .map(({ journal }) => journal.split('\n').slice(0, -1))
    const causes = ['trouble', 'lag', 'config-findings', 'lease', 'observer', 'samples', 'end'] // taken away, what they told of has not happened
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (which, victim) => {
        const events = (bad[which % bad.length] as string[]).map((line) => JSON.parse(line) as Event)
        const place = victim % events.length
        fc.pre(!causes.includes(events[place]?.kind as string))
        expect(outcomeOf(journalOf(renumbered(events.filter((_, i) => i !== place))))).not.toBe('GO')
      }),
      { seed: 2, numRuns: 150 },
    )
  }, 60_000)
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
  }, 60_000)
})

test('the same journal gives the same bytes, whatever the order of batches in it', () => {
  const [first] = golden
  const verdict = renderJson(judge(historyFrom(first?.journal ?? '')))
  expect(renderJson(judge(historyFrom(first?.journal ?? '')))).toBe(verdict)
  expect(JSON.parse(verdict)).toEqual(JSON.parse(JSON.stringify(judge(historyFrom(first?.journal ?? '')))))
})
