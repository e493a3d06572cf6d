import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf } from '../../fixtures/histories/build.ts'
import type { AccountsEvent, Event, SequencesEvent } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { durability } from './durability.ts'

const quick = { ...goodStory, intervalMs: 2_000, steadyMs: 10_000, recoveryMs: 20_000 }
const vision = 'pc2/Vision'
/** The one that the fault hurts. */
const speech = 'pc2/Speech'
type Account = AccountsEvent['records'][number]
type Stored = SequencesEvent['records'][number]

interface Change {
  readonly before?: (records: readonly Account[]) => readonly Account[]
  readonly after?: (records: readonly Account[]) => readonly Account[]
  readonly stored?: (records: readonly Stored[]) => readonly Stored[]
  readonly drop?: (event: Event) => boolean
}

const registry = 'mainpc/ServiceRegistry'

/** @param hurt hubs; the registry and the one that the fault hurts are both, where it is told at all */
function find({ before, after, stored, drop = () => false }: Change = {}, hurt?: readonly string[]) {
  const events = eventsOf(quick)
    .filter((event) => !drop(event))
    .map((event): Event => {
      if (hurt !== undefined && event.kind === 'topology')
        return {
          ...event,
          agents: event.agents.map((agent) => ([registry, speech].includes(agent.id) ? { ...agent, role: 'hub' } : agent)),
        }
      if (hurt !== undefined && event.kind === 'plan') return { ...event, silences: hurt }
      if (event.kind === 'sequences') return { ...event, records: stored?.(event.records) ?? event.records }
      if (event.kind !== 'accounts') return event
      return { ...event, records: (event.when === 'before' ? before : after)?.(event.records) ?? event.records }
    })
  const history = historyFrom(journalOf(events.map((event, seq) => ({ ...event, seq: seq as Event['seq'] }))))
  return durability.judge(history, history.scenarios[0] as ScenarioHistory)
}
const reported = (agent: string, change: Partial<Account>) => (records: readonly Account[]) =>
  records.map((record) => (record.agent === agent ? { ...record, ...change } : record))
const kept = (agent: string, change: Partial<Stored>) => (records: readonly Stored[]) =>
  records.map((record) => (record.agent === agent ? { ...record, ...change } : record))
const saying = (outcome: 'pass' | 'fail' | 'unknown', because: RegExp) =>
  expect.objectContaining({ outcome, because: expect.stringMatching(because) })

test('all that was acknowledged is stored, once', () => {
  expect(find()).toEqual(saying('pass', /^no hub outage in this scenario: 36 reports of 4 agents acknowledged, each stored once$/))
  expect(find()).toMatchObject({ measure: { value: 0, limit: 300_000, unit: 'ms' } })
})

