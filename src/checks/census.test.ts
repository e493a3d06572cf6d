/** The checks that count who is there and what is left: coverage, exporter, config, residue. */
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story } from '../../fixtures/histories/build.ts'
import { stands } from '../../fixtures/histories/build-fault.ts'
import type { Event, Kind } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import type { Check } from './check.ts'
import { config } from './config.ts'
import { checkOf } from './index.ts'

const story: Partial<Story> = { intervalMs: 500, steadyMs: 10_000, recoveryMs: 10_000 }

/** Judges the good history with every event of a kind changed. */
function find<K extends Kind>(check: string, kind: K, change: (event: Event<K>) => Partial<Event<K>>, other: Partial<Story> = {}) {
  const events = eventsOf({ ...goodStory, ...story, ...other }).map((event) =>
    event.kind === kind ? ({ ...event, ...change(event as Event<K>) } as Event) : event,
  )
  const history = historyFrom(journalOf(events))
  return (checkOf(check) as Check).judge(history, history.scenarios[0] as ScenarioHistory)
}
const saying = (outcome: 'pass' | 'fail' | 'unknown', because: RegExp) =>
  expect.objectContaining({ outcome, because: expect.stringMatching(because) })

describe('coverage', () => {
  const record = (agent: string, change: object) => (event: Event<'registrations'>) => ({
    records: event.records.map((each) => (each.agent === agent ? { ...each, ...change } : each)),
  })

  test('passes when everyone answers, is registered, and is heard of', () => {
    expect(find('coverage', 'registrations', () => ({}))).toEqual(saying('pass', /^4\/4 report$/))
  })
  test.each<[Partial<Story>, RegExp]>([
    [
      { answer: (agent) => (agent === 'pc2/Vision' ? 'stranger' : undefined) },
      /3\/4 report; 1 answered as another agent in steady: pc2\/Vision/,
    ],
    [
      { answer: (agent, atMs) => (agent === 'pc2/Vision' && atMs > 20_500 ? 'unhealthy' : undefined) },
      /1 said they were not well in recovery/,
    ],
    [
      { answer: (agent, atMs) => (agent === 'pc2/Vision' && atMs > 10_000 && atMs < 20_800 ? 'timeout' : undefined) },
      /in fault: pc2\/Vision/,
    ],
  ])('names who does not answer, how and when %#', (other, because) => {
    expect(find('coverage', 'registrations', () => ({}), other)).toEqual(saying('fail', because))
  })
  test('whoever is in the radius need not answer while the fault lasts', () => {
    const down: Partial<Story> = {
      answer: (agent, atMs) => (agent === 'pc2/Speech' && atMs > 9_900 && atMs < 20_800 ? 'timeout' : undefined),
    }
    expect(find('coverage', 'plan', () => ({}), down).outcome).toBe('pass')
    expect(find('coverage', 'plan', () => ({ radius: [] }), down)).toEqual(saying('fail', /did not answer in time in fault: pc2\/Speech/))
  })
  test('whoever did no work must have said so, and must have been asked', () => {
    const idle = (answer: 'unhealthy' | undefined, holdMs = 10_000): Partial<Story> => ({
      stopped: [],
      holdMs,
      answer: (agent, atMs) => (agent === 'pc2/Speech' && atMs > 10_400 && atMs < 10_800 + holdMs ? answer : undefined),
    })
    const idles = () => ({ radius: ['pc2/Speech'], idles: ['pc2/Speech'] })
    expect(find('coverage', 'plan', idles, idle('unhealthy'))).toEqual(saying('pass', /^4\/4 report$/))
    expect(find('coverage', 'plan', idles, idle(undefined))).toEqual(saying('fail', /well while they did no work: pc2\/Speech/))
    expect(find('coverage', 'plan', idles, idle('unhealthy', 3_000))).toEqual(
      saying('unknown', /not asked while it did no work: pc2\/Speech/),
    )
  })
  test('registered late, or not at all, is a failure; before its start is nonsense', () => {
    expect(find('coverage', 'registrations', record('pc2/Vision', { sinceStartMs: 30_001 }))).toEqual(
      saying('fail', /registered later than 30\.0 s.*pc2\/Vision/),
    )
    expect(find('coverage', 'registrations', record('pc2/Vision', { sinceStartMs: 30_000 })).outcome).toBe('pass')
    expect(find('coverage', 'registrations', record('pc2/Vision', { agent: 'pc2/Other' }))).toEqual(
      saying('fail', /not in the registry: pc2\/Vision/),
    )
    expect(find('coverage', 'registrations', record('pc2/Vision', { sinceStartMs: -1 })).outcome).toBe('unknown')
    expect(find('coverage', 'registrations', record('pc2/Vision', { status: 'UNHEALTHY' }))).toEqual(
      saying('fail', /^3\/4 report; 1 are UNHEALTHY in the registry: pc2\/Vision$/),
    )
    expect(find('coverage', 'registrations', record('pc2/Vision', { status: 'online' })).outcome).toBe('pass')
  })
  test('metrics that are old, or not there, are a failure', () => {
    const aged = (ageMs: number) => (event: Event<'freshness'>) => ({ records: event.records.map((each) => ({ ...each, ageMs })) })
    expect(find('coverage', 'freshness', aged(30_001))).toEqual(saying('fail', /^0\/4 report; 4 have metrics older than 30\.0 s/))
    expect(find('coverage', 'freshness', () => ({ records: [] }))).toEqual(saying('fail', /4 have no metrics at the hub/))
  })
  test('a lower promise allows for some, and still names them', () => {
    const finding = find('coverage', 'scenario', ({ limits }) => ({ limits: { ...limits, coverage: 0.75 } }), {
      answer: (agent) => (agent === 'pc2/Vision' ? 'malformed' : undefined),
    })
    expect(finding).toEqual(saying('pass', /3\/4 report; .*pc2\/Vision/))
  })
})

