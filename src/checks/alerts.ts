/**
 * The right alerts are delivered in time and resolved, and no others are. Silence is evidence only where the rules that should speak are
 * evaluated, and the whole way from a rule to the alert sink was open all the time, as the alert that always fires shows.
 */
import { concluded, type Finding, unknown } from '../evidence/finding.ts'
import { many, readAfter, readBefore, seconds } from '../evidence/scope.ts'
import type { ExpectedAlert } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { watchedIn } from '../journal/watched.ts'
import { type Account, accountOf } from './alerting/accounting.ts'
import { type Delivered, deliveredIn, earlierOn, inWords, isSame, longestReadMs, type Read } from './alerting/delivered.ts'
import { type Heartbeats, heartbeatsIn } from './alerting/heartbeats.ts'
import { type Held, heldOf, tookNoEffect } from './alerting/held.ts'
import { ruleDoubts } from './alerting/rules.ts'
import { stallIn, type Window } from './alerting/stalls.ts'
import { isTooEarlyFor, judged } from './alerting/timing.ts'
import type { Check } from './check.ts'

export const alerts: Check = {
  id: 'alerts',
  promise: 'the right alert fires, and no other',
  exercisedBy: 'hub-loss-both',
  reads: [{ name: 'notices', when: 'both' }],
  limits: [],
  judge,
}

function judge(history: History, scenario: ScenarioHistory): Finding {
  const { alerts: expected, seq } = scenario.declared
  if (expected === undefined) return unknown('the scenario does not say which alerts are expected', 'alerts: in its file, if only []')
  const before = readBefore(scenario, 'notices').findLast(({ when }) => when === 'before')
  const after = readAfter(scenario, 'notices').findLast(({ when }) => when === 'after')
  const held = heldOf(scenario)
  const account = accountOf(history, scenario)
  const { read: known } = earlierOn(history.scenarios, scenario)
  const reads = before && after && { before, after, heart: heartbeatsIn(scenario, known, before, after) }
  const stall = (window: Window) => stallIn(history, reads?.heart, window)
  const timing = held && after && { held, readMs: after.atMs, noEffect: tookNoEffect(history, scenario), stall }
  const all = timing ? account.expected.map((each) => judged(each.expected, each.delivered, timing)) : []
  const strange = unexpectedIn(account, stall)
  const wrong = [...all.flatMap((each) => each.wrong), ...strange.wrong]

  const measure = { value: wrong.length, limit: 0, unit: 'findings' } as const
  const seqs = [seq, known?.seq, ...scenario.of('notices').map((read) => read.seq), ...(held?.seqs ?? [])]
  if (wrong.length > 0) return concluded('fail', measure, wrong.join('; '), seqs)
  if (reads === undefined) return unknown('the alert sink could not be read', 'a run that reads it before the fault and after it')
  if (held === undefined) return unknown('no fault was applied, so that no alert was due', 'a run that gets to the fault')
  const unsure = [
    ...reads.heart.doubts,
    ...recordDoubts(reads.before, reads.after),
    ...ruleDoubts(history, scenario.of('notices'), reads.after, expected),
    ...all.flatMap((each) => each.unsure),
    ...strange.unsure,
    ...firingOn(account),
  ]
  if (unsure.length > 0) return unknown(unsure.join('; '), 'a longer hold, on a fleet whose alerting is up, and on a host that is not busy')
  return concluded('pass', measure, passed(history, account, held, reads.heart), seqs)
}

/** What a fault set off ends with it: one that fires on has no reason that was read. */
function firingOn({ explained }: Account): string[] {
  return explained.flatMap(({ how, of, delivered }) =>
    how === 'unread' && delivered.resolvedMs === null
      ? [`${delivered.alert} of ${of}, whose alerts were not read, fires on at the last read`]
      : [],
  )
}

/** What fires because the host slept is not the fleet's doing. */
function unexpectedIn({ unexpected }: Account, stall: (window: Window) => string | undefined) {
  const wrong: string[] = []
  const unsure: string[] = []
  for (const { delivered, when } of unexpected) {
    const sentence = `unexpected: ${inWords(delivered)}${when}`
    const fromMs = delivered.firedMs - settledMs
    const but = stall({ fromMs, toMs: delivered.firedMs, excessMs: Number.POSITIVE_INFINITY })
    if (but === undefined) wrong.push(sentence)
    else unsure.push(`${sentence}, but ${but}`)
  }
  return { wrong, unsure }
}

