/**
 * The right alert reached the right people in time, was taken back, and nobody was told anything else. Silence is evidence only where
 * the whole way from a rule to a person was seen to be open meanwhile: by the alert that always fires, and by what the servers say.
 */
import type { Event, ExpectedAlert } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import type { Check } from './check.ts'
import { concluded, type Finding, unknown } from './finding.ts'
import { many, readAfter, readBefore, seconds } from './scope.ts'
import { triggerOf } from './sustained.ts'

export const alerts: Check = { id: 'alerts', promise: 'the right alert fires, and no other', judge }

type Notices = Event<'notices'>
type Notice = Notices['notices'][number]

/** When the faults were, on the run's clock; without an end where none was released. */
interface Held {
  readonly fromMs: number
  readonly toMs: number | undefined
  /** Until then all of them were held; undefined where one was over by itself, and what it set off may have been too. */
  readonly allUntilMs: number | undefined
  readonly seqs: readonly number[]
}

function judge(history: History, scenario: ScenarioHistory): Finding {
  const expected = scenario.declared.alerts
  const before = readBefore(scenario, 'notices').findLast(({ when }) => when === 'before')
  const after = readAfter(scenario, 'notices').findLast(({ when }) => when === 'after')
  const held = heldOf(scenario)
  if (expected === undefined) return unknown('the scenario does not say who is to be told', 'alerts: in its file, if only []')
  if (before === undefined || after === undefined)
    return unknown('the place where messages end was not read', 'a run that reads it before the fault and after it')
  if (held === undefined) return unknown('no fault was applied, so nobody was to be told of one', 'a run that gets to the fault')

  const known = lastReadBefore(history, scenario) ?? before
  const news = after.notices.filter((notice) => !known.notices.some((old) => isSame(old, notice)))
  const told = toldOf(expected, news)
  const spoken = new Set(told.flatMap(({ notice }) => (notice ? [notice] : [])))
  const wrong = [
    ...told.flatMap(({ each, notice }) => (notice ? wrongWith(each, notice, held, after) : missing(each, held, news))),
    ...news.filter((notice) => !spoken.has(notice)).map((notice) => `unexpected: ${inWords(notice)}`),
  ]
  const measure = { value: wrong.length, limit: 0, unit: 'findings' } as const
  const seqs = [scenario.declared.seq, known.seq, before.seq, after.seq, ...held.seqs]
  if (wrong.length > 0) return concluded('fail', measure, wrong.join('; '), seqs)

  const open = told.flatMap(({ each, notice }) => (notice ? notYetResolved(notice) : notYetDue(each, held)))
  const unsure = [...doubts(history, before, after, held, expected), ...open]
  if (unsure.length > 0) return unknown(unsure.join('; '), 'a longer hold, on a fleet whose alerting is up')
  const way = `${many(after.heartbeats - before.heartbeats, 'heartbeat')} came the same way meanwhile`
  const words = told.flatMap(({ notice }) =>
    notice ? [`${inWords(notice)}, ${seconds(notice.firedMs - held.fromMs)} after the fault`] : [],
  )
  const because = words.length > 0 ? `${words.join('; ')}, and resolved; nothing else` : 'nobody was told anything, as it should be'
  return concluded('pass', measure, `${because}; ${way}`, seqs)
}

function heldOf(scenario: ScenarioHistory): Held | undefined {
  const leases = scenario.of('lease')
  const first = leases.find(({ state }) => state === 'applied')
  const last = leases.findLast(({ state }) => state === 'releasing' || state === 'expired')
  const ends = scenario.of('plan').map((plan) => (plan.lasts === 'instant' ? undefined : triggerOf(scenario, plan)?.atMs))
  const allUntilMs = ends.length === 0 ? undefined : ends.reduce(soonest)
  return first && { fromMs: first.atMs, toMs: last?.atMs, allUntilMs, seqs: [first.seq, ...(last ? [last.seq] : [])] }
}

function soonest(aMs: number | undefined, bMs: number | undefined): number | undefined {
  return aMs === undefined || bMs === undefined ? undefined : Math.min(aMs, bMs)
}

/** On a fleet that is kept, whoever was told after the last scenario was read and before this one was would be told of by neither. */
function lastReadBefore({ scenarios }: History, scenario: ScenarioHistory): Notices | undefined {
  if (scenario.declared.coldStart) return undefined
  return scenarios[scenarios.indexOf(scenario) - 1]?.of('notices').findLast(({ when }) => when === 'after')
}

/** Ages are told in whole milliseconds, over a connection that takes some. */
const sameWithinMs = 5_000

function isSame(a: Notice, b: Notice): boolean {
  return isNamed(a, b) && a.service === b.service && a.subject === b.subject && Math.abs(a.firedMs - b.firedMs) <= sameWithinMs
}

function isNamed(a: Pick<Notice, 'alert' | 'level' | 'channel'>, b: Pick<Notice, 'alert' | 'level' | 'channel'>): boolean {
  return a.alert === b.alert && a.level === b.level && a.channel === b.channel
}

/** To each its own: an alert that is expected twice, of two subjects, is two messages. */
function toldOf(expected: readonly ExpectedAlert[], news: readonly Notice[]) {
  const left = [...news]
  return expected.map((each) => {
    const place = left.findIndex((notice) => isNamed(notice, each))
    return { each, notice: place < 0 ? undefined : left.splice(place, 1)[0] }
  })
}

