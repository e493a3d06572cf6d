/** What the golden histories of loads do not say: that nothing which is missing makes response times better. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { historyFrom, journalOf, renumbered } from '../../fixtures/histories/build.ts'
import { loadStory, loads } from '../../fixtures/histories/loads.ts'
import { GauntletError } from '../base/errors.ts'
import type { Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import type { Finding } from './finding.ts'
import { latency } from './latency.ts'

function judged(events: readonly Event[]): Finding['outcome'] | 'refused' {
  try {
    const history = historyFrom(journalOf(renumbered(events)))
    const [scenario] = history.scenarios
    return scenario ? latency.judge(history, scenario).outcome : 'unknown'
  } catch (error) {
    if (error instanceof GauntletError) return 'refused'
    throw error
  }
}

const eventsIn = (journal: string) =>
  journal
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event)
const kinds = ['load', 'load-samples', 'load-end', 'lease', 'plan']

test('no unknown of response times becomes a pass by taking away what tells of the load or of the change', () => {
  const open = loads.map(({ journal }) => eventsIn(journal)).filter((events) => judged(events) === 'unknown')
  expect(open.length).toBeGreaterThan(10)
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (which, victim) => {
      const events = open[which % open.length] as readonly Event[]
      const victims = events.filter(({ kind }) => kinds.includes(kind))
      fc.pre(victims.length > 0)
      const gone = victims[victim % victims.length]
      expect(judged(events.filter((event) => event !== gone))).not.toBe('pass')
    }),
    { seed: 1, numRuns: 60 },
  )
}, 60_000)

test('what is measured is where least is to spare, and what is slower is told from there on', () => {
  const found = (slower: Readonly<Record<string, number>>) => {
    const events = loadStory({ takes: (machine, arm) => (arm === 'new' ? (slower[machine] ?? 100) : 100) })
    const history = historyFrom(journalOf(renumbered(events)))
    return latency.judge(history, history.scenarios[0] as ScenarioHistory)
  }
  expect(found({ pc2: 104 })).toMatchObject({ outcome: 'pass', measure: { value: expect.closeTo(1.04, 2), limit: 1.1 } })
  const slow = found({ mainpc: 115, pc2: 130 })
  expect(slow).toMatchObject({ outcome: 'fail', measure: { value: expect.closeTo(1.3, 1), limit: 1.1 } })
  expect(slow.because).toMatch(/^slower: p50 on pc2 .*, p95 on pc2 .*, p50 on mainpc /)
})

test('a pass does not outlive any part of what it stands on', () => {
  const events = eventsIn(loads[0]?.journal ?? '')
  expect(judged(events)).toBe('pass')
  const shows = ({ kind, ...event }: Event) =>
    kinds.includes(kind) && !('state' in event && ['armed', 'released'].includes(event.state as string)) && kind !== 'plan'
  const spared = events.filter((event) => shows(event) && judged(events.filter((other) => other !== event)) === 'pass')
  expect(spared.map((event) => [event.kind, 'state' in event ? event.state : ''])).toEqual([['lease', 'applying']])
}, 60_000)