/** An alert that a jump of the clock sets off is delivered within this time. */
const settledMs = 30_000

/** Some may have had to make room; one that knows fewer than that was begun anew, and what it recorded meanwhile is gone with the rest. */
function recordDoubts(before: Read, after: Read): string[] {
  const now = deliveredIn([after])
  const forgotten = deliveredIn([before]).filter((old) => !now.some((each) => isSame(old, each))).length
  const more = (of: (read: Read) => number) => of(after) - of(before)
  const slowMs = Math.max(...[before, after].map(({ uncertainMs }) => uncertainMs))
  const [unmatched, refused] = [more((read) => read.unmatched), more((read) => read.refused)]
  return [
    ...(slowMs > longestReadMs ? [`the alert sink took ${seconds(slowMs)} to be read`] : []),
    ...(forgotten > more((read) => read.dropped) ? ['the record of the alert sink began anew'] : []),
    ...(after.dropped > before.dropped ? ['the record of the alert sink was full'] : []),
    ...(unmatched > 0 ? [`${many(unmatched, 'notification')} resolved what the alert sink does not know`] : []),
    ...(refused > 0 ? [`the alert sink refused ${many(refused, 'notification')}`] : []),
  ]
}

function passed(history: History, account: Account, held: Held, heart: Heartbeats): string {
  const things = new Set([...watchedIn(history.topology), ...(history.topology?.machines.map(({ id }) => id) ?? [])])
  const delivered = account.expected.flatMap((each) => (each.delivered ? [deliveredInWords(each.delivered, held, things)] : []))
  return [
    ...(delivered.length > 0 ? [...delivered, 'no other alert'] : ['no alert delivered, as expected']),
    ...notDue(account, held),
    ...explainedInWords(account),
    `${many(heart.count, 'heartbeat')} delivered on the same path, at most ${seconds(heart.longestMs)} apart`,
  ].join('; ')
}

/** About what is in the topology it is said; what a rule is always about is in its name. */
function deliveredInWords(
  { alert, level, channel, subject, firedMs, resolvedMs }: Delivered,
  held: Held,
  things: ReadonlySet<string>,
): string {
  const about = subject !== null && things.has(subject) ? ` about ${subject}` : ''
  const took = seconds(Math.max(0, firedMs - held.appliedMs))
  const ended = resolvedInWords(resolvedMs ?? firedMs, firedMs, held.toMs)
  return `${alert}${about} (${level}, ${channel}) delivered ${took} after the fault, ${ended}`
}

function resolvedInWords(resolvedMs: number, firedMs: number, toMs: number | undefined): string {
  if (toMs !== undefined && resolvedMs >= toMs) return `resolved ${seconds(resolvedMs - toMs)} after its release`
  return `resolved after ${seconds(Math.max(0, resolvedMs - firedMs))}`
}

function notDue({ expected }: Account, held: Held): string[] {
  const due = expected.flatMap((each) => (each.delivered === undefined && isTooEarlyFor(each.expected, held) ? [each.expected] : []))
  if (due.length === 0) return []
  const byAlert = Map.groupBy(due, ({ alert }) => alert)
  const words = [...byAlert].map(([alert, all]) => `${alert} ${all.map(whenDue).join(', ')}`)
  return [`${due.length} not due in ${seconds((held.toMs ?? held.appliedMs) - held.appliedMs)}: ${words.join(', ')}`]
}

function whenDue({ channel, afterMs }: ExpectedAlert): string {
  return `to ${channel} after ${seconds(afterMs)}`
}

function explainedInWords({ explained }: Account): string[] {
  const ended = explained.filter(({ how }) => how === 'judged')
  const where = [...new Set(ended.map(({ of }) => of))].join(', ')
  return [
    ...(ended.length > 0 ? [`${many(ended.length, 'earlier alert')} judged in ${where}`] : []),
    ...explained.flatMap(({ how, of, delivered: { alert } }) => {
      if (how === 'judged') return []
      return [how === 'expected' ? `${alert} of ${of}, expected there and still firing` : `${alert} of ${of}, whose alerts were not read`]
    }),
  ]
}