function wrongWith({ alert, afterMs, withinMs, resolvedMs: limitMs }: ExpectedAlert, notice: Notice, held: Held, after: Notices): string[] {
  const tookMs = notice.firedMs - held.fromMs
  const latestMs = afterMs + withinMs
  const resolvedMs = held.toMs === undefined ? undefined : (notice.resolvedMs ?? after.atMs) - held.toMs
  const lasts = notice.resolvedMs === null ? 'not resolved' : 'resolved late'
  const soonMs = (held.allUntilMs ?? Number.NEGATIVE_INFINITY) - (notice.resolvedMs ?? Number.POSITIVE_INFINITY)
  return [
    ...(tookMs > latestMs ? [`late: ${alert} after ${seconds(tookMs)}, later than ${seconds(latestMs)}`] : []),
    ...(tookMs + sameWithinMs < afterMs ? [`too soon: ${alert} after ${seconds(tookMs)}, sooner than ${seconds(afterMs)}`] : []),
    ...(soonMs > sameWithinMs ? [`resolved too soon: ${alert}, ${seconds(soonMs)} before the release`] : []),
    ...(resolvedMs !== undefined && resolvedMs > limitMs
      ? [`${lasts}: ${alert}, ${seconds(resolvedMs)} after the release, limit ${seconds(limitMs)}`]
      : []),
  ]
}

/** Of one that was due. */
function missing(expected: ExpectedAlert, held: Held, news: readonly Notice[]): string[] {
  const { alert, level, channel } = expected
  const other = news.find((notice) => notice.alert === alert && !isNamed(notice, expected))
  if (other && other.level !== level) return [`wrong level: ${alert} as ${other.level}, not ${level}`]
  if (other) return [`wrong channel: ${alert} to ${other.channel}, not ${channel}`]
  return isDue(expected, held) ? [`missing: ${level} ${alert} to ${channel}`] : []
}

function isDue({ afterMs, withinMs }: ExpectedAlert, { fromMs, toMs }: Held): boolean {
  return toMs !== undefined && toMs - fromMs >= afterMs + withinMs
}

function notYetResolved({ alert, resolvedMs }: Notice): string[] {
  return resolvedMs === null ? [`${alert} was not resolved when it was last looked, nor had it to be`] : []
}

/** Where the fault was over before it can have come, it need not have; where it was over before it must have, nobody knows. */
function notYetDue({ alert, afterMs, withinMs }: ExpectedAlert, { fromMs, toMs }: Held): string[] {
  const heldMs = (toMs ?? fromMs) - fromMs
  if (heldMs < afterMs) return []
  return [`${alert} has ${seconds(withinMs)} to come, and the fault was held for ${seconds(heldMs)}`]
}

/** Looks that may fail in a row on a busy machine, before it counts as silence. */
const looks = 6
const leastLookMs = 5_000

function doubts(history: History, before: Notices, after: Notices, held: Held, expected: readonly ExpectedAlert[]): string[] {
  const toleratedMs = looks * Math.max(leastLookMs, after.heartbeatEveryMs)
  const { rules, heartbeatMs } = after
  const agents = history.topology?.agents.length ?? 0
  const beats = after.heartbeats - before.heartbeats
  const spanMs = after.atMs - before.atMs
  // Some may have had to make room; one that knows fewer than that was begun anew, and what it was told meanwhile is gone with the rest.
  const forgotten = before.notices.filter((old) => !after.notices.some((notice) => isSame(old, notice))).length
  const unknownRules = expected.filter(({ alert }) => rules?.names.includes(alert) === false).map(({ alert }) => alert)
  return [
    ...(heartbeatMs === null ? ['no heartbeat ever came the way that alerts take'] : []),
    ...(heartbeatMs !== null && heartbeatMs < held.fromMs ? ['no heartbeat came after the fault'] : []),
    ...(heartbeatMs !== null && after.atMs - heartbeatMs > toleratedMs
      ? [`the last heartbeat was ${seconds(after.atMs - heartbeatMs)} old`]
      : []),
    ...(after.heartbeats <= before.heartbeats ? ['no heartbeat came in this scenario'] : []),
    ...(beats > 0 && beats < Math.floor(spanMs / toleratedMs)
      ? [`only ${many(beats, 'heartbeat')} came in the ${seconds(spanMs)} of this scenario`]
      : []),
    ...(forgotten > after.dropped - before.dropped ? ['the record of messages began anew'] : []),
    ...(rules === null ? ['the alerting server did not say what it looks at'] : []),
    ...(rules !== null && rules.ageMs > toleratedMs ? [`the alerting server last looked ${seconds(rules.ageMs)} before`] : []),
    ...(rules !== null && (agents === 0 || rules.agentsSeen < agents)
      ? [`the alerting server sees ${rules.agentsSeen} of ${agents} agents`]
      : []),
    ...(rules?.names.length === 0 ? ['the alerting server evaluates no rule'] : []),
    ...(rules?.broken?.length ? [`the alerting server cannot evaluate ${rules.broken.join(', ')}`] : []),
    ...(unknownRules.length > 0 ? [`the alerting server has no rule ${unknownRules.join(', ')}`] : []),
    ...(after.dropped > before.dropped ? ['the record of messages had no room'] : []),
    ...(after.unmatched > before.unmatched
      ? [`${many(after.unmatched - before.unmatched, 'message')} taken back that the record has not`]
      : []),
    ...(after.refused > before.refused ? [`${many(after.refused - before.refused, 'message')} turned away where they end`] : []),
  ]
}

function inWords({ service, channel, alert, level, subject }: Notice): string {
  return `${level ?? 'a message'} ${alert ?? 'without a name'} to ${channel} (${service})${subject ? ` about ${subject}` : ''}`
}
