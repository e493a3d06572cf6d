/**
 * Alerts of the message bus, from what both hubs read of both servers' own pages: a server that nobody reaches, a leaf link that is
 * not there, and reports that the central hub does not get. The plan names no level for them: they are warnings. A hub that is down
 * takes their place, since it is the hubs who tell; a server that is down takes the place of its link, and both that of the lag.
 */
import { type AlertRule, levels, type RecordingRule, replaceable } from './alert-rule.ts'
import { type AlertTimes, durationText } from './alert-times.ts'
import { centralConsumer } from './nats.ts'

/** Reports that wait are too many when they are what the edges publish in this time; the buffer keeps ten times as much. */
const lagSeconds = 30
/** What was pushed to a gateway is of another job, and counts for nobody. */
const seen = (metric: string, labels = '') => `${metric}{job="agents",role="hub"${labels}}`

/** `hub:down` stands above them. */
export function busRecordings(): RecordingRule[] {
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

export function busAlerts({ busMs, lagMs }: AlertTimes): AlertRule[] {
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