describe('exporter', () => {
  const only = (change: object) => (event: Event<'exposition'>) => ({
    answers: event.answers.map((each, i) => (i === 0 ? { ...each, ...change } : each)),
  })
  test('needs valid text, with samples, that names its own agent', () => {
    expect(find('exporter', 'exposition', () => ({})).outcome).toBe('pass')
    expect(find('exporter', 'exposition', only({ problem: 'line 3: no value' }))).toEqual(
      saying('fail', /line 3: no value: mainpc\/ServiceRegistry/),
    )
    expect(find('exporter', 'exposition', only({ samples: 0 })).outcome).toBe('fail')
    expect(find('exporter', 'exposition', only({ self: false })).outcome).toBe('fail')
  })
  test('of one agent is judged as well', () => {
    const alone = { agents: ['mainpc/Planner'], stopped: ['mainpc/Planner'] }
    expect(find('exporter', 'exposition', () => ({}), alone)).toMatchObject({ outcome: 'pass', measure: { value: 1, limit: 1 } })
  })
  test('one sample is enough; whoever was not asked is not counted among those who export', () => {
    expect(find('exporter', 'exposition', only({ samples: 1 })).outcome).toBe('pass')
    const bad = ({ answers }: Event<'exposition'>) => ({
      answers: answers.slice(1).map((each, i) => (i === 0 ? { ...each, self: false } : each)),
    })
    expect(find('exporter', 'exposition', bad)).toMatchObject({ outcome: 'fail', measure: { value: 2, limit: 4 } })
  })
  test('an agent that was not asked is unknown, and named', () => {
    expect(find('exporter', 'exposition', ({ answers }) => ({ answers: answers.slice(1) }))).toEqual(
      saying('unknown', /^3\/4 export metrics; not asked: mainpc\/ServiceRegistry$/),
    )
    expect(find('exporter', 'exposition', () => ({ answers: [] })).outcome).toBe('unknown')
  })
})

