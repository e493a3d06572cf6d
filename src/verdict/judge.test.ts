import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf } from '../../fixtures/histories/build.ts'
import { golden } from '../../fixtures/histories/golden.ts'
import type { Event } from '../journal/event.ts'
import { renderJson } from '../render/json.ts'
import { judge } from './judge.ts'
import { publishedVerdictSchema } from './schema.ts'

const schema = Compile(publishedVerdictSchema)

describe('golden histories', () => {
  test.each(golden)('$name: its verdict is as the published schema says', ({ journal }) => {
    expect(schema.Errors(JSON.parse(renderJson(judge(historyFrom(journal)))))).toEqual([])
  })

  test('the published schema takes no verdict with a field less, or one more', () => {
    const verdict = JSON.parse(renderJson(judge(historyFrom(golden[0]?.journal ?? ''))))
    for (const field of Object.keys(verdict)) expect(schema.Check({ ...verdict, [field]: undefined })).toBe(false)
    expect(schema.Check({ ...verdict, score: 97 })).toBe(false)
    const [first, ...others] = verdict.criteria
    expect(schema.Check({ ...verdict, criteria: [{ ...first, standsOn: [] }, ...others] })).toBe(false)
  })

  test.each(golden)('$name is $outcome', ({ journal, outcome, because }) => {
    const verdict = judge(historyFrom(journal))
    const said = [
      ...verdict.criteria.map((finding) => ({ about: `criterion ${finding.id}${finding.required ? '' : ' (not required)'}`, ...finding })),
      ...verdict.scenarios.flatMap(({ findings }) => findings),
    ].map((finding) => `${finding.about} ${finding.outcome}: ${finding.because} | ${'wouldHelp' in finding ? finding.wouldHelp : ''}`)
    const text = [...said, ...verdict.troubles.map(({ code, message }) => `${code}: ${message}`)].join('\n')
    expect(verdict.outcome, text).toBe(outcome)
    expect(text).toMatch(because)
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
