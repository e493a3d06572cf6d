import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story } from '../../fixtures/histories/build.ts'
import { golden } from '../../fixtures/histories/golden.ts'
import { criteria } from '../checks/index.ts'
import type { Event } from '../journal/event.ts'
import { renderJson } from '../render/json.ts'
import { verdictSchema } from '../verdict.ts'
import { judge } from './judge.ts'

const schema = Compile(verdictSchema)

describe('the published schema', () => {
  test('takes no verdict with a field less, or one more', () => {
    const verdict = JSON.parse(renderJson(judge(historyFrom(golden[0]?.journal ?? ''))))
    for (const field of Object.keys(verdict)) expect(schema.Check({ ...verdict, [field]: undefined })).toBe(false)
    expect(schema.Check({ ...verdict, score: 97 })).toBe(false)
    const [first, ...others] = verdict.criteria
    const standingOn = (...standsOn: readonly number[]) => schema.Check({ ...verdict, criteria: [{ ...first, standsOn }, ...others] })
    expect([standingOn(), standingOn(-1), standingOn(0)]).toEqual([false, false, true])
  })

  test('wants an accounting of every role, and of no other', () => {
    const verdict = JSON.parse(renderJson(judge(historyFrom(golden[0]?.journal ?? ''))))
    const roles = { fleet: 1, bystander: 2, silenced: 0, affected: 0, recovering: 0.5, recovered: 0 }
    const unjudged = [{ ids: ['pc2/Vision'], fromMs: 0, toMs: 500, seconds: 0.5, because: 'while starting' }]
    const accounting = { fromMs: 0, toMs: 2_000, watched: 2, totalS: 4, roles, unjudged }
    const errors = (change: object) => schema.Errors({ ...verdict, accounting: { ...accounting, ...change } })
    expect(errors({})).toEqual([])
    expect(errors({ watched: 0 })).toEqual([])
    expect(errors({ roles: { ...roles, affected: undefined } })).not.toEqual([])
    expect(errors({ roles: { ...roles, idle: 1 } })).not.toEqual([])
    expect(errors({ totalS: -1 })).not.toEqual([])
    expect(errors({ unjudged: [{ ...unjudged[0], because: undefined }] })).not.toEqual([])
    expect(schema.Check({ ...verdict, accounting: null })).toBe(true)
  })
})

test('a risk is no better than what its scenarios found, nor than what they declare and nobody can judge yet', () => {
  const said = (change: (event: Event) => Event) => judge(historyFrom(journalOf(eventsOf(goodStory).map(change)))).risks
  expect(said((event) => event)).toEqual({ B: 'pass', D: 'pass' })
  const unheard = (event: Event): Event => (event.kind === 'freshness' ? { ...event, records: [] } : event)
  expect(said(unheard)).toEqual({ B: 'fail', D: 'fail' })
  const leaks = (event: Event): Event => (event.kind === 'scenario' ? { ...event, criteria: [...event.criteria, 'leaks'] } : event)
  expect(said(leaks)).toEqual({ B: 'unknown', D: 'unknown' })
})

describe('a row shows what has least to spare', () => {
  const { limits, steadyMs } = goodStory
  const down: Story['answer'] = (who, atMs) =>
    who === 'mainpc/Planner' && atMs >= steadyMs + 5_000 && atMs < steadyMs + 8_500 ? 'timeout' : undefined
  const strict = eventsOf(goodStory)
  const lax = eventsOf({ ...goodStory, scenario: 'lax', answer: down, limits: { ...limits, uptime: 0.95 } })
  const rowOf = (events: readonly Event[]) => judge(historyFrom(journalOf(events))).criteria.find(({ id }) => id === 'uptime')

  test('of its scopes: the bystanders that were down, and not the fleet before it that was not', () => {
    expect(rowOf(lax)).toMatchObject({ outcome: 'pass', because: expect.stringMatching(/^bystanders .*mainpc\/Planner for 3\.5 s/) })
  })

  /** The second on the fleet of the first, after it. */
  function oneAfterTheOther(first: readonly Event[], second: readonly Event[]): Event[] {
    const afterMs = (first.at(-1)?.atMs ?? 0) + 1_000
    const later = second
      .filter(({ kind }) => !['run', 'topology', 'config-findings'].includes(kind))
      .map((event) => ({
        ...event,
        atMs: event.atMs + afterMs,
        ...(event.kind === 'samples' && { scheduled: event.scheduled.map((atMs) => atMs + afterMs) }),
      }))
    return renumbered([...first.filter(({ kind }) => kind !== 'end'), ...later])
  }

  test('of its scenarios: the one that used up most of what it is allowed, and not the one with the nearest number', () => {
    for (const events of [oneAfterTheOther(strict, lax), oneAfterTheOther(lax, strict)])
      expect(rowOf(events)).toMatchObject({ outcome: 'pass', scenario: 'lax', because: expect.stringContaining('3.5 s down') })
  })
})

test('each criterion has one row, required ones first, and one that no version knows is unknown', () => {
  const requiring = (...requires: readonly string[]) =>
    judge(
      historyFrom(
        journalOf(eventsOf(goodStory).map((event) => (event.kind === 'run' ? { ...event, suite: { ...event.suite, requires } } : event))),
      ),
    )
  const known = requiring('recovery')
  expect(known.criteria.map(({ id }) => id).toSorted()).toEqual(criteria.map(({ id }) => id).toSorted())
  expect(known.outcome).toBe('GO')
  expect(known.criteria[0]).toMatchObject({ id: 'recovery', required: true })
  const because = (id: string) => known.criteria.find((each) => each.id === id)?.because
  expect([because('leaks'), because('latency')]).toEqual(['there is no check for it yet', 'no scenario of this run exercised it'])
  const strange = { id: 'taste', promise: 'unknown to this version', outcome: 'unknown', required: true }
  const foreign = requiring('taste', 'recovery', 'taste')
  expect(foreign.outcome).toBe('INCONCLUSIVE')
  expect(foreign.criteria.filter(({ id }) => id === 'taste')).toEqual([expect.objectContaining(strange)])
})

test('a scenario that is listed twice and ran once did not run once', () => {
  const twice = eventsOf(goodStory).map((event) =>
    event.kind === 'run' ? { ...event, suite: { ...event.suite, scenarios: ['agent-hang', 'agent-hang'] } } : event,
  )
  const { outcome, scenarios } = judge(historyFrom(journalOf(twice)))
  expect(outcome).toBe('INCONCLUSIVE')
  expect(scenarios.map(({ name, stages }) => [name, stages.recovered])).toEqual([
    ['agent-hang', 'pass'],
    ['agent-hang', 'unknown'],
  ])
})

test.each(golden)('$name is $outcome, as the published schema says it', ({ journal, outcome, because }) => {
  const verdict = judge(historyFrom(journal))
  const said = [
    ...verdict.criteria.map((finding) => ({ about: `criterion ${finding.id}${finding.required ? '' : ' (not required)'}`, ...finding })),
    ...verdict.scenarios.flatMap(({ findings }) => findings),
  ].map((finding) => `${finding.about} ${finding.outcome}: ${finding.because} | ${'wouldHelp' in finding ? finding.wouldHelp : ''}`)
  const text = [...said, ...verdict.troubles.map(({ code, message }) => `${code}: ${message}`)].join('\n')
  expect(verdict.outcome, text).toBe(outcome)
  expect(text).toMatch(because)
  expect(schema.Errors(JSON.parse(renderJson(verdict)))).toEqual([])
})