describe('config', () => {
  test.each<[string, (event: Event<'boot'>) => Partial<Event<'boot'>>, RegExp]>([
    ['a script that is missing', ({ scripts }) => ({ scripts: { ...scripts, found: 1 } }), /boot of mainpc: 1\/2 scripts found/],
    ['agents that it does not know', () => ({ scripts: { found: 0, total: 0 } }), /it knows 0 agents, and its config lists 2/],
    ['a finding', () => ({ findings: [{ rule: 'port-clash', message: 'A and B', agents: [] }] }), /boot of mainpc: port-clash: A and B/],
    ['a failure without a word', () => ({ ok: false }), /its dry run failed and did not say why/],
    [
      'an agent that never came up',
      ({ started }) => ({ started: started.map((each) => ({ ...each, healthyMs: null })) }),
      /never healthy: mainpc\/ServiceRegistry/,
    ],
  ])('fails for %s', (_, change, because) => {
    expect(find('config', 'boot', change)).toEqual(saying('fail', because))
  })
  test('of one machine with one agent is judged as any other, and counts to 0', () => {
    expect(find('config', 'boot', () => ({}), { agents: ['mainpc/Planner'], stopped: ['mainpc/Planner'] })).toMatchObject({
      outcome: 'pass',
      because: expect.stringMatching(/^1\/1 scripts found/),
      measure: { value: 0, limit: 0 },
    })
  })
  test('one answer that is missing is missed', () => {
    const events = eventsOf({ ...goodStory, ...story }).filter(
      (event) => !(event.kind === 'boot' && event.dryRun && event.machine === 'pc2'),
    )
    const history = historyFrom(journalOf(renumbered(events)))
    expect(config.judge(history, history.scenarios[0] as ScenarioHistory)).toEqual(saying('unknown', /: dry run of pc2$/))
  })
  test('needs both readings to be clean; a note is none', () => {
    const finding = { rule: 'port-clash', message: 'A and B', file: 'm.yaml', line: 3, column: 1, agents: [] } as const
    expect(find('config', 'config-findings', () => ({ findings: [{ ...finding, severity: 'error' }] }))).toEqual(
      saying('fail', /m\.yaml:3: port-clash: A and B/),
    )
    expect(find('config', 'config-findings', () => ({ findings: [{ ...finding, severity: 'note' }] })).outcome).toBe('pass')
  })
  test('of a later scenario is judged by the boot that it stands on, never by a later one', () => {
    const events = eventsOf({ ...goodStory, ...story }).filter(({ kind }) => kind !== 'end' && kind !== 'leftovers')
    const declared = events.find(({ kind }) => kind === 'scenario') as Event<'scenario'>
    const isBoot = ({ kind }: Event) => kind === 'boot' || kind === 'validation'
    const boots = events.filter(isBoot)
    const bad = (event: Event) => (event.kind === 'boot' ? { ...event, ok: false } : event)
    const second = (coldStart: boolean, own: readonly Event[]) => [
      { ...declared, coldStart, atMs: 90_000 },
      ...own.map((event) => ({ ...event, atMs: 90_001 })),
    ]
    const outcomes = (first: readonly Event[], then: readonly Event[]) => {
      const history = historyFrom(journalOf(renumbered([...first, ...then])))
      return history.scenarios.map((scenario) => config.judge(history, scenario).outcome)
    }
    expect(outcomes(events.map(bad), second(true, boots))).toEqual(['fail', 'pass'])
    expect(outcomes(events.map(bad), second(false, boots))).toEqual(['fail', 'pass'])
    expect(outcomes(events.map(bad), second(false, []))).toEqual(['fail', 'fail'])
    expect(outcomes(events, second(true, boots.map(bad)))).toEqual(['pass', 'fail'])
    expect(outcomes(events, second(true, []))).toEqual(['pass', 'unknown'])
    const warm = events
      .filter((event) => !isBoot(event))
      .map((event) => (event.kind === 'scenario' ? { ...event, coldStart: false } : event))
    expect(outcomes(warm, second(true, boots))).toEqual(['unknown', 'pass'])
    expect(
      outcomes(
        events.filter((event) => !(isBoot(event) && (event as Event<'boot'>).dryRun)),
        second(false, boots.slice(0, 1)),
      ),
    ).toEqual(['unknown', 'unknown'])
  })
  test('of a fleet that was already up is judged by how it came up; of one that never said, not at all', () => {
    const events = eventsOf({ ...goodStory, ...story })
    const declared = events.find(({ kind }) => kind === 'scenario') as Event<'scenario'>
    const warm = (first: readonly Event[]) => {
      const history = historyFrom(journalOf(renumbered([...first, { ...declared, atMs: 90_000, coldStart: false }])))
      return config.judge(history, history.scenarios[1] as ScenarioHistory).outcome
    }
    expect(warm(events.slice(0, -1))).toBe('pass')
    expect(warm(events.slice(0, -1).filter(({ kind }) => kind !== 'boot'))).toBe('unknown')
  })
})

describe('residue', () => {
  const left = (lines: (before: readonly string[]) => readonly string[]) => (event: Event<'snapshot'>) =>
    event.when === 'after' && event.machine === 'pc2' ? { lines: lines(event.lines) } : {}
  test('is whatever is new, gone, or there once more', () => {
    expect(find('residue', 'snapshot', () => ({})).outcome).toBe('pass')
    expect(
      find(
        'residue',
        'snapshot',
        left((lines) => [...lines, 'qdisc netem']),
      ),
    ).toEqual(saying('fail', /on pc2 new: qdisc netem/))
    expect(
      find(
        'residue',
        'snapshot',
        left((lines) => lines.slice(1)),
      ),
    ).toEqual(saying('fail', /on pc2 no more: listen/))
    expect(
      find(
        'residue',
        'snapshot',
        left((lines) => [...lines, lines[0] as string]),
      ),
    ).toEqual(saying('fail', /on pc2 new: listen/))
    expect(
      find(
        'residue',
        'snapshot',
        left((lines) => lines.toReversed()),
      ).outcome,
    ).toBe('pass')
  })
  test('is a fault that is not proven gone', () => {
    const proof = (change: object) => (event: Event<'proof'>) => (event.query === 'gone' ? change : {})
    expect(find('residue', 'proof', proof({ answer: stands }))).toEqual(saying('fail', /process-stop on pc2: {"state":"T"}/))
    expect(find('residue', 'proof', proof({ step: 7 }))).toEqual(saying('unknown', /not proven gone/))
    expect(find('residue', 'plan', () => ({ expectations: [] }))).toEqual(saying('unknown', /names nothing/))
    expect(find('residue', 'proof', proof({ answer: {} }))).toEqual(
      saying('unknown', /^what would show process-stop gone on pc2 cannot be read$/),
    )
  })
  test('is what the engine still holds', () => {
    expect(find('residue', 'leftovers', () => ({ containers: ['c1'] }))).toEqual(saying('fail', /container c1/))
    expect(find('residue', 'leftovers', () => ({ networks: ['n1'] })).outcome).toBe('fail')
    expect(find('residue', 'leftovers', () => ({ volumes: ['v1'] })).outcome).toBe('fail')
  })
})
