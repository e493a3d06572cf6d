import { describe, expect, test } from 'vitest'
import { alertingStory, eventsOf, historyFrom, journalOf, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import type { Event, ExpectedAlert } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { alerts } from './alerts.ts'

const quick = { ...alertingStory, intervalMs: 2_000, steadyMs: 10_000, recoveryMs: 70_000 }
/** When the story's fault is applied, and released. */
const appliedMs = steadyAtMs + quick.steadyMs + 400
const releasedMs = appliedMs + quick.holdMs
type Notices = Event<'notices'>
type Notice = Notices['notices'][number]

function find(
  change: (event: Notices) => Partial<Notices> = () => ({}),
  story: Partial<Story> = {},
  when: Notices['when'] = 'after',
  others: (event: Event) => object | undefined = () => ({}),
) {
  const events = eventsOf({ ...quick, ...story }).flatMap((event): Event[] => {
    if (event.kind === 'notices' && event.when === when) return [{ ...event, ...change(event) }]
    const changed = others(event)
    return changed ? [{ ...event, ...changed } as Event] : []
  })
  const history = historyFrom(journalOf(events.map((event, seq) => ({ ...event, seq: seq as Event['seq'] }))))
  return alerts.judge(history, history.scenarios[0] as ScenarioHistory)
}
const each =
  (change: Partial<Notice>) =>
  ({ notices }: Notices) => ({ notices: notices.map((notice) => ({ ...notice, ...change })) })
const saying = (outcome: 'pass' | 'fail' | 'unknown', because: RegExp | string) =>
  expect.objectContaining({ outcome, because: expect.stringMatching(because) })
const expected = quick.alerts[0] as ExpectedAlert
const firedAfter = (ms: number) => each({ firedMs: appliedMs + ms })
const resolvedAfter = (ms: number) => each({ resolvedMs: releasedMs + ms })

describe('whoever is to be told', () => {
  test('is told in time, and it is taken back', () => {
    expect(find()).toEqual(
      saying('pass', /^critical BothHubsDown to on-call \(pagerduty\), 20\.0 s after the fault, and resolved; nothing else; 28 heartbeats/),
    )
    expect(find()).toMatchObject({ measure: { value: 0, limit: 0, unit: 'findings' } })
    expect(find(each({ subject: 'both hubs' }))).toEqual(saying('pass', / about both hubs, 20/))
  })
  test('not later than it may take, to the millisecond', () => {
    expect(find(firedAfter(40_000)).outcome).toBe('pass')
    expect(find(firedAfter(40_001))).toEqual(saying('fail', /^late: BothHubsDown after 40\.0 s, later than 40\.0 s$/))
  })
  test('and not resolved later than it may take', () => {
    expect(find(resolvedAfter(60_000)).outcome).toBe('pass')
    expect(find(resolvedAfter(60_001))).toEqual(saying('fail', /^resolved late: BothHubsDown, 60\.0 s after the release, limit 60\.0 s$/))
    expect(find(each({ resolvedMs: null }))).toEqual(saying('fail', /^not resolved: BothHubsDown, 7\d\.\d s after the release/))
    const early = { recoveryMs: 20_000 }
    expect(find(each({ resolvedMs: null }), early)).toEqual(saying('unknown', /^BothHubsDown was not resolved when it was last looked/))
  })
  test('and not taken back while what it tells of goes on, unless that may have been over by itself', () => {
    expect(find(resolvedAfter(-5_000)).outcome).toBe('pass') // ages are not that exact
    expect(find(resolvedAfter(-5_001))).toEqual(saying('fail', /^resolved too soon: BothHubsDown, 5\.0 s before the release$/))
    const instant = (event: Event) => (event.kind === 'plan' ? { lasts: 'instant' } : {})
    expect(find(resolvedAfter(-5_001), {}, 'after', instant).outcome).toBe('pass')
  })
  test('is not told at another level, elsewhere, or not at all', () => {
    expect(find(each({ level: 'warning' }))).toEqual(
      saying('fail', /^wrong level: BothHubsDown as warning, not critical; unexpected: warning/),
    )
    expect(find(each({ channel: 'cto' }))).toEqual(saying('fail', /^wrong channel: BothHubsDown to cto, not on-call; unexpected:/))
    expect(find(() => ({ notices: [] }))).toEqual(saying('fail', /^missing: critical BothHubsDown to on-call$/))
  })
  test('is told once of each, where it is expected twice', () => {
    const of =
      (...subjects: string[]) =>
      () => ({ notices: subjects.map((subject) => ({ ...firedNotice, subject })) })
    const twice = { alerts: [expected, expected] }
    expect(find(of('a', 'b'), twice)).toEqual(saying('pass', / about a, 20.* about b, 20/))
    expect(find(of('a', 'b'))).toEqual(saying('fail', /^unexpected: critical BothHubsDown to on-call \(pagerduty\) about b$/))
    expect(find(of('a'), twice)).toEqual(saying('fail', /^missing: critical BothHubsDown to on-call$/))
  })
  test('need not have been told when the fault did not last so long', () => {
    const held = (holdMs: number) => find(() => ({ notices: [] }), { holdMs })
    expect(held(40_000)).toEqual(saying('fail', /^missing/))
    expect(held(39_999)).toEqual(saying('unknown', /^BothHubsDown has 40\.0 s to come, and the fault was held for 40\.0 s$/))
    const told = [{ ...expected, withinMs: 50_000 }]
    expect(find(() => ({ notices: [] }), { alerts: told }).outcome).toBe('unknown')
    const notices = (notice: Partial<Notice>) => ({ notices: [{ ...firedNotice, ...notice }] })
    expect(find(() => notices({}), { alerts: told }).outcome).toBe('pass')
  })
  test('is not told too soon of what must last', () => {
    const alerts = [{ ...expected, afterMs: 30_000, withinMs: 10_000 }]
    expect(find(firedAfter(30_000), { alerts }).outcome).toBe('pass')
    expect(find(firedAfter(25_000), { alerts }).outcome).toBe('pass') // ages are not that exact
    expect(find(firedAfter(24_999), { alerts })).toEqual(saying('fail', /^too soon: BothHubsDown after 25\.0 s, sooner than 30\.0 s$/))
    expect(find(() => ({ notices: [] }), { alerts, holdMs: 29_999 }).outcome).toBe('pass') // it need not have come
    expect(find(() => ({ notices: [] }), { alerts, holdMs: 30_000 }).outcome).toBe('unknown') // it may have been about to
    expect(find(() => ({ notices: [] }), { alerts, holdMs: 39_999 }).outcome).toBe('unknown')
    expect(find(() => ({ notices: [] }), { alerts, holdMs: 40_000 }).outcome).toBe('fail')
  })
})

const firedNotice: Notice = {
  service: 'pagerduty',
  channel: 'on-call',
  alert: 'BothHubsDown',
  level: 'critical',
  subject: null,
  firedMs: appliedMs + 20_000,
  resolvedMs: releasedMs + 10_000,
  times: 1,
}

describe('nobody else', () => {
  const another = (notice: Partial<Notice>) => (event: Notices) => ({ notices: [...event.notices, { ...firedNotice, ...notice }] })
  test('is told anything in this scenario', () => {
    expect(find(another({ alert: 'AgentDown', service: 'slack', subject: 'pc2/A' }))).toEqual(
      saying('fail', /^unexpected: critical AgentDown to on-call \(slack\) about pc2\/A$/),
    )
    expect(find(another({ firedMs: appliedMs + 35_000 }))).toEqual(saying('fail', /^unexpected: critical BothHubsDown/)) // a second time
    expect(find(another({ alert: null, level: null }))).toEqual(saying('fail', /^unexpected: a message without a name to on-call/))
    expect(find(another({ alert: 'AgentDown' }))).toMatchObject({ measure: { value: 1 } })
  })
  test('what was told before is not of this scenario, and is known by more than its name', () => {
    const old = { ...firedNotice, alert: 'AgentDown', subject: 'pc2/A', firedMs: 5_000, resolvedMs: null }
    const withOld = (now: Partial<Notice>) =>
      find(
        (event) => ({ notices: [{ ...old, ...now }, ...event.notices] }),
        {},
        'after',
        (event) => (event.kind === 'notices' ? { notices: [old] } : {}),
      )
    expect(withOld({ resolvedMs: 40_000 }).outcome).toBe('pass')
    expect(withOld({ firedMs: 10_000 }).outcome).toBe('pass')
    expect(withOld({ firedMs: 10_001 }).outcome).toBe('fail')
    for (const other of [{ subject: 'pc2/B' }, { service: 'slack' }, { level: 'alert' }, { channel: 'cto' }, { alert: 'Other' }])
      expect(withOld(other).outcome).toBe('fail')
  })
})

describe('between two scenarios', () => {
  /** The story twice, the second time on the fleet of the first, and who is told in between; or still in the first, and is read there. */
  function second(between: Partial<Notice>, coldStart = false, alreadyRead = false) {
    const whole = eventsOf({ ...quick, alerts: [] }).filter(({ kind }) => kind !== 'end')
    const lengthMs = (whole.at(-1)?.atMs ?? 0) + 1_000
    const firedMs = alreadyRead ? appliedMs : lengthMs + 1
    const told = (event: Event) => (event.kind === 'notices' ? { notices: [{ ...firedNotice, firedMs, ...between }] } : {})
    const isRead = (event: Event) => alreadyRead && event.kind === 'notices' && event.when === 'after'
    const once = whole.map((event) => (isRead(event) ? { ...event, ...told(event) } : event))
    const from = once.findIndex(({ kind }) => kind === 'scenario')
    const again = once
      .slice(from)
      .map((event) => ({ ...event, ...told(event), ...(event.kind === 'scenario' && { coldStart }), atMs: event.atMs + lengthMs }))
    const samples = again.map((event) => (event.kind === 'samples' ? { ...event, baseMs: event.baseMs + lengthMs } : event))
    const beats = samples.map((event) => (event.kind === 'notices' ? { ...event, heartbeatMs: event.atMs - 1_000 } : event))
    const history = historyFrom(journalOf([...once, ...beats].map((event, seq) => ({ ...event, seq: seq as Event['seq'] }) as Event)))
    return history.scenarios.map((scenario) => alerts.judge(history, scenario))
  }
  test('whoever is told is told for nothing, and the later one has to say so', () => {
    expect(second({})).toEqual([saying('pass', /^nobody was told/), saying('fail', /^unexpected: critical BothHubsDown/)])
  })
  test('what the earlier one has told of is not told of again', () => {
    expect(second({}, false, true).map(({ outcome }) => outcome)).toEqual(['fail', 'pass'])
  })
  test('a fleet of its own has no time in between', () => {
    expect(second({}, true).map(({ outcome }) => outcome)).toEqual(['pass', 'pass'])
  })
})

describe('silence', () => {
  const quiet = (change: (event: Notices) => Partial<Notices> = () => ({}), when: Notices['when'] = 'after', other: Partial<Story> = {}) =>
    find(change, { alerts: [], ...other }, when)
  test('is as it should be beside a heartbeat', () => {
    expect(quiet()).toEqual(saying('pass', /^nobody was told anything, as it should be; 28 heartbeats came the same way meanwhile$/))
  })
  test.each<[RegExp, (event: Notices) => Partial<Notices>]>([
    [/^no heartbeat ever came the way that alerts take$/, () => ({ heartbeatMs: null })],
    [/^no heartbeat came in this scenario$/, () => ({ heartbeats: 2 })],
    [/^no heartbeat came in this scenario$/, () => ({ heartbeats: 0 })],
    [/^no heartbeat came after the fault; the last heartbeat was/, () => ({ heartbeatMs: appliedMs - 1 })],
    [/^the last heartbeat was 30\.0 s old$/, ({ atMs }) => ({ heartbeatMs: atMs - 30_001 })],
    [/^the alerting server did not say what it looks at$/, () => ({ rules: null })],
    [/^the alerting server last looked 30\.0 s before$/, ({ rules }) => ({ rules: rules && { ...rules, ageMs: 30_001 } })],
    [/^the alerting server sees 3 of 4 agents$/, ({ rules }) => ({ rules: rules && { ...rules, agentsSeen: 3 } })],
    [/^the record of messages had no room$/, () => ({ dropped: 1 })],
    [/^the alerting server evaluates no rule$/, ({ rules }) => ({ rules: rules && { ...rules, names: [] } })],
    [/^the alerting server cannot evaluate HubDown, X$/, ({ rules }) => ({ rules: rules && { ...rules, broken: ['HubDown', 'X'] } })],
    [/^2 messages taken back that the record has not$/, () => ({ unmatched: 2 })],
    [/^1 message turned away where they end$/, () => ({ refused: 1 })],
  ])('is no evidence: %s', (because, change) => {
    expect(quiet(change)).toEqual(saying('unknown', because))
  })
  test('what is just recent enough, and more agents than are listed, are', () => {
    expect(quiet(({ atMs }) => ({ heartbeatMs: atMs - 30_000 })).outcome).toBe('pass')
    expect(quiet(({ rules }) => ({ rules: rules && { ...rules, ageMs: 30_000, agentsSeen: 5 } })).outcome).toBe('pass')
    expect(quiet(({ atMs }) => ({ heartbeatMs: atMs - 33_000, heartbeatEveryMs: 6_000 })).outcome).toBe('pass')
    expect(quiet(({ atMs }) => ({ heartbeatMs: atMs - 33_000, heartbeatEveryMs: 1_000 })).outcome).toBe('unknown')
    expect(quiet(() => ({ refused: 3 }), 'before').outcome).toBe('pass')
    expect(quiet(() => ({ dropped: 3 }), 'before')).toEqual(saying('unknown', /^the record of messages began anew$/))
    expect(quiet(() => ({ heartbeats: 6 })).outcome).toBe('pass')
    expect(quiet(() => ({ heartbeats: 5 }))).toEqual(saying('unknown', /^only 3 heartbeats came in the 126\.\d s of this scenario$/))
    expect(quiet(() => ({ heartbeatMs: appliedMs }), 'after', { holdMs: 10_000, recoveryMs: 10_000 }).outcome).toBe('pass')
  })
  test('a rule that is to fire must be there', () => {
    const without = ({ rules }: Notices) => ({ rules: rules && { ...rules, names: ['AgentDown', 'P1Escalation'] } })
    expect(find(without)).toEqual(saying('unknown', /^the alerting server has no rule BothHubsDown$/))
    expect(quiet(without).outcome).toBe('pass')
  })
})

describe('of several', () => {
  test('reads the last counts', () => {
    const first = { ...firedNotice, alert: 'AgentDown' }
    const events = eventsOf(quick).flatMap((event): Event[] =>
      event.kind === 'notices' && event.when === 'after' ? [{ ...event, notices: [first] }, event] : [event],
    )
    const history = historyFrom(journalOf(events.map((event, seq) => ({ ...event, seq: seq as Event['seq'] }))))
    expect(alerts.judge(history, history.scenarios[0] as ScenarioHistory).outcome).toBe('pass')
  })
  test('messages of one alert the first is the one that was to come', () => {
    const again = find(({ notices }) => ({ notices: [...notices, { ...firedNotice, firedMs: appliedMs + 44_000 }] }))
    expect(again).toEqual(saying('fail', /^unexpected: critical BothHubsDown to on-call \(pagerduty\)$/))
    const wrong = ['warning', 'alert'].map((level) => ({ ...firedNotice, level }))
    expect(find(() => ({ notices: wrong }))).toEqual(saying('fail', /^wrong level: BothHubsDown as warning, not critical;/))
  })
  test('faults the first is when it began, the last release is when it was over', () => {
    const isOfFault = ({ kind }: Event) => kind === 'plan' || kind === 'lease'
    const again = (event: Event) => (isOfFault(event) ? [{ ...event, lease: 'second', atMs: event.atMs + 9_000 } as Event] : [])
    const events = eventsOf(quick).flatMap((event) => [event, ...again(event)])
    const sorted = events.sort((a, b) => a.atMs - b.atMs).map((event, seq) => ({ ...event, seq: seq as Event['seq'] }))
    const judged = (resolvedMs: number, firedMs: number) => {
      const changed = sorted.map((event) =>
        event.kind === 'notices' && event.when === 'after' ? { ...event, notices: [{ ...firedNotice, firedMs, resolvedMs }] } : event,
      )
      const history = historyFrom(journalOf(changed))
      return alerts.judge(history, history.scenarios[0] as ScenarioHistory)
    }
    expect(judged(releasedMs + 69_000, appliedMs + 40_000).outcome).toBe('pass')
    expect(judged(releasedMs + 69_001, appliedMs + 40_000)).toEqual(saying('fail', /^resolved late/))
    expect(judged(releasedMs + 60_000, appliedMs + 40_001)).toEqual(saying('fail', /^late/))
    expect(judged(releasedMs + 1_000, appliedMs + 20_000).outcome).toBe('pass') // by then one of the two was over
    expect(judged(releasedMs - 5_001, appliedMs + 20_000)).toEqual(saying('fail', /^resolved too soon: BothHubsDown, 5\.0 s before/))
  })
})

describe('nothing is known', () => {
  const gone = (drop: (event: Event) => boolean) =>
    find(
      () => ({}),
      {},
      'after',
      (event) => (drop(event) ? undefined : {}),
    )
  test('of a scenario that does not say, a sink that was not read, a fault that was not applied', () => {
    const mute = find(
      () => ({}),
      {},
      'after',
      (event) => (event.kind === 'scenario' ? { alerts: undefined } : {}),
    )
    expect(mute).toEqual(saying('unknown', /does not say who is to be told/))
    expect(gone((event) => event.kind === 'notices')).toEqual(saying('unknown', /the place where messages end was not read/))
    const first = find(
      () => ({}),
      {},
      'before',
      (event) => (event.kind === 'notices' ? undefined : {}),
    )
    expect(first).toEqual(saying('unknown', /the place where messages end was not read/))
    expect(gone((event) => event.kind === 'lease')).toEqual(saying('unknown', /no fault was applied/))
    const nobody = find(
      () => ({}),
      { alerts: [] },
      'after',
      (event) => (event.kind === 'topology' ? undefined : {}),
    )
    expect(nobody).toEqual(saying('unknown', /^the alerting server sees 4 of 0 agents$/))
  })
  test('of when an alert had to come or go, where the fault was never released', () => {
    const never = gone((event) => event.kind === 'lease' && (event.state === 'releasing' || event.state === 'expired'))
    expect(never.outcome).toBe('pass') // it came, and was taken back; that the fault was never released is for others to say
    const silent = find(
      () => ({ notices: [] }),
      {},
      'after',
      (event) => (event.kind === 'lease' && event.state === 'releasing' ? undefined : {}),
    )
    expect(silent).toEqual(saying('unknown', /was held for 0\.00 s/))
  })
  test('an expired lease is a release', () => {
    const expired = find(
      () => ({ notices: [] }),
      {},
      'after',
      (event) => (event.kind === 'lease' && event.state === 'releasing' ? { state: 'expired' } : {}),
    )
    expect(expired).toEqual(saying('fail', /^missing/))
  })
})