describe('lost', () => {
  test('is what was acknowledged and is not in any range, at the ends and in the middle', () => {
    const stored = (ranges: Stored['stored']) => find({ stored: kept(vision, { stored: ranges }) })
    expect(stored([[2, 12]])).toEqual(saying('fail', /^1 report acknowledged and not stored 0\.04 s later: pc2\/Vision 102: 1$/))
    expect(stored([[1, 11]])).toEqual(saying('fail', /: pc2\/Vision 102: 12$/))
    expect(
      stored([
        [1, 4],
        [6, 12],
      ]),
    ).toEqual(saying('fail', /: pc2\/Vision 102: 5$/))
    expect(
      stored([
        [1, 5],
        [6, 12],
      ]).outcome,
    ).toBe('pass')
    expect(stored([[1, 400]]).outcome).toBe('pass')
    expect(stored([])).toEqual(saying('fail', /^12 reports .* 102: 5 and 7 more$/))
    expect(stored([])).toMatchObject({ measure: { value: 12, limit: 0, unit: 'reports' } })
    expect(stored([[1, 7]])).toEqual(saying('fail', /: 8, [^;]* 102: 12$/)) // five are all named
  })
  test('is not what was never acknowledged, be it there or not', () => {
    const after = reported(vision, { lost: 1, lostSequences: [5] })
    expect(
      find({
        after,
        stored: kept(vision, {
          stored: [
            [1, 4],
            [6, 12],
          ],
        }),
      }).outcome,
    ).toBe('pass')
    expect(find({ after }).outcome).toBe('pass')
    expect(find({ after: reported(vision, { lost: 1, lostSequences: [12] }) }).outcome).toBe('pass') // the last that it made
    expect(
      find({
        after,
        stored: kept(vision, {
          stored: [
            [1, 3],
            [6, 12],
          ],
        }),
      }),
    ).toEqual(saying('fail', /: pc2\/Vision 102: 4$/))
  })
  test('is looked for in processes that have ended as well, by what they said before', () => {
    const restarted = reported(speech, { incarnation: 900, sequence: 2 })
    const both = (records: readonly Stored[]) => [
      ...kept(speech, { stored: [[1, 3]] })(records),
      { agent: speech, incarnation: 900, stored: [[1, 2]] as const, doubled: [] },
    ]
    expect(find({ after: restarted, stored: both }).outcome).toBe('pass')
    const old = (records: readonly Stored[]) =>
      both(records).map((each) => (each.incarnation === 103 ? { ...each, stored: [[1, 2]] as const } : each))
    expect(find({ after: restarted, stored: old })).toEqual(saying('fail', /: pc2\/Speech 103: 3$/))
    expect(find({ after: restarted, stored: (records) => both(records).slice(0, -1) })).toEqual(
      saying('fail', /^2 reports .*900: 1, .*900: 2$/),
    )
  })
  test('one that nobody lists is nobody’s', () => {
    const ghost: Account = { agent: 'pc2/Ghost', incarnation: 1, sequence: 9, lost: 0, lostSequences: [] }
    expect(find({ after: (records) => [...records, ghost] }).outcome).toBe('pass')
  })
})

describe('of several reads', () => {
  /** The story with an event of this kind before the real one, changed. */
  const preceded = (kind: 'accounts' | 'sequences', change: object) => {
    const events = eventsOf(quick).flatMap((event): Event[] => {
      const isIt = event.kind === kind && !(event.kind === 'accounts' && event.when === 'before')
      return isIt ? [{ ...event, ...change } as Event, event] : [event]
    })
    const history = historyFrom(journalOf(events.map((event, seq) => ({ ...event, seq: seq as Event['seq'] }))))
    return durability.judge(history, history.scenarios[0] as ScenarioHistory)
  }
  test('the last counts', () => {
    expect(preceded('sequences', { records: [] }).outcome).toBe('pass')
    expect(preceded('accounts', { records: [] }).outcome).toBe('pass')
  })
  test('the hub may have been read in the same moment as the agents', () => {
    const events = eventsOf(quick)
    const atMs = events.findLast(({ kind }) => kind === 'accounts')?.atMs as number
    const same = events.map((event) => (event.kind === 'sequences' ? { ...event, atMs } : event)).sort((a, b) => a.atMs - b.atMs)
    const history = historyFrom(journalOf(same.map((event, seq) => ({ ...event, seq: seq as Event['seq'] }))))
    expect(durability.judge(history, history.scenarios[0] as ScenarioHistory).outcome).toBe('pass')
  })
  test('of two accounts that reach equally far the later one counts', () => {
    const before = reported(vision, { sequence: 12 })
    const after = reported(vision, { sequence: 13, lost: 0 })
    expect(find({ before, after, stored: kept(vision, { stored: [[1, 13]] }) })).toEqual(saying('pass', /: 28 reports of 4 agents/))
    const late = reported(speech, { sequence: 12, lost: 1, lostSequences: [5] })
    const stored = kept(speech, {
      stored: [
        [1, 4],
        [6, 12],
      ],
    })
    expect(find({ before: reported(speech, { sequence: 12 }), after: late, stored }).outcome).toBe('pass')
  })
  test('a process that began in the scenario acknowledged all that it reported', () => {
    const after = reported(speech, { incarnation: 900, sequence: 2 })
    const stored = (records: readonly Stored[]) => [
      ...kept(speech, { stored: [[1, 3]] })(records),
      { agent: speech, incarnation: 900, stored: [[1, 2]] as const, doubled: [] },
    ]
    expect(find({ after, stored })).toEqual(saying('pass', /: 29 reports of 4 agents/))
  })
})

