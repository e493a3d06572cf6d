import { describe, expect, test } from 'vitest'
import { appliedMs, beating, type Notices, releasedMs } from '../../fixtures/histories/alerting-changes.ts'
import { alertingStory, eventsOf, historyFrom, journalOf, renumbered, type Story } from '../../fixtures/histories/build.ts'
import type { Event, ExpectedAlert } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { alerts } from './alerts.ts'

const quick: Story = { ...alertingStory, intervalMs: 2_000, recoveryMs: 70_000 }
type Notice = Notices['notices'][number]

interface Case {
  readonly story?: Partial<Story>
  readonly when?: Notices['when']
  /** Of events that are no reads of the alert sink; undefined takes them away. */
  readonly others?: (event: Event) => object | undefined
}

function find(change: (event: Notices) => object = () => ({}), { story = {}, when = 'after', others = () => ({}) }: Case = {}) {
  const events = eventsOf({ ...quick, ...story }).flatMap((event): Event[] => {
    if (event.kind === 'notices' && event.when === when) return [{ ...event, ...change(event) } as Event]
    const changed = others(event)
    return changed ? [{ ...event, ...changed } as Event] : []
  })
  return judgedOf(events)
}

function judgedOf(events: readonly Event[]) {
  const history = historyFrom(journalOf(renumbered(events)))
  return alerts.judge(history, history.scenarios[0] as ScenarioHistory)
}

const each =
  (change: Partial<Notice>) =>
  ({ notices }: Notices) => ({ notices: notices.map((notice) => ({ ...notice, ...change })) })
const saying = (outcome: 'pass' | 'fail' | 'unknown', because: RegExp | string) =>
  expect.objectContaining({ outcome, because: expect.stringMatching(because) })
const expected = quick.alerts[0] as ExpectedAlert
/** As exactly as the story’s reads know it. */
const uncertainMs = 20
const firedAfter = (ms: number) => each({ firedMs: appliedMs + ms })
const resolvedAfter = (ms: number) => each({ resolvedMs: releasedMs + ms })
const none = () => ({ notices: [] })

