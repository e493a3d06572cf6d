import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { alertTimesOf, durationMsOf } from './alert-times.ts'
import { alertingRule, deployedRules } from './rule-set.ts'

/** What a real Prometheus (2.42) said of our rules at time scale 3, where a range is 5001 ms and it writes `5s1ms`. */
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/fleet/prometheus-rules.json'), 'utf8')) as {
  data: { groups: { rules: { type: string; name: string; query: string; duration?: number; labels?: Record<string, string> }[] }[] }
}

test('what the real server says of the rules is what was deployed', () => {
  const evaluated = recorded.data.groups
    .flatMap(({ rules }) => rules)
    .map(({ type, name, query, duration = 0, labels = {} }) =>
      alertingRule(type === 'recording' ? 'record' : 'alert', name, query, duration * 1000, labels),
    )
  expect(evaluated).toEqual(deployedRules(alertTimesOf(3)))
  expect(evaluated).not.toEqual(deployedRules(alertTimesOf(1)))
})

test('spaces, the order of matchers and units of a range do not count; a threshold, a matcher, and what is in quotes do', () => {
  const hash = (expr: string) => alertingRule('alert', 'A', expr, 0, {}).exprHash
  const one = hash('max by (a) (x{b="1 2",c=~"a,\\"}.+"}[7500ms]) > 3')
  expect(hash('max by(a)(x{c=~"a,\\"}.+", b="1 2"}[7s500ms])>3')).toBe(one)
  for (const other of [
    'max by (a) (x{b="1 2",c=~"a,\\"}.+"}[7500ms]) > 4',
    'max by (a) (x{b="12",c=~"a,\\"}.+"}[7500ms]) > 3',
    'max by (a) (x{b="1 2"}[7500ms]) > 3',
    'max by (a) (x{b="1 2",c=~"a,\\"}.+"}[7600ms]) > 3',
  ])
    expect(hash(other)).not.toBe(one)
})

test('a duration is read in one unit or in several', () => {
  expect(['15s', '1m', '7s500ms', '500ms', '1h30m'].map(durationMsOf)).toEqual([15_000, 60_000, 7_500, 500, 5_400_000])
})
