import { describe, expect, test } from 'vitest'
import { historyFrom } from '../../fixtures/histories/build.ts'
import { golden } from '../../fixtures/histories/golden.ts'
import { judge } from './judge.ts'

describe('golden histories', () => {
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