describe('taken by no hub', () => {
  /** Two hubs, of which the fault hurts these. */
  const withHubs = (hurt: readonly string[], change: Change) => find(change, hurt)
  const refused = reported(vision, { lost: 1, lostSequences: [5] })
  const gap = kept(vision, {
    stored: [
      [1, 4],
      [6, 12],
    ],
  })
  test('is a failure while a hub is left, and none while there is nobody to tell', () => {
    expect(withHubs([speech], { after: refused, stored: gap })).toEqual(
      saying('fail', /^1 report that no hub took, though mainpc\/ServiceRegistry was not hurt: pc2\/Vision 102: 5$/),
    )
    expect(withHubs([speech], { after: refused, stored: gap })).toMatchObject({ measure: { value: 1 } })
    expect(withHubs([speech, registry], { after: refused, stored: gap }).outcome).toBe('pass')
  })
  test('is not what came to be stored, was refused before, or is of one who was hurt', () => {
    expect(withHubs([], { after: refused }).outcome).toBe('pass')
    expect(withHubs([], { before: refused, after: refused, stored: gap }).outcome).toBe('pass')
    const own = reported(speech, { lost: 1, lostSequences: [5] })
    const ownGap = kept(speech, {
      stored: [
        [1, 4],
        [6, 12],
      ],
    })
    expect(withHubs([speech], { after: own, stored: ownGap }).outcome).toBe('pass')
  })
})

describe('counted twice', () => {
  test('is what the hub says of itself, and what stands in two ranges', () => {
    const doubled = (change: Partial<Stored>) => find({ stored: kept(vision, change) })
    expect(doubled({ doubled: [[3, 4]] })).toEqual(saying('fail', /^2 reports counted twice: pc2\/Vision 102: 3, pc2\/Vision 102: 4$/))
    expect(
      doubled({
        stored: [
          [1, 6],
          [6, 12],
        ],
      }),
    ).toEqual(saying('fail', /^1 report counted twice: pc2\/Vision 102: 6$/))
    expect(
      doubled({
        stored: [
          [5, 12],
          [1, 6],
        ],
      }),
    ).toEqual(saying('fail', /^2 reports .*: 5, .*: 6$/))
    expect(
      doubled({
        stored: [
          [1, 12],
          [2, 3],
          [4, 4],
        ],
      }),
    ).toEqual(saying('fail', /^3 reports/))
    expect(doubled({ doubled: [[4, 3]] }).outcome).toBe('pass') // an empty range
  })
  test('may come beside a loss, and both are said', () => {
    expect(find({ stored: kept(vision, { stored: [[2, 12]], doubled: [[3, 3]] }) })).toMatchObject({
      because: expect.stringMatching(/not stored .*: 1; 1 report counted twice: .*: 3$/),
      measure: { value: 2 },
    })
  })
})

