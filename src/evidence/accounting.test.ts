import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import { stands, stoppedOn } from '../../fixtures/histories/build-fault.ts'
import { type Given, historyBy, type Seen, scenarioBy } from '../../fixtures/histories/by-hand.ts'
import { golden } from '../../fixtures/histories/golden.ts'
import type { Answer, Event } from '../journal/event.ts'
import { type Accounting, accountingOf } from './accounting.ts'

function of(story: Partial<Story> = {}, change: (events: Event[]) => Event[] = (events) => events) {
  const events = change(eventsOf({ ...goodStory, ...story })).sort((a, b) => a.atMs - b.atMs)
  return accountingOf(historyFrom(journalOf(renumbered(events)))) as Accounting
}

const addedUp = ({ roles, unjudged }: Accounting) =>
  [...Object.values(roles), ...unjudged.map(({ seconds }) => seconds)].reduce((sum, seconds) => sum + seconds, 0)

describe('to the millisecond', () => {
  const [a, b] = ['pc/A', 'pc/B']
  const lease = (state: Event<'lease'>['state'], atMs: number): Given => ({ kind: 'lease', lease: 'one', state, atMs })
  const step = stoppedOn('pc')
  const events = (applyingMs: number): Given[] => [
    { kind: 'plan', atMs: 9_001, lease: 'one', fault: 'stop', radius: [a], silences: [a], lasts: 'until-undone', expectations: [step] },
    lease('applying', applyingMs),
    { kind: 'proof', query: 'effective', machine: 'pc', lease: 'one', step: 0, answer: stands, problem: null, ageMs: 0, atMs: 11_000 },
    lease('releasing', 20_000),
    { kind: 'snapshot', when: 'after', atMs: 31_000 },
  ]
  const limits = { recoveryMs: 60_000 } as Event<'scenario'>['limits']
  const phases = { 'bring-up': 0, steady: 1_000, fault: 9_000, recovery: 20_500, final: 30_000 }
  const scenario = (applyingMs = 10_000, declared = {}) => scenarioBy(phases, events(applyingMs), { limits, ...declared })
  const silent =
    (untilMs: number) =>
    (id: string, atMs: number): Answer =>
      id === a && atMs >= 10_000 && atMs < untilMs ? 'timeout' : 'ok'
  const accounted = (seen: Partial<Seen> = {}) =>
    accountingOf(historyBy({ agents: [a, b], scenarios: [scenario()], answer: silent(21_000), untilMs: 40_000, ...seen }))
  const roles = { fleet: 16, bystander: 22.5, silenced: 8.5, affected: 0, recovering: 6.5, recovered: 5 }
  const begin = [
    { ids: [a, b], fromMs: 0, toMs: 1_000, seconds: 2, because: 'while the fleet came up' },
    { ids: [a], fromMs: 9_500, toMs: 11_000, seconds: 1.5, because: 'while stop took effect' },
  ]

  test('each second is of one role, or of one reason for which it is not judged', () => {
    expect(accounted()).toEqual({ fromMs: 0, toMs: 31_000, watched: 2, totalS: 62, roles, unjudged: begin })
  })
  test('who has not recovered is recovering to the end, and nothing before the release counts as recovered', () => {
    expect(accounted({ answer: silent(99_000) })).toMatchObject({ roles: { ...roles, recovering: 11.5, recovered: 0 } })
    expect(accounted({ answer: silent(19_500) })).toMatchObject({ roles: { ...roles, recovering: 5.5, recovered: 6 } })
  })
  test('slots that were not seen are of no role, and of no more time than there was', () => {
    const unsent =
      (id: string, ...slots: readonly number[]) =>
      (who: string, atMs: number): Answer =>
        who === id && slots.includes(atMs) ? 'unsent' : silent(21_000)(who, atMs)
    const lost = { fromMs: 9_000, because: 'while the observer did not see it' }
    expect(accounted({ answer: unsent(b, 12_000, 12_500) })).toMatchObject({
      roles: { ...roles, bystander: 21.5 },
      unjudged: [...begin, { ...lost, ids: [b], toMs: 31_000, seconds: 1 }],
    })
    expect(accounted({ scenarios: [scenario(9_800)], answer: unsent(a, 9_000) })).toMatchObject({
      roles: { ...roles, bystander: 22 },
      unjudged: [begin[0], { ...begin[1], fromMs: 9_300, seconds: 1.7 }, { ...lost, ids: [a], toMs: 9_300, seconds: 0.3 }],
    })
  })
  test('what has one reason is listed once, from the first of it to the last', () => {
    const [plan, ...others] = events(10_000)
    const second = [
      { ...plan, lease: 'two', radius: [b], silences: [b] } as Given,
      { ...lease('applying', 15_000), lease: 'two' },
      {
        kind: 'proof',
        query: 'effective',
        machine: 'pc',
        lease: 'two',
        step: 0,
        answer: stands,
        problem: null,
        ageMs: 0,
        atMs: 16_000,
      } as const,
    ]
    const both = scenarioBy(phases, [plan as Given, ...second, ...others], { limits })
    const took = { ids: [a, b], fromMs: 9_500, toMs: 16_000, seconds: 3, because: 'while stop took effect' }
    expect(accounted({ scenarios: [both] })?.unjudged).toContainEqual(took)
  })
  test('without an observer none is judged', () => {
    const because = 'there was no observer'
    expect(accounted({ observer: false })).toMatchObject({
      roles: { fleet: 0, bystander: 0, recovered: 0 },
      unjudged: [{ ids: [a, b], fromMs: 0, toMs: 31_000, seconds: 62, because }],
    })
  })
  test('of several scenarios on one fleet all is added up, and of one without an extent nothing', () => {
    const next = scenarioBy({ steady: 31_500 }, [{ kind: 'snapshot', when: 'after', atMs: 33_500 }], {
      coldStart: false,
      atMs: 31_000,
      limits,
    })
    const nothing = scenarioBy({}, [])
    expect(accounted({ scenarios: [scenario(), next, nothing] })).toMatchObject({
      ...{ fromMs: 0, toMs: 33_500, totalS: 67, roles: { ...roles, fleet: 20 } },
      unjudged: [...begin, { ids: [a, b], fromMs: 31_000, toMs: 31_500, seconds: 1 }],
    })
    expect(accounted({ scenarios: [nothing] })).toBe(null)
    expect(accounted({ scenarios: [] })).toBe(null)
    expect(accounted({ agents: [] })).toBe(null)
  })
  test('times are told to the thousandth of a second', () => {
    const odd = scenarioBy({ steady: 0 }, [{ kind: 'snapshot', when: 'after', atMs: 1_000.3 }], { limits })
    expect(accounted({ scenarios: [odd] })).toMatchObject({ totalS: 2.001, roles: { fleet: 2.001 } })
  })
})

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