describe('an expected alert', () => {
  test('is delivered in time, and resolved; the others that are expected are named', () => {
    expect(find()).toEqual(
      saying(
        'pass',
        /^BothHubsDown \(critical, on-call\) delivered 20\.0 s after the fault, resolved 10\.0 s after its release; no other alert; 1 not due in 45\.0 s: P1Escalation to lead-sre after 600\.0 s; \d+ heartbeats/,
      ),
    )
    expect(find()).toMatchObject({ measure: { value: 0, limit: 0, unit: 'findings' } })
  })
  test('that came though it need not have is not among those that were not due', () => {
    const others = (event: Event) => (event.kind === 'scenario' ? { alerts: [{ ...expected, afterMs: 46_000 }] } : {})
    expect(find(firedAfter(47_000), { others })).toEqual(
      saying('pass', /^BothHubsDown .* delivered 47\.0 s .*; no other alert; \d+ heartbeats/),
    )
  })
  test('is not late, as exactly as its time is known', () => {
    expect(find(firedAfter(40_000)).outcome).toBe('pass')
    expect(find(firedAfter(40_000 + uncertainMs))).toEqual(saying('unknown', /^late: .* 40\.0 s, but its time is known to within 0\.02 s$/))
    expect(find(firedAfter(40_001 + uncertainMs))).toEqual(
      saying('fail', /^late: BothHubsDown delivered 40\.0 s after the fault, limit 40\.0 s$/),
    )
  })
  test('is resolved in time', () => {
    expect(find(resolvedAfter(60_000)).outcome).toBe('pass')
    expect(find(resolvedAfter(0))).toEqual(saying('pass', /, resolved 0\.00 s after its release;/))
    expect(find(resolvedAfter(60_000 + uncertainMs)).outcome).toBe('unknown')
    expect(find(resolvedAfter(60_001 + uncertainMs))).toEqual(
      saying('fail', /^resolved late: BothHubsDown, 60\.0 s after the release, limit 60\.0 s$/),
    )
    expect(find(each({ resolvedMs: null }))).toEqual(saying('fail', /^not resolved: BothHubsDown, 7\d\.\d s after the release/))
    const early = { story: { recoveryMs: 20_000 } }
    expect(find(each({ resolvedMs: null }), early)).toEqual(saying('unknown', /^BothHubsDown was not resolved at the last read/))
  })
  test('is not resolved before the release, unless what it is about may have been over by itself', () => {
    expect(find(resolvedAfter(-uncertainMs)).outcome).toBe('pass')
    expect(find(resolvedAfter(-uncertainMs - 1))).toEqual(saying('fail', /^resolved too soon: BothHubsDown, 0\.02 s before the release$/))
    const others = (event: Event) => (event.kind === 'plan' ? { lasts: 'instant' } : {})
    expect(find(resolvedAfter(-5_001), { others })).toEqual(saying('pass', /delivered 20\.0 s after the fault, resolved after 20\.0 s;/))
  })
  test('is no other: at another level, elsewhere, about something else, or before the fault was applied', () => {
    for (const change of [{ level: 'warning' }, { channel: 'cto' }, { subject: 'edge hub' }, { subject: null }, { alert: 'Other' }])
      expect(find(each(change))).toEqual(
        saying('fail', /^missing: critical BothHubsDown to on-call about both hubs; unexpected: .*, 20\.0 s after the fault$/),
      )
    // It begins to be applied 0.38 s before it is in.
    expect(find(firedAfter(-380 - uncertainMs))).toEqual(saying('pass', /delivered 0\.00 s after the fault/))
    expect(find(firedAfter(-381 - uncertainMs))).toEqual(saying('fail', /^missing: .*; unexpected: .*, 0\.02 s before the fault$/))
    expect(find(none)).toEqual(saying('fail', /^missing: critical BothHubsDown to on-call about both hubs$/))
  })
  test('is one of each, where it is expected twice', () => {
    const of =
      (...subjects: string[]) =>
      () => ({ notices: subjects.map((subject) => ({ ...delivered, subject })) })
    const twice = { story: { alerts: ['pc2/Vision', 'pc2/Speech'].map((subject) => ({ ...expected, subjects: [subject] })) } }
    expect(find(of('pc2/Speech', 'pc2/Vision'), twice)).toEqual(
      saying('pass', /^BothHubsDown about pc2\/Vision .*; BothHubsDown about pc2\/Speech/),
    )
    expect(find(of('pc2/Speech', 'pc2/Speech'), twice)).toEqual(
      saying('fail', /^missing: .* about pc2\/Vision; unexpected: .* about pc2\/Speech/),
    )
    expect(find(of('both hubs', 'both hubs'))).toEqual(
      saying('fail', /^unexpected: critical BothHubsDown to on-call \(pagerduty\) about both hubs/),
    )
    const any = { story: { alerts: [{ ...expected, subjects: ['a', 'b'] }] } }
    expect(find(of('b'), any).outcome).toBe('pass')
    expect(find(of('c'), any)).toEqual(saying('fail', /^missing: .* about a or b; unexpected/))
  })
  test('need not be delivered where the fault was not held for so long', () => {
    const held = (holdMs: number) => find(none, { story: { holdMs } })
    expect(held(40_000)).toEqual(saying('fail', /^missing/))
    expect(held(39_999)).toEqual(saying('unknown', /^BothHubsDown may take 40\.0 s, and the fault was held for 40\.0 s$/))
    const alerts = [{ ...expected, afterMs: 30_000, withinMs: 10_000 }]
    const lasting = (holdMs: number) => find(none, { story: { alerts, holdMs } })
    expect(lasting(29_999)).toEqual(
      saying('pass', /^no alert delivered, as expected; 1 not due in 30\.0 s: BothHubsDown to on-call after 30\.0 s;/),
    )
    expect([30_000, 39_999].map((holdMs) => lasting(holdMs).outcome)).toEqual(['unknown', 'unknown'])
    expect(lasting(40_000).outcome).toBe('fail')
  })
  test('is not delivered too soon of what must last', () => {
    const story = { alerts: [{ ...expected, afterMs: 30_000, withinMs: 10_000 }] }
    const appliesMs = 380
    expect(find(firedAfter(30_000 - appliesMs - uncertainMs), { story }).outcome).toBe('pass')
    expect(find(firedAfter(29_999 - appliesMs - uncertainMs), { story })).toEqual(
      saying('fail', /^too soon: BothHubsDown delivered 29\.6 s after the fault, not before 30\.0 s$/),
    )
  })
})

