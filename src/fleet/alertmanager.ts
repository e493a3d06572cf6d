/**
 * Who hears of an alert: the real Alertmanager's configuration. Pages go to PagerDuty, to one integration for each who is told;
 * everything else is a warning in Slack. Both are the sink of this fleet, in their own formats.
 */
import { stringify } from 'yaml'
import { escalation } from './alert-rules.ts'
import { type AlertTimes, durationText } from './alert-times.ts'
import { heartbeatPath, type SinkConfig, sinkAddress, sinkPort } from './sink.ts'

/** In the server's container. */
export const alertmanagerConfigPath = '/etc/prometheus/alertmanager.yml'
export const alertmanagerPort = 9093
/** On the data network. */
export const alertmanagerAddress = `alertmanager.lan:${alertmanagerPort}`

const opsChannel = '#ops-alerts'
const onCall = 'on-call'

const heartbeatReceiver = 'heartbeat'
const webhookPath = '/services/FLEET/OPS/ALERTS'
/** PagerDuty's keys have 32 characters. */
const routingKeyOf = (whom: string) => whom.replaceAll('-', '').padEnd(32, '0')
const paged = [onCall, ...escalation] as const

export function alertmanagerConfigText({ scrapeMs, remindMs }: AlertTimes): string {
  return stringify(
    {
      route: {
        receiver: opsChannel,
        // Each alert is a message of its own, with a resolution of its own.
        group_by: ['...'],
        group_wait: '0s',
        group_interval: durationText(scrapeMs),
        repeat_interval: durationText(remindMs),
        routes: [
          ...escalation.map((whom) => ({ matchers: [`escalate = "${whom}"`], receiver: whom })),
          { matchers: ['notify = "page"'], receiver: onCall },
          { matchers: ['notify = "heartbeat"'], receiver: heartbeatReceiver, repeat_interval: durationText(scrapeMs / 2) }, // less than a look, or every second one is left out
        ],
      },
      receivers: [
        { name: opsChannel, slack_configs: [slack()] },
        { name: heartbeatReceiver, webhook_configs: [{ url: `http://${sinkAddress}${heartbeatPath}`, send_resolved: false }] },
        ...paged.map((whom) => ({ name: whom, pagerduty_configs: [pagerDuty(whom)] })),
      ],
    },
    { lineWidth: 0 },
  )
}

export function sinkConfig(): SinkConfig {
  return {
    port: sinkPort,
    slack: { [webhookPath]: opsChannel },
    pagerduty: Object.fromEntries(paged.map((whom) => [routingKeyOf(whom), whom])),
  }
}

function slack() {
  return {
    api_url: `http://${sinkAddress}${webhookPath}`,
    channel: opsChannel,
    send_resolved: true,
    title: '[{{ .Status }}] {{ .CommonLabels.alertname }}',
    text: '{{ .CommonAnnotations.summary }}',
    fields: ['alertname', 'level', 'subject'].map((label) => ({ title: label, value: `{{ .CommonLabels.${label} }}`, short: true })),
  }
}

function pagerDuty(whom: string) {
  return {
    url: `http://${sinkAddress}/v2/enqueue`,
    routing_key: routingKeyOf(whom),
    send_resolved: true,
    client: 'Alertmanager',
    description: '{{ .CommonAnnotations.summary }}',
    severity: 'critical',
    class: '{{ .CommonLabels.alertname }}',
    component: '{{ .CommonLabels.subject }}',
    details: { alertname: '{{ .CommonLabels.alertname }}', level: '{{ .CommonLabels.level }}', subject: '{{ .CommonLabels.subject }}' },
  }
}
