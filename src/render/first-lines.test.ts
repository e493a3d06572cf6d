/** What a reader sees who reads the first lines only. */
import { describe, expect, test } from 'vitest'
import { historyFrom } from '../../fixtures/histories/build.ts'
import { golden } from '../../fixtures/histories/golden.ts'
import { judge } from '../verdict/judge.ts'
import type { Verdict } from '../verdict.ts'
import { headline, reservations } from './first-lines.ts'
import { renderMarkdown } from './markdown.ts'
import { renderTerminal } from './terminal.ts'

const verdictOf = (name: string) => judge(historyFrom(golden.find((each) => each.name === name)?.journal ?? ''))
const good = verdictOf('good')
const trouble = (code: string) => ({ code, message: `${code} happened`, next: 'Run it again.' })
const reserved: Verdict = {
  ...good,
  run: {
    ...good.run,
    defects: [{ id: 'D3', sentence: 'an agent never registers', owners: ['coverage'], on: ['a', 'b', 'c', 'd', 'e', 'f'] }],
  },
  editedLimits: { uptime: 0.9999 },
  loosened: [{ scenario: 'agent-hang', limit: 'recoveryMs', promised: 60_000, used: 90_000 }],
  troubles: [trouble('environment/engine'), trouble('journal/torn')],
}

describe('the headline', () => {
  test('says how many criteria pass, and which were not judged', () => {
    expect(headline(good)).toBe('GO, 8 of 11 criteria pass; not judged: leaks, latency, rollback')
  })
  test('names what fails and what is unknown, and counts the stages that do', () => {
    expect(headline(verdictOf('did-not-come-up'))).toBe(
      'NO-GO, 0 of 11 criteria pass; fail: config, 1 stage; unknown: uptime, coverage, exporter, recovery, durability, alerts, residue, 4 stages; not judged: leaks, latency, rollback',
    )
    const criteria = good.criteria.filter(({ outcome }) => outcome === 'pass')
    expect(headline({ ...good, criteria })).toBe('GO, 8 of 8 criteria pass')
  })
})

test('nothing stands beside the outcome of a run that kept the promised limits, on a fleet without defects, without trouble', () => {
  expect(reservations(good)).toEqual([])
})

test('everything that makes an outcome worth less than it looks stands beside it: how many troubles, and the first', () => {
  const lines = [
    'Defect planted: D3: an agent never registers (a, b, c, d and 2 more).',
    "Judged again, by other limits than the run's own: uptime 99.990 %.",
    'Loosened in agent-hang: recovery 90.0 s, where 60.0 s is promised.',
    'Harness trouble, the first of 2: environment/engine: environment/engine happened.',
  ]
  expect(reservations(reserved)).toEqual(lines)
  const terminal = renderTerminal(reserved, { report: 'reports/run-1', colour: false }).trim().split('\n')
  expect(terminal.slice(0, 5)).toEqual([`${headline(reserved)}.`, ...lines])
  const page = renderMarkdown(reserved).split('\n\n')
  expect(page.slice(0, 5)).toEqual([`# ${headline(reserved)}`, ...lines])
})

test('the last line is the first one again, with the folder', () => {
  const lines = renderTerminal(reserved, { report: 'reports/run-1', colour: false }).trim().split('\n')
  expect(lines.at(-1)).toBe(`${headline(reserved)} · reports/run-1`)
})
