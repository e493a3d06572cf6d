import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import { golden } from '../../fixtures/histories/golden.ts'
import type { Event } from '../journal/event.ts'
import { type Accounting, accountingOf } from './accounting.ts'

function of(story: Partial<Story> = {}, change: (events: Event[]) => Event[] = (events) => events) {
  const events = change(eventsOf({ ...goodStory, ...story })).sort((a, b) => a.atMs - b.atMs)
  return accountingOf(historyFrom(journalOf(renumbered(events)))) as Accounting
}

const addedUp = ({ roles, unjudged }: Accounting) =>
  [...Object.values(roles), ...unjudged.map(({ seconds }) => seconds)].reduce((sum, seconds) => sum + seconds, 0)

describe('the accounting of time', () => {
  test('of a good run leaves only its bring-up and the fault’s own begin unjudged', () => {
    const { watched, totalS, roles, unjudged, fromMs, toMs } = of()
    expect({ watched, totalS }).toEqual({ watched: 4, totalS: expect.closeTo((4 * (toMs - fromMs)) / 1000, 3) })
    expect(unjudged.map(({ because, ids }) => [because, ids.length])).toEqual([
      ['while the fleet came up', 4],
      ['while process-stop took effect', 1],
    ])
    // Four agents in steady, until a probe might still have been open when the fault came; three bystanders from then on.
    expect(roles.fleet).toBeCloseTo((4 * (goodStory.steadyMs - 980)) / 1000, 1)
    expect(roles.bystander).toBeCloseTo((3 * (toMs - steadyAtMs - goodStory.steadyMs + 980)) / 1000, 1)
    expect(roles.silenced).toBeCloseTo((goodStory.holdMs - 1_000) / 1000, 1)
    expect(roles.recovering + roles.recovered).toBeGreaterThan(90)
    expect(roles.recovering).toBeLessThan(9)
  })

  test('lists time in which the observer saw nothing, with its length', () => {
    const blind = of({ answer: (agent, atMs) => (agent === 'pc2/Vision' && atMs >= 10_000 && atMs < 12_000 ? 'unsent' : undefined) })
    expect(blind.unjudged).toContainEqual(
      expect.objectContaining({ ids: ['pc2/Vision'], seconds: 2, because: 'while the observer did not see it' }),
    )
  })

  test('without an observer is all of it unjudged', () => {
    const { roles, unjudged, totalS } = of({}, (events) => events.filter(({ kind }) => kind !== 'observer'))
    expect(Object.values(roles).every((seconds) => seconds === 0)).toBe(true)
    expect(unjudged).toMatchObject([{ because: 'there was no observer', seconds: totalS }])
  })

  test('of no fleet is none', () =>
    expect(accountingOf(historyFrom(golden.find(({ name }) => name === 'no-agents')?.journal ?? ''))).toBeNull())

  test.each(golden)('of $name adds up to the whole', ({ journal }) => {
    const accounting = accountingOf(historyFrom(journal))
    if (accounting) expect(addedUp(accounting)).toBeCloseTo(accounting.totalS, 2)
  })

  test('adds up whatever is taken away from a run', () => {
    const events = eventsOf(goodStory)
    const kinds = ['samples', 'lease', 'plan', 'proof', 'phase', 'snapshot', 'observer']
    const places = events.flatMap(({ kind }, place) => (kinds.includes(kind) ? [place] : []))
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...places), { maxLength: 12 }), (gone) => {
        const accounting = accountingOf(historyFrom(journalOf(renumbered(events.filter((_, place) => !gone.includes(place))))))
        if (accounting) expect(addedUp(accounting)).toBeCloseTo(accounting.totalS, 2)
      }),
      { seed: 11, numRuns: 60 },
    )
  }, 60_000)
})
