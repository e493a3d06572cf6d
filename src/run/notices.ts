/** The alerts that were delivered: the alert sink's record, and whether the servers on the way to it are at work, by which rules. */

import type { Clock } from '../base/clock.ts'
import { poll } from '../base/poll.ts'
import { prometheusPort } from '../fleet/prometheus.ts'
import { alertingRule } from '../fleet/rule-set.ts'
import { sinkRecordUrl } from '../fleet/sink.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { AlertingRule, ExpectedAlert, NoticesEvent } from '../journal/event.ts'
import type { Hands } from './hold.ts'
import { askInside, jsonOf } from './inside.ts'

const prometheus = `http://prometheus.mgmt:${prometheusPort}/api/v1`
const rulesUrl = `${prometheus}/rules`
const seenUrl = `${prometheus}/query?query=${encodeURIComponent('sum(up{job="agents"})')}`

export interface Asking {
  readonly hands: Hands
  /** Any machine: it stands on the management network. */
  readonly machine: MachineId
  /** Between two looks of the servers at anything. */
  readonly everyMs: number
  /** By the fleet's profile. */
  readonly deployed: readonly AlertingRule[]
  readonly clock: Clock
  readonly nowMs: () => number
}

/**
 * @param known heartbeats that earlier reads of this fleet have listed
 * @returns undefined when the sink did not answer: there is then no event, and the judge knows nothing
 * @throws GauntletError harness/tool
 */
export async function readNotices(
  { hands, machine, everyMs, deployed, nowMs }: Asking,
  when: NoticesEvent['when'],
  signal: AbortSignal,
  known = 0,
): Promise<NoticesEvent | undefined> {
  const askedMs = nowMs()
  const answers = await askInside(hands, machine, [sinkRecordUrl, rulesUrl, seenUrl], signal)
  const readMs = nowMs()
  const record = jsonOf(answers.get(sinkRecordUrl)?.body) as SinkAnswer | undefined
  if (record === undefined || !Array.isArray(record.alerts) || !Array.isArray(record.heartbeatAgesMs)) return undefined
  const ago = (ageMs: number | null) => (ageMs === null ? null : readMs - ageMs)
  const { heartbeats, heartbeatAgeMs, heartbeatAgesMs, dropped, unmatched, refused } = record
  const notices = record.alerts.map(({ service, channel, alert, level, subject, times, firedAgeMs, resolvedAgeMs }) => {
    return { service, channel, alert, level, subject, times, firedMs: readMs - firedAgeMs, resolvedMs: ago(resolvedAgeMs) }
  })
  const rules = rulesOf(jsonOf(answers.get(rulesUrl)?.body), jsonOf(answers.get(seenUrl)?.body), answers.get(rulesUrl)?.wallMs ?? 0)
  const counts = { heartbeats, heartbeatMs: ago(heartbeatAgeMs), heartbeatEveryMs: everyMs, dropped, unmatched, refused }
  // One that counts fewer than were known has begun anew, and all that it counts are new.
  const fresh = heartbeats < known ? heartbeats : heartbeats - known
  const heartbeatsMs = heartbeatAgesMs.slice(Math.max(0, heartbeatAgesMs.length - fresh)).map((ageMs) => readMs - ageMs)
  return { kind: 'notices', when, notices, ...counts, heartbeatsMs, uncertainMs: readMs - askedMs + wholeMs, deployed, rules }
}

/** Ages are given in whole ones. */
const wholeMs = 1

interface SinkAnswer extends Pick<NoticesEvent, 'heartbeats' | 'dropped' | 'unmatched' | 'refused'> {
  readonly alerts: readonly (Omit<NoticesEvent['notices'][number], 'firedMs' | 'resolvedMs'> & {
    readonly firedAgeMs: number
    readonly resolvedAgeMs: number | null
  })[]
  readonly heartbeatAgeMs: number | null
  /** Of those that it keeps, oldest first. */
  readonly heartbeatAgesMs: readonly number[]
}

interface RulesAnswer {
  readonly data: { readonly groups: readonly { readonly rules: readonly RuleAnswer[] }[] }
}
interface RuleAnswer {
  readonly type: string
  readonly name: string
  readonly query: string
  /** In seconds. */
  readonly duration?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly health: string
  readonly lastEvaluation: string
}
interface SeenAnswer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] }
}

function rulesOf(rules: unknown, seen: unknown, wallMs: number): NoticesEvent['rules'] {
  const all = ((rules as RulesAnswer | undefined)?.data?.groups ?? []).flatMap((group) => group.rules)
  const healthy = all.filter(({ health }) => health === 'ok')
  const agentsSeen = Number((seen as SeenAnswer | undefined)?.data?.result?.[0]?.value[1] ?? Number.NaN)
  if (healthy.length === 0 || !Number.isInteger(agentsSeen)) return null
  const oldestMs = Math.min(...healthy.map(({ lastEvaluation }) => Date.parse(lastEvaluation)))
  const namesOf = (rules: readonly { readonly name: string }[]) => [...new Set(rules.map(({ name }) => name))].sort()
  const names = namesOf(healthy.filter(({ type }) => type !== recording))
  const broken = namesOf(all.filter((rule) => !healthy.includes(rule)))
  return { names, broken, ageMs: Math.max(0, wallMs - oldestMs), agentsSeen, evaluated: all.map(evaluatedRule) }
}

const recording = 'recording'

function evaluatedRule({ type, name, query, duration = 0, labels = {} }: RuleAnswer): AlertingRule {
  return alertingRule(type === recording ? 'record' : 'alert', name, query, Math.round(duration * 1000), labels)
}

/** After recovery: given the time that they may take, until every alert that a fault set off is resolved. */
export async function readNoticesAtLast(
  asking: Asking,
  before: NoticesEvent | undefined,
  expected: readonly ExpectedAlert[],
  signal: AbortSignal,
  heartbeats = 0,
): Promise<NoticesEvent | undefined> {
  const known = before?.notices.length ?? 0
  const isOver = (event: NoticesEvent | undefined) => {
    const news = event?.notices.slice(known) ?? []
    return expected.length === 0 || (news.length > 0 && news.every(({ resolvedMs }) => resolvedMs !== null))
  }
  const withinMs = Math.max(0, ...expected.map(({ resolvedMs }) => resolvedMs))
  const terms = { withinMs, everyMs: 1_000, clock: asking.clock, signal }
  return poll(() => readNotices(asking, 'after', signal, heartbeats), isOver, terms)
}
