/**
 * What the real Prometheus scrapes: the metrics of every agent on its health port, hubs and registry among them, and the servers
 * beside it. Pure: from what was deployed to the text of its configuration.
 */
import { stringify } from 'yaml'
import { type AlertTimes, durationText } from './alert-times.ts'
import { alertmanagerAddress } from './alertmanager.ts'
import type { Deployment } from './contract.ts'
import { gatewayPort } from './hub-environment.ts'
import { sinkAddress } from './sink.ts'
import type { Machine, MachineId, Topology } from './topology.ts'

/** In the server's container. */
export const prometheusConfigPath = '/etc/prometheus/prometheus.yml'
export const alertRulesPath = '/etc/prometheus/rules.yml'
export const prometheusPort = 9090

export interface Scraped {
  readonly topology: Topology
  readonly deployments: ReadonlyMap<MachineId, Deployment>
  readonly times: AlertTimes
}

interface StaticTarget {
  readonly targets: readonly [string]
  readonly labels: Readonly<Record<string, string>>
}

/** As often as the hubs push. */
const pushedEvery = '15s'
/** The job under which they push: agents' metrics once more, which no rule may count a second time. */
const pushedJob = 'fleet'
const gatewaysJob = 'pushgateways'

export function prometheusConfigText({ topology, deployments, times }: Scraped): string {
  const every = durationText(times.scrapeMs)
  const gateways = [...topology.machines.values()].map(({ lanName }) => `${lanName}:${gatewayPort}`)
  const fixed = (targets: readonly string[]) => [{ targets }]
  return stringify(
    {
      global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
      rule_files: [alertRulesPath],
      alerting: { alertmanagers: [{ static_configs: fixed([alertmanagerAddress]) }] },
      scrape_configs: [
        {
          job_name: 'agents',
          static_configs: [...topology.machines.values()].flatMap((machine) => targetsOn(machine, deployments.get(machine.id))),
          // Who it is, is what the configs say of its port, and not what it says of itself.
          metric_relabel_configs: [{ regex: 'exported_(agent|machine)', action: 'labeldrop' }],
        },
        {
          job_name: gatewaysJob,
          scrape_interval: pushedEvery,
          // Who it is about is in what was pushed. Under another job's name anybody could push what the rules would take for an agent's.
          honor_labels: true,
          static_configs: fixed(gateways),
          metric_relabel_configs: [{ source_labels: ['job'], regex: `${pushedJob}|${gatewaysJob}`, action: 'keep' }],
        },
        { job_name: 'servers', static_configs: fixed([`localhost:${prometheusPort}`, alertmanagerAddress, sinkAddress]) },
      ],
    },
    { lineWidth: 0 },
  )
}

function targetsOn({ lanName }: Machine, deployment: Deployment | undefined): StaticTarget[] {
  return (deployment?.agents ?? []).map((agent) => ({
    targets: [`${lanName}:${agent.healthPort}`],
    labels: {
      agent: agent.name,
      machine: deployment?.machine ?? '',
      role: agent.role,
      ...(agent.environment.HUB_SCOPE === undefined ? {} : { hub: agent.environment.HUB_SCOPE }),
      ...(agent.variant === 'legacy' ? { variant: agent.variant } : {}),
    },
  }))
}
