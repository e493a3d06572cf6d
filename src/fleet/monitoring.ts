/** The servers beside the machines that watch the fleet and tell people: Prometheus, Alertmanager, and the sink where people would be. */
import { alertRulesText } from './alert-rules.ts'
import { alertTimesOf, durationText } from './alert-times.ts'
import { alertmanagerConfigPath, alertmanagerConfigText, alertmanagerPort, sinkConfig } from './alertmanager.ts'
import { alertRulesPath, prometheusConfigPath, prometheusConfigText, prometheusPort, type Scraped } from './prometheus.ts'
import { sinkConfigPath } from './sink.ts'

/** One container; on each of its networks it is known as `role.network`. */
export interface Server {
  readonly role: 'prometheus' | 'alertmanager' | 'sink'
  readonly networks: readonly ('lan' | 'mgmt')[]
  readonly entrypoint: readonly string[]
  /** Path in the container → text of what it is given there. */
  readonly files: Readonly<Record<string, string>>
}

export interface Monitored extends Omit<Scraped, 'times'> {
  /** All times of the alerts are divided by it. */
  readonly timeScale: number
}

/** Long enough for whoever looks back at a week of runs on a fleet that was kept. */
const retention = '15d'

export function monitoringOf({ timeScale, ...scraped }: Monitored): readonly Server[] {
  const times = alertTimesOf(timeScale)
  return [
    {
      role: 'prometheus',
      networks: ['lan', 'mgmt'],
      entrypoint: [
        'prometheus',
        `--config.file=${prometheusConfigPath}`,
        '--storage.tsdb.path=/var/lib/prometheus/data',
        `--storage.tsdb.retention.time=${retention}`,
        `--web.listen-address=0.0.0.0:${prometheusPort}`,
        // What Alertmanager was not there to hear is said again soon, and not after a minute; and it forgets within four of these what
        // Prometheus no longer says, heartbeats first.
        `--rules.alert.resend-delay=${durationText(times.settleMs)}`,
        '--log.level=warn',
      ],
      files: { [prometheusConfigPath]: prometheusConfigText({ ...scraped, times }), [alertRulesPath]: alertRulesText(times) },
    },
    {
      role: 'alertmanager',
      networks: ['lan'],
      entrypoint: [
        'prometheus-alertmanager',
        `--config.file=${alertmanagerConfigPath}`,
        '--storage.path=/var/lib/prometheus/alertmanager',
        `--web.listen-address=0.0.0.0:${alertmanagerPort}`,
        '--cluster.listen-address=', // it is alone, and would wait for others
        '--log.level=warn',
      ],
      files: { [alertmanagerConfigPath]: alertmanagerConfigText(times) },
    },
    {
      role: 'sink',
      networks: ['lan', 'mgmt'],
      entrypoint: ['node', '/opt/fleet/sink.js'],
      files: { [sinkConfigPath]: `${JSON.stringify(sinkConfig(), null, 1)}\n` },
    },
  ]
}