const delivered: Notice = {
  service: 'pagerduty',
  channel: 'on-call',
  alert: 'BothHubsDown',
  level: 'critical',
  subject: 'both hubs',
  firedMs: appliedMs + 20_000,
  resolvedMs: releasedMs + 10_000,
  times: 1,
}

describe('no other alert', () => {
  const another = (notice: Partial<Notice>) => (event: Notices) => ({ notices: [...event.notices, { ...delivered, ...notice }] })
  test('is delivered, whatever it is', () => {
    expect(find(another({ alert: 'AgentDown', service: 'slack', subject: 'pc2/A' }))).toEqual(
      saying('fail', /^unexpected: critical AgentDown to on-call \(slack\) about pc2\/A, 20\.0 s after the fault$/),
    )
    expect(find(another({ firedMs: appliedMs + 35_000 }))).toEqual(saying('fail', /^unexpected: critical BothHubsDown/)) // a second time
    expect(find(another({ alert: null, level: null, subject: null }))).toEqual(
      saying('fail', /^unexpected: a notification without a name to on-call/),
    )
    expect(find(another({ alert: 'AgentDown' }))).toMatchObject({ measure: { value: 1 } })
  })
  test('is excused by an earlier read of it, nor by the fault’s not being applied', () => {
    const early = { ...delivered, firedMs: 5_000, resolvedMs: 9_000 }
    const inBoth = { others: (event: Event) => (event.kind === 'notices' ? { notices: [early] } : {}) }
    expect(find(() => ({ notices: [early, delivered] }), inBoth)).toEqual(saying('fail', /^unexpected: .* 95\.0 s before the fault$/))
    expect(find(() => ({ notices: [delivered] }), inBoth)).toEqual(saying('fail', /^unexpected: .* 95\.0 s before the fault$/)) // forgotten since
    const never = { others: (event: Event) => (event.kind === 'lease' ? undefined : {}) }
    expect(find(() => ({ notices: [early] }), never)).toEqual(saying('fail', /^unexpected: critical BothHubsDown .* about both hubs$/))
  })
  test('counts while the host’s clock jumps, for the fleet or against it', () => {
    const jump = (atMs: number): Event => ({ kind: 'lag', seq: 0 as Event['seq'], atMs, fromMs: atMs, toMs: atMs + 10, cause: 'clock' })
    const withJump = (atMs: number) => {
      const events = eventsOf({ ...quick, alerts: [] }).map((event) =>
        event.kind === 'notices' && event.when === 'after' ? { ...event, notices: [delivered] } : event,
      )
      return judgedOf([...events, jump(atMs)].toSorted((a, b) => a.atMs - b.atMs))
    }
    expect(withJump(appliedMs + 15_000)).toEqual(saying('unknown', /^unexpected: .*, but the host’s clock jumped at 115\.4 s$/))
    expect(withJump(appliedMs - 10_010).outcome).toBe('unknown') // over thirty seconds before it fired
    expect(withJump(appliedMs - 10_011).outcome).toBe('fail')
  })
})

describe('of several', () => {
  test('faults the first is when it began, the last release is when it was over', () => {
    const isOfFault = ({ kind }: Event) => kind === 'plan' || kind === 'lease' || kind === 'proof'
    const again = (event: Event) =>
      isOfFault(event) ? [{ ...event, lease: 'second', atMs: event.atMs + 9_000, silences: [] } as Event] : []
    const sorted = eventsOf(quick)
      .flatMap((event) => [event.kind === 'plan' ? { ...event, silences: [] } : event, ...again(event)]) // awake between the two releases
      .sort((a, b) => a.atMs - b.atMs)
    const judged = (resolvedMs: number, firedMs: number) =>
      judgedOf(
        sorted.map((event) =>
          event.kind === 'notices' && event.when === 'after' ? { ...event, notices: [{ ...delivered, firedMs, resolvedMs }] } : event,
        ),
      )
    expect(judged(releasedMs + 69_000, appliedMs + 40_000).outcome).toBe('pass')
    expect(judged(releasedMs + 69_021, appliedMs + 40_000)).toEqual(saying('fail', /^resolved late/))
    expect(judged(releasedMs + 60_000, appliedMs + 40_021)).toEqual(saying('fail', /^late/))
    expect(judged(releasedMs + 1_000, appliedMs + 20_000).outcome).toBe('pass') // by then one of the two was over
    expect(judged(releasedMs - 21, appliedMs + 20_000)).toEqual(saying('fail', /^resolved too soon: BothHubsDown, 0\.02 s before/))
  })
})

