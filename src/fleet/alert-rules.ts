/**
 * Who is told what, and when: the plan's alert levels as rules of the real Prometheus (phase 0, sections on the fleet and on limits).
 *
 * A larger alert takes the place of the smaller ones that it contains: both hubs down is one page and no two warnings. The rules
 * themselves see to that, and not an inhibition in Alertmanager, where an alert that ends while it is inhibited never tells the
 * channel that once heard of it (docs/adr/alerting.md). So each smaller alert has two ways to be true: to begin, which it may not while the
 * larger one's condition holds or has held a moment ago; and to go on, once it was told.
 */
import { stringify } from 'yaml'
import { type AlertTimes, durationText } from './alert-times.ts'
import { centralConsumer } from './nats.ts'

export interface RecordingRule {
  readonly record: string
  readonly expr: string
}
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: { readonly summary: string }
}

/** Labels of every alert: `level` is warning, alert or critical; `notify` is slack or page; `subject` says what it is about. */
const levels = {
  warning: { level: 'warning', notify: 'slack' },
  alert: { level: 'alert', notify: 'slack' },
  page: { level: 'critical', notify: 'page', priority: 'P1' },
} as const

/** True from the moment it holds outside `larger`, and then for as long as it holds. */
function replaceable(condition: string, larger: string, name: string, labels = ''): string {
  const told = `ALERTS{alertname="${name}",alertstate="firing"}`
  return `(${condition} unless on () ${larger}) or (${condition} and on (${labels}) ${told})`
}

/**
 * Always true, and sent on all the time: as long as it arrives, the way from a rule to a person is open, and silence means that
 * nothing is wrong.
 */
export const watchdog = 'Watchdog'

/** In the order in which a P1 that lasts reaches them. */
export const escalation = ['lead-sre', 'cto', 'vendor-support'] as const

const { warning, alert, page } = levels

/** In the order in which they are evaluated. */
export function alertRules(times: AlertTimes): readonly (AlertRule | RecordingRule)[] {
  const known = [...recordings(times), ...busRecordings()]
  return [...known, ...hubAlerts(times), ...agentAlerts(times), ...busAlerts(times), ...escalations(times), heartbeat]
}

export function alertRulesText(times: AlertTimes): string {
  const rules = alertRules(times)
  return stringify({ groups: [{ name: 'fleet', interval: durationText(times.scrapeMs), rules }] }, { lineWidth: 0 })
}

const heartbeat: AlertRule = {
  alert: watchdog,
  expr: 'vector(1)',
  labels: { level: 'none', notify: 'heartbeat', subject: 'alerting' },
  annotations: { summary: 'Alerting works.' },
}

/** In this order: each may use those above it at the same instant. */
function recordings({ bootMs }: AlertTimes): RecordingRule[] {
  const up = 'up{job="agents"}'
  // A hub that answers and cannot store what it is sent is no hub; what a side-car says of its agent counts more than its own answer.
  const unwell = '(hub_storage_ok{job="agents"} == 0 or agent_process_runs{job="agents"} == 0)'
  const well = `(${up} == 1 unless on (machine, agent) ${unwell})`
  // A legacy agent has nothing to scrape, and would be down for ever: it counts from its first metrics on.
  const expected = 'up{job="agents",variant!="legacy"}'
  return [
    {
      // When an agent was last well. One that never was, has until the end of its start.
      record: 'agent:well_seconds',
      expr: `(time() + 0 * ${well}) or agent:well_seconds or (time() + ${bootMs / 1000} + 0 * ${expected})`,
    },
    { record: 'agent:down', expr: 'time() - agent:well_seconds > bool 0' },
    { record: 'fleet:agents_down', expr: 'sum(agent:down)' },
    { record: 'hub:down', expr: 'max by (hub) (agent:down{role="hub"})' },
    { record: 'fleet:both_hubs_down', expr: 'max(hub:down{hub="central"}) * max(hub:down{hub="edge"}) or vector(0)' },
  ]
}

function hubAlerts({ settleMs }: AlertTimes): AlertRule[] {
  const window = durationText(settleMs)
  const alone = (name: string, hub: string, summary: string): AlertRule => ({
    alert: name,
    expr: replaceable(`hub:down{hub="${hub}"} == 1`, `max_over_time(fleet:both_hubs_down[${window}]) == 1`, name),
    for: window,
    labels: { ...alert, subject: `${hub} hub` },
    annotations: { summary },
  })
  return [
    {
      alert: 'BothHubsDown',
      expr: 'fleet:both_hubs_down == 1',
      for: window,
      labels: { ...page, subject: 'both hubs' },
      annotations: { summary: 'The central and the edge hub are down: nobody receives health and metrics.' },
    },
    alone('CentralHubDown', 'central', 'The central hub is down; agents report to the edge hub, which buffers for 5 minutes.'),
    alone('EdgeHubDown', 'edge', 'The edge hub is down; agents of PC2 report to the central hub.'),
  ]
}

