/** Defects of logs, hubs, alerts and secrets that lie in what a fleet is given, by their ids (defect-changes.ts). */
import { parse, stringify } from 'yaml'
import { withValue } from '../config/edit.ts'
import type { AlertRule, RecordingRule } from './alert-rule.ts'
import type { DeployedAgent } from './contract.ts'
import type { Change } from './defect-change.ts'
import { alertRulesPath } from './prometheus.ts'
import { natsPassword, secretPlaceholder } from './secrets.ts'
import type { AgentId } from './topology.ts'

export const observabilityChanges: Readonly<Record<string, Change>> = {
  E1: {
    deployment: (deployment) => ({
      ...deployment,
      mitigations: (deployment.mitigations ?? []).filter((name) => name !== 'log-rotation'),
      agents: deployment.agents.map(({ rotated: _, ...agent }) => agent),
    }),
  },
  F1: {
    deployment: (deployment, agents) => ({
      ...deployment,
      agents: deployment.agents.map((agent) => (agents.has(agent.id as AgentId) ? ordinary(agent) : agent)),
    }),
  },
  F4: {
    servers: (servers) =>
      servers.map((server) => {
        const rules = server.files[alertRulesPath]
        return rules === undefined
          ? server
          : { ...server, files: { ...server.files, [alertRulesPath]: withoutRule(rules, 'BothHubsDown') } }
      }),
  },
  F5: {
    deployment: (deployment) => ({ ...deployment, agents: deployment.agents.map(knowsCentralOnly) }),
  },
  H2: {
    config: ({ text }, agents) =>
      agents.reduce(
        (edited, { path, environment }) => withValue(edited, [...path, 'env_vars'], { ...environment, [natsPassword]: secretPlaceholder }),
        text,
      ),
  },
}

/** An agent by its name, with health and metrics, and no hub behind its port. */
function ordinary({ secrets: _, environment, ...agent }: DeployedAgent): DeployedAgent {
  const own = Object.entries(environment).filter(([name]) => !/^(HUB_|PUSHGATEWAY_|NATS_MONITOR_)/.test(name))
  return { ...agent, role: 'agent', environment: Object.fromEntries(own) }
}

/** The central hub is the one beside the registry. */
function knowsCentralOnly(agent: DeployedAgent): DeployedAgent {
  const { OBS_HUB_URL: urls = '', REGISTRY_URL: registry = '' } = agent.environment
  const isCentral = (url: string) => new URL(url).hostname === new URL(registry).hostname
  return { ...agent, environment: { ...agent.environment, OBS_HUB_URL: urls.split(',').filter(isCentral).join(',') } }
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly (AlertRule | RecordingRule)[] }[]
}

function withoutRule(text: string, name: string): string {
  const { groups } = parse(text) as Rules
  const kept = groups.map((group) => ({ ...group, rules: group.rules.filter((rule) => !('alert' in rule && rule.alert === name)) }))
  return stringify({ groups: kept }, { lineWidth: 0 })
}