describe('nothing is known', () => {
  const gone = (drop: (event: Event) => boolean) => find(undefined, { others: (event) => (drop(event) ? undefined : {}) })
  test('of a scenario that does not say, a sink that was not read, a fault that was not applied', () => {
    const mute = find(undefined, { others: (event) => (event.kind === 'scenario' ? { alerts: undefined } : {}) })
    expect(mute).toEqual(saying('unknown', /does not say which alerts are expected/))
    expect(gone((event) => event.kind === 'notices')).toEqual(saying('unknown', /^the alert sink could not be read$/))
    const first = find(undefined, { when: 'before', others: (event) => (event.kind === 'notices' ? undefined : {}) })
    expect(first).toEqual(saying('unknown', /^the alert sink could not be read$/))
    const lateToo = find(firedAfter(41_000), { others: (event) => (event.kind === 'notices' ? undefined : {}) })
    expect(lateToo).toEqual(saying('fail', /^late: BothHubsDown delivered 41\.0 s after the fault, limit 40\.0 s$/))
    const never = find(none, { others: (event) => (event.kind === 'lease' ? undefined : {}) })
    expect(never).toEqual(saying('unknown', /^no fault was applied/))
  })
  test('of when an alert had to be delivered or resolved, where the fault was never released', () => {
    const never = gone((event) => event.kind === 'lease' && (event.state === 'releasing' || event.state === 'expired'))
    expect(never.outcome).toBe('pass') // it was delivered, and resolved; that the fault was never released is for others to say
    const silent = find(none, { others: (event) => (event.kind === 'lease' && event.state === 'releasing' ? undefined : {}) })
    expect(silent).toEqual(saying('unknown', /was held for 0\.00 s/))
  })
  test('of a fault without proof, nor of one that did not silence its targets', () => {
    expect(find(none, { others: (event) => (event.kind === 'proof' ? undefined : {}) })).toEqual(
      saying('unknown', /^missing: .*, but process-stop was not proven on pc2$/),
    )
    const felt = find(none, { others: (event) => (event.kind === 'samples' ? { answers: event.answers.map(() => 0) } : {}) })
    expect(felt).toEqual(
      saying('unknown', /^missing: .*, but process-stop was applied, and these were never seen to be silent: pc2\/Speech$/),
    )
  })
  test('of a fault that ended by itself: by when is not known', () => {
    const expired = find(none, { others: (event) => (event.kind === 'lease' && event.state === 'releasing' ? { state: 'expired' } : {}) })
    expect(expired).toEqual(saying('unknown', /^missing: .*, but process-stop: its lease expired$/))
  })
})

test('the way must have been open at any pace: the tolerance is of several heartbeats, and ten seconds at least', () => {
  const events = eventsOf({ ...quick, alerts: [] })
  const gap = (everyMs: number, gapMs: number) => judgedOf(beating(everyMs, 100_000, 100_000 + gapMs)(events)).outcome
  expect([gap(5_000, 15_000), gap(5_000, 20_000)]).toEqual(['pass', 'unknown'])
  expect([gap(1_000, 9_000), gap(1_000, 10_000)]).toEqual(['pass', 'unknown'])
})

describe('the record of the alert sink', () => {
  const counting = (before: object, after: object) =>
    judgedOf(
      eventsOf(quick).map((event) => (event.kind === 'notices' ? { ...event, ...(event.when === 'before' ? before : after) } : event)),
    )
  test('must not have refused or failed to match a single notification in this scenario', () => {
    const [unmatched, refused] = [{ unmatched: 1 }, { refused: 1 }]
    expect(counting({}, unmatched)).toEqual(saying('unknown', /^1 notification resolved what the alert sink does not know$/))
    expect(counting({}, refused)).toEqual(saying('unknown', /^the alert sink refused 1 notification$/))
    for (const earlier of [unmatched, refused]) expect(counting(earlier, earlier).outcome).toBe('pass')
  })
  test('may take five seconds to be read', () => {
    const taking = (uncertainMs: number) => counting({}, { uncertainMs })
    expect(taking(5_000).outcome).toBe('pass')
    expect(taking(5_001)).toEqual(saying('unknown', /^the alert sink took 5\.0 s to be read$/))
  })
})
