import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { watchdog } from './alert-rules.ts'
import { alertTimesOf, durationText, mostTimeScale } from './alert-times.ts'
import { deploymentsOf } from './deployment.ts'
import { loadStartupConfigs } from './load-startup-configs.ts'
import { monitoringOf } from './monitoring.ts'
import { profileOf } from './profiles.ts'
import { heartbeatPath, type SinkConfig } from './sink.ts'

const folder = join(import.meta.dirname, '../../fixtures/configs')
const { topology } = loadStartupConfigs(['mainpc', 'pc2'].map((machine) => join(folder, `${machine}.startup.yaml`)))

interface Target {
  readonly targets: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
}

function rendered(profile = 'phase0', timeScale = 1) {
  const servers = monitoringOf({ topology, deployments: deploymentsOf(topology, profileOf(profile)), timeScale })
  const files: Record<string, string> = Object.assign({}, ...servers.map((server) => server.files))
  const read = (name: string) => parse(files[Object.keys(files).find((path) => path.endsWith(`/${name}`)) as string] as string)
  const prometheus = read('prometheus.yml')
  const job = (name: string) => prometheus.scrape_configs.find((one: { job_name: string }) => one.job_name === name)
  const rules: { alert?: string; record?: string; expr: string; for?: string; labels?: Record<string, string> }[] =
    read('rules.yml').groups[0].rules
  return { prometheus, job, rules, alertmanager: read('alertmanager.yml'), sink: read('sink.json') as SinkConfig }
}

test('all 77 agents are scraped once each, on their health ports, by the names that the configs give them', () => {
  const targets: Target[] = rendered().job('agents').static_configs
  const found = targets.map(({ targets: [address], labels }) => `${labels?.machine}/${labels?.agent} ${labels?.role} ${address}`).sort()
  const listed = [...topology.agents.values()]
    .map(({ id, role, machine, healthPort }) => `${id} ${role} ${machine}.lan:${healthPort}`)
    .sort()
  expect(found).toEqual(listed)
  expect(new Set(found).size).toBe(77)
  const hubs = targets.flatMap(({ labels }) => (labels?.hub === undefined ? [] : [`${labels.hub} ${labels.machine}`])).sort()
  expect(hubs).toEqual(['central mainpc', 'edge pc2'])
})

test('a legacy agent is scraped as well, and known as one, since nothing will come of it yet', () => {
  const targets: Target[] = rendered('legacy').job('agents').static_configs
  expect(targets).toHaveLength(77)
  expect(targets.filter(({ labels }) => labels?.variant === 'legacy')).toHaveLength(29)
  expect(
    rendered()
      .job('agents')
      .static_configs.filter(({ labels }: Target) => labels?.variant !== undefined),
  ).toEqual([])
})

test('both Pushgateways are scraped, and keep the labels that were pushed, but for those of a job that is not theirs', () => {
  const { honor_labels, static_configs, metric_relabel_configs } = rendered().job('pushgateways')
  expect({ honor_labels, static_configs }).toEqual({
    honor_labels: true,
    static_configs: [{ targets: ['mainpc.lan:9091', 'pc2.lan:9091'] }],
  })
  const [{ source_labels, regex, action }] = metric_relabel_configs
  expect({ source_labels, action }).toEqual({ source_labels: ['job'], action: 'keep' })
  const kept = ['fleet', 'pushgateways', 'agents', 'servers', ''].filter((job) => new RegExp(`^(?:${regex})$`).test(job))
  expect(kept).toEqual(['fleet', 'pushgateways'])
})

test('what a rule reads of an agent, it reads where the agent is scraped, and nowhere else', () => {
  const metrics = /\b(up|(?:agent|hub|nats)_\w+)\b(?![\w:])(\{[^}]*\})?/g
  const read = rendered().rules.flatMap(({ expr }) => [...expr.matchAll(metrics)].map(([whole, , labels = '']) => ({ whole, labels })))
  expect(read.length).toBeGreaterThan(10)
  for (const { whole, labels } of read) expect([whole, labels]).toEqual([whole, expect.stringContaining('job="agents"')])
})

test('at scale 1 the times are the plan’s', () => {
  const { prometheus, rules } = rendered()
  expect(prometheus.global.scrape_interval).toBe('5s')
  const escalations = rules.filter(({ alert }) => alert === 'P1Escalation')
  expect(escalations.map((rule) => [rule.labels?.escalate, rule.for])).toEqual([
    ['lead-sre', '10m'],
    ['cto', '20m'],
    ['vendor-support', '30m'],
  ])
  expect(rules.find(({ alert }) => alert === 'AgentDown')?.expr).toContain('> 305')
})

