/** What the golden histories of loads do not say: that nothing which is missing makes response times better. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { historyFrom, journalOf, renumbered } from '../../fixtures/histories/build.ts'
import { type LoadStory, loadStory, loads } from '../../fixtures/histories/loads.ts'
import { GauntletError } from '../base/errors.ts'
import type { Finding } from '../evidence/finding.ts'
import type { Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
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

const found = (takes: LoadStory['takes']) => {
  const history = historyFrom(journalOf(renumbered(loadStory({ takes }))))
  return latency.judge(history, history.scenarios[0] as ScenarioHistory)
}
const slower =
  (by: Readonly<Record<string, number>>): LoadStory['takes'] =>
  (machine, arm) =>
    arm === 'new' ? (by[machine] ?? 100) : 100

test('what is measured is where least is to spare; a load, its end, ten batches and the change are named', () => {
  const passed = found(slower({ pc2: 104 })) as Exclude<Finding, { outcome: 'unknown' }>
  expect(passed.measure).toEqual({ value: 1.039088, limit: 1.1, unit: 'times', interval: [1.037858, 1.040319] })
  expect(passed.standsOn).toHaveLength(13)
})

const about = 'duet, 12 replicates of 2 s on each of 2 machines, at 98.7 % confidence'

test.each([
  [
    slower({ pc2: 104 }),
    'p50 on mainpc ≤ 0.1 % slower (limit 10.0 %), p95 on mainpc ≤ 0.0 % slower (limit 20.0 %), ' +
      'p50 on pc2 ≤ 4.0 % slower (limit 10.0 %), p95 on pc2 ≤ 3.9 % slower (limit 20.0 %); ' +
      `${about}; A/A ≤ 0.1 %; for advice: p99 on mainpc ≤ 0.0 % slower (limit 50.0 %), p99 on pc2 ≤ 3.9 % slower (limit 50.0 %); ` +
      '0 of 28800 requests failed',
  ],
  [
    slower({ mainpc: 115, pc2: 130 }), // told from where least is to spare
    'slower: p50 on pc2 1.294 times as long (1.293 to 1.295, limit 1.100), p95 on pc2 1.289 times as long (1.288 to 1.290, limit 1.200), ' +
      `p50 on mainpc 1.147 times as long (1.146 to 1.148, limit 1.100); ${about}; A/A ≤ 0.1 %; ` +
      'for advice: p99 on mainpc ≤ 14.4 % slower (limit 50.0 %), p99 on pc2 ≤ 28.9 % slower (limit 50.0 %); 0 of 28800 requests failed',
  ],
  [
    (_machine, arm, nth) => (arm === 'new' && nth % 5 === 0 ? 'failed' : 100),
    'slower: p95 on mainpc 9.634 times as long (9.630 to no end, limit 1.200), p95 on pc2 9.637 times as long (9.631 to no end, limit 1.200); ' +
      `${about}; A/A ≤ 0.1 %; for advice: p99 on mainpc with failures among it, which have no end, ` +
      'p99 on pc2 with failures among it, which have no end; 1920 of 28800 requests failed',
  ],
  [
    (machine, arm) => (arm === 'twin' && machine === 'pc2' ? 115 : 100),
    'the old compared with itself is not shown to be within the limit, so that this machine cannot tell: ' +
      `p50 on pc2 ≤ 14.8 % slower (limit 10.0 %); ${about}; A/A ≤ 14.8 %; ` +
      'for advice: p99 on mainpc ≤ 0.0 % slower (limit 50.0 %), p99 on pc2 ≤ 0.0 % slower (limit 50.0 %); 0 of 28800 requests failed',
  ],
] satisfies [LoadStory['takes'], string][])('in words, to the letter: %#', (takes, words) => {
  expect(found(takes).because).toBe(words)
})

test('the twin is the old once more, by its request as well as by its answer', () => {
  for (const other of [{ path: '/work/other' }, { says: 'other' }]) {
    const unlike = loadStory({ replicates: 12 }).map((event): Event => {
      if (event.kind !== 'load') return event
      return { ...event, asks: { ...event.asks, twin: { ...event.asks.old, ...other } } }
    })
    const history = historyFrom(journalOf(renumbered(unlike)))
    expect(latency.judge(history, history.scenarios[0] as ScenarioHistory)).toMatchObject({
      outcome: 'unknown',
      because: 'the twin is not asked what the old is asked',
    })
  }
})

test('a part that is told twice would be twice the evidence, and is none', () => {
  const twice = loadStory({ replicates: 12 }).flatMap((event): Event[] =>
    event.kind === 'load' ? [1, 2].map(() => ({ ...event, looks: [12, 24] })) : [event],
  )
  expect(judged(loadStory({ replicates: 12 }))).toBe('pass')
  expect(judged(twice)).toBe('unknown')
})

test('who was not changed is none of the new: beside a control it would thin a slowdown out', () => {
  const told = loadStory({ design: 'control' })
  const more = told.map((event): Event => {
    if (event.kind !== 'load') return event
    const thinned = ({ machine, agents, ...target }: (typeof event.targets)[number]) => ({
      ...target,
      machine,
      agents: { ...agents, new: [...agents.new, `${machine}/Unchanged`] },
    })
    return { ...event, targets: event.targets.map(thinned) }
  })
  expect(judged(told)).toBe('pass')
  expect(judged(more)).toBe('unknown')
})

test('a pass does not outlive any part of what it stands on', () => {
  const events = eventsIn(loads[0]?.journal ?? '')
  expect(judged(events)).toBe('pass')
  const shows = ({ kind, ...event }: Event) =>
    kinds.includes(kind) && !('state' in event && ['armed', 'undone', 'released'].includes(event.state as string)) && kind !== 'plan'
  const spared = events.filter((event) => shows(event) && judged(events.filter((other) => other !== event)) === 'pass')
  expect(spared.map((event) => [event.kind, 'state' in event ? event.state : ''])).toEqual([['lease', 'applying']])
}, 60_000)