describe('unknown', () => {
  const isAfter = (event: Event) => event.kind === 'accounts' && event.when === 'after'
  const isBefore = (event: Event) => event.kind === 'accounts' && event.when === 'before'
  test.each<[RegExp, Change]>([
    [/^the agents were not asked what they reported$/, { drop: isBefore }],
    [/^the agents were not asked what they reported$/, { drop: isAfter }],
    [/^the central hub was not asked what it has stored$/, { drop: (event) => event.kind === 'sequences' }],
    [/^the central hub was asked before the agents were$/, {}],
    [
      /^not asked what they reported: pc2\/Vision; nothing of these/,
      { after: (records) => records.filter(({ agent }) => agent !== vision) },
    ],
    [/^not asked what they reported: pc2\/Vision$/, { before: (records) => records.filter(({ agent }) => agent !== vision) }],
    [/^nothing of these was acknowledged in this scenario: pc2\/Vision$/, { after: reported(vision, { sequence: 3 }) }],
    [/^nothing of these .*: pc2\/Vision$/, { after: reported(vision, { lost: 9, lostSequences: [4, 5, 6, 7, 8, 9, 10, 11, 12] }) }],
    [/^the account is not whole: pc2\/Vision$/, { after: reported(vision, { lost: 2, lostSequences: [5] }) }],
    [/^the account is not whole: pc2\/Vision$/, { after: reported(vision, { lost: 0, lostSequences: [5] }) }],
    [/nothing was acknowledged in this scenario$/, { after: (records) => records.map((record) => ({ ...record, sequence: 3 })) }],
  ])('%s', (because, change) => {
    if (Object.keys(change).length > 0) return expect(find(change)).toEqual(saying('unknown', because))
    const events = eventsOf(quick)
    const moved = events.flatMap((event) => (event.kind === 'sequences' ? [] : isAfter(event) ? [sequencesOf(events), event] : [event]))
    const early = moved.map((event, seq) => ({
      ...event,
      seq: seq as Event['seq'],
      ...(event.kind === 'sequences' ? { atMs: event.atMs - 5_000 } : {}),
    }))
    const history = historyFrom(journalOf(early))
    return expect(durability.judge(history, history.scenarios[0] as ScenarioHistory)).toEqual(saying('unknown', because))
  })
  const sequencesOf = (events: readonly Event[]) => events.find(({ kind }) => kind === 'sequences') as Event

  test('whoever was hurt may have begun anew, and not have reported yet', () => {
    const after = reported(speech, { incarnation: 900, sequence: 0 })
    const stored = kept(speech, { stored: [[1, 3]] })
    expect(find({ after, stored })).toEqual(saying('pass', /: 27 reports/))
    expect(find({ after: reported(vision, { incarnation: 900, sequence: 0 }) }).outcome).toBe('unknown')
  })
  test('a number that nobody can have reached takes no time, and shows nothing', () => {
    const huge = { sequence: Number.MAX_SAFE_INTEGER }
    const stored = kept(vision, { stored: [[1, Number.MAX_SAFE_INTEGER]] })
    expect(find({ after: reported(vision, huge), stored })).toEqual(saying('unknown', /the account is not whole: pc2\/Vision/))
    expect(find({ stored: kept(vision, { doubled: [[1, Number.MAX_SAFE_INTEGER]] }) })).toEqual(
      saying('fail', /^20000 reports counted twice/),
    )
    const often = Array.from({ length: 1_500 }, (): [number, number] => [1, 20_000]) // thirty million, if each were held
    expect(find({ stored: kept(vision, { doubled: often }) })).toEqual(saying('fail', /^20000 reports counted twice/))
    expect(find({ stored: kept(vision, { stored: [[1, 12], ...often] }) })).toEqual(saying('fail', /^20000 reports counted twice/))
    expect(find({ after: reported(vision, { sequence: 20_000 }), stored }).outcome).toBe('pass')
    expect(find({ after: reported(vision, { sequence: 20_001 }), stored }).outcome).toBe('unknown')
  })
  test('no agents', () => {
    const history = historyFrom(
      journalOf(
        eventsOf(quick)
          .filter(({ kind }) => kind === 'run' || kind === 'scenario')
          .map((event, seq) => ({ ...event, seq: seq as Event['seq'] })),
      ),
    )
    expect(durability.judge(history, history.scenarios[0] as ScenarioHistory)).toEqual(saying('unknown', /the configs list no agent/))
  })
})