test('a scale divides every time but a start’s, and none below what a few scrapes can see', () => {
  const plain = alertTimesOf(1)
  expect(alertTimesOf(5)).toEqual({
    scrapeMs: plain.scrapeMs / 5,
    settleMs: plain.settleMs / 5,
    manyDownMs: plain.manyDownMs / 5,
    agentDownMs: plain.agentDownMs / 5,
    busMs: plain.busMs,
    lagMs: plain.busMs,
    escalateMs: plain.escalateMs / 5,
    remindMs: plain.remindMs / 5,
    bootMs: plain.bootMs,
  })
  const fastest = alertTimesOf(mostTimeScale)
  expect(fastest.scrapeMs).toBe(1_000)
  for (const ms of [fastest.manyDownMs, fastest.agentDownMs, fastest.escalateMs]) expect(ms).toBeGreaterThanOrEqual(3 * fastest.scrapeMs)
  expect(fastest.agentDownMs).toBe(plain.agentDownMs / mostTimeScale)
  expect(rendered('phase0', 60).rules.find(({ alert }) => alert === 'AgentDown')?.expr).toContain('> 6 ')
})

test('durations are written in the largest unit that fits', () => {
  expect([500, 1_000, 15_000, 90_000, 300_000, 14_400_000].map(durationText)).toEqual(['500ms', '1s', '15s', '90s', '5m', '4h'])
})

test('each alert that is told carries what its route and its reader need', () => {
  for (const { alert, labels } of rendered().rules.filter((rule) => rule.alert !== undefined && rule.alert !== watchdog)) {
    expect([alert, labels]).toEqual([
      alert,
      expect.objectContaining({
        level: expect.stringMatching(/^(warning|alert|critical)$/),
        notify: expect.stringMatching(/^(slack|page)$/),
        subject: expect.any(String),
      }),
    ])
    expect(labels?.notify === 'page').toBe(labels?.level === 'critical')
  }
})

test('every door of Alertmanager leads into the sink: nobody outside is ever asked', () => {
  const { alertmanager, sink } = rendered()
  const receivers: {
    name: string
    slack_configs?: { api_url: string; channel: string }[]
    pagerduty_configs?: { url: string; routing_key: string }[]
    webhook_configs?: { url: string; send_resolved: boolean }[]
  }[] = alertmanager.receivers
  const ways = receivers.flatMap(({ name, slack_configs = [], pagerduty_configs = [] }) => [
    ...slack_configs.map(({ api_url, channel }) => ({ name, url: new URL(api_url), to: sink.slack[new URL(api_url).pathname], channel })),
    ...pagerduty_configs.map(({ url, routing_key }) => ({ name, url: new URL(url), to: sink.pagerduty[routing_key], channel: name })),
  ])
  expect(ways.map(({ name, to, channel, url: { hostname, port } }) => ({ name, to, channel, hostname, port }))).toEqual(
    ['#ops-alerts', 'on-call', 'lead-sre', 'cto', 'vendor-support'].map((name) => ({
      name,
      to: name,
      channel: name,
      hostname: 'sink.lan',
      port: String(sink.port),
    })),
  )
  for (const key of Object.keys(sink.pagerduty)) expect(key).toHaveLength(32)
  const named = [alertmanager.route.receiver, ...alertmanager.route.routes.map((route: { receiver: string }) => route.receiver)]
  expect([...named].sort()).toEqual([...ways.map(({ name }) => name), 'heartbeat'].sort())
  expect(receivers.flatMap(({ webhook_configs = [] }) => webhook_configs)).toEqual([
    { url: `http://sink.lan:${sink.port}${heartbeatPath}`, send_resolved: false },
  ])
})

test('one alert always fires, and goes the whole way as often as anything is looked at, to nobody in particular', () => {
  const { rules, alertmanager } = rendered()
  expect(rules.find(({ alert }) => alert === watchdog)).toMatchObject({ expr: 'vector(1)', labels: { level: 'none', notify: 'heartbeat' } })
  expect(alertmanager.route.routes.at(-1)).toEqual({ matchers: ['notify = "heartbeat"'], receiver: 'heartbeat', repeat_interval: '2500ms' })
})
