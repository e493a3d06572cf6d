import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { historyFrom } from '../../fixtures/histories/build.ts'
import { golden } from '../../fixtures/histories/golden.ts'
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