function agentAlerts({ scrapeMs, settleMs, manyDownMs, agentDownMs }: AlertTimes): AlertRule[] {
  const window = durationText(settleMs)
  const lately = `max_over_time(fleet:agents_down[${window}])`
  // A hub has alerts of its own. One scrape more than the limit, since it may have died right after the last good one.
  const silent = `max by (machine, agent) (time() - agent:well_seconds{role!="hub"}) > ${(agentDownMs + scrapeMs) / 1000}`
  return [
    {
      alert: 'MassOutage',
      expr: 'fleet:agents_down > 10',
      for: durationText(manyDownMs),
      labels: { ...page, subject: 'fleet' },
      annotations: { summary: '{{ $value }} agents are down, which is more than 10.' },
    },
    {
      alert: 'ManyAgentsDown',
      expr: replaceable('fleet:agents_down > 3', `${lately} > 10`, 'ManyAgentsDown'),
      for: durationText(manyDownMs),
      labels: { ...alert, subject: 'fleet' },
      annotations: { summary: '{{ $value }} agents are down, which is more than 3.' },
    },
    {
      alert: 'AgentDown',
      expr: replaceable(silent, `${lately} > 3`, 'AgentDown', 'machine, agent'),
      labels: { ...warning, subject: '{{ $labels.machine }}/{{ $labels.agent }}' },
      annotations: { summary: `{{ $labels.machine }}/{{ $labels.agent }} has been down for more than ${durationText(agentDownMs)}.` },
    },
  ]
}

function escalations({ escalateMs }: AlertTimes): AlertRule[] {
  const unresolved = 'max by (p1) (label_replace(ALERTS{priority="P1",alertstate="firing"}, "p1", "$1", "alertname", "(.+)"))'
  return escalation.map((whom, index) => {
    const after = durationText((index + 1) * escalateMs)
    return {
      alert: 'P1Escalation',
      expr: unresolved,
      for: after,
      labels: { level: 'critical', notify: 'page', escalate: whom, subject: '{{ $labels.p1 }}' },
      annotations: { summary: `{{ $labels.p1 }} has lasted for more than ${after}: ${whom} is told.` },
    }
  })
}

/** Reports that wait are too many when they are what the edges publish in this time; the buffer keeps ten times as much. */
const lagSeconds = 30
/** What was pushed to a gateway is of another job, and counts for nobody. */
const seen = (metric: string, labels = '') => `${metric}{job="agents",role="hub"${labels}}`

/** `hub:down` stands above them. */
function busRecordings(): RecordingRule[] {
  const consumer = `,consumer="${centralConsumer}"`
  const waiting = `${seen('nats_consumer_pending', consumer)} + ${seen('nats_consumer_unacknowledged', consumer)}`
  const published = `(sum(rate(${seen('hub_published_total')}[1m])) or vector(0))`
  // An edge holds reports, and on no server is there anyone who hears them.
  const unheard = `max(${seen('nats_stream_messages', ',stream=~"EDGE_.+"')}) > 0 unless on () ${seen('nats_consumer_pending', consumer)}`
  return [
    { record: 'bus:hubs_down', expr: 'max(hub:down) or vector(0)' },
    // Cut off from each other, each hub still reaches its own server.
    { record: 'bus:server_up', expr: `max by (server) (${seen('nats_up')})` },
    { record: 'bus:servers_down', expr: 'count(bus:server_up == 0) or vector(0)' },
    // Either end counts its links; where there is one server, there is nothing to be linked to.
    {
      record: 'bus:leaf_down',
      expr: `(min(max by (server) (${seen('nats_leafnodes')})) == bool 0) * on () (count(bus:server_up) > bool 1) or vector(0)`,
    },
    { record: 'bus:lag_reports', expr: `max(${waiting}) + (max(${seen('nats_stream_source_lag')}) or vector(0))` },
    { record: 'bus:lags', expr: `(bus:lag_reports > bool ${lagSeconds} * ${published}) or 0 * (${unheard}) + 1 or vector(0)` },
  ]
}

/**
 * From what both hubs read of both servers' own pages: a server that nobody reaches, a leaf link that is not there, and reports that the
 * central hub does not get. The plan names no level for them: they are warnings. A hub that is down takes their place, since it is the
 * hubs who tell; a server that is down takes the place of its link, and both that of the lag.
 */
function busAlerts({ busMs, lagMs }: AlertTimes): AlertRule[] {
  const window = durationText(busMs)
  const lately = (record: string) => `max_over_time(${record}[${window}]) > 0`
  const larger = (...records: readonly string[]) => `(${records.map(lately).join(' or ')})`
  const [hubs, servers, leaf] = ['bus:hubs_down', 'bus:servers_down', 'bus:leaf_down'] as const
  return [
    {
      alert: 'BusServerDown',
      expr: replaceable('bus:server_up == 0', larger(hubs), 'BusServerDown', 'server'),
      for: window,
      labels: { ...levels.warning, subject: '{{ $labels.server }}' },
      annotations: { summary: 'Nobody reaches the message server {{ $labels.server }}; agents report by HTTP.' },
    },
    {
      alert: 'BusLeafDown',
      expr: replaceable('bus:leaf_down == 1', larger(hubs, servers), 'BusLeafDown'),
      for: window,
      labels: { ...levels.warning, subject: 'leaf link' },
      annotations: { summary: 'The message servers have no leaf link: PC2 keeps its reports for 5 minutes, and MainPC gets none of them.' },
    },
    {
      alert: 'BusLag',
      expr: replaceable('bus:lags == 1', larger(hubs, servers, leaf), 'BusLag'),
      for: durationText(lagMs),
      labels: { ...levels.warning, subject: 'central hub' },
      annotations: { summary: 'The central hub does not hear what the edges publish; the bus keeps it for 5 minutes.' },
    },
  ]
}
