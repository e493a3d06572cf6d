/** What a defect changes in what a fleet is given, by its id: for those that are no behaviour of a program of the fleet. */
import { parse, stringify } from 'yaml'
import { withValue } from '../config/edit.ts'
import type { StartupAgent, StartupConfig } from '../config/startup.ts'
import type { AlertRule, RecordingRule } from './alert-rules.ts'
import type { DeployedAgent, Deployment } from './contract.ts'
import { withoutTimeouts } from './deployment.ts'
import type { Server } from './monitoring.ts'
import { alertRulesPath } from './prometheus.ts'
import { natsPassword, secretPlaceholder } from './secrets.ts'
import type { AgentId } from './topology.ts'

/** Where a defect can be put into what a fleet is given. */
export interface Change {
  /** The startup config of a machine that has one of the agents, as its owner wrote it and as we read it. */
  readonly config?: (config: StartupConfig, agents: readonly StartupAgent[]) => string
  /** The same as it lies on the machine, which is not what we read. */
  readonly deployedConfig?: (config: StartupConfig, agents: readonly StartupAgent[]) => string
  /** What a machine is given. */
  readonly deployment?: (deployment: Deployment, agents: ReadonlySet<AgentId>) => Deployment
  /** The servers that watch. */
  readonly servers?: (servers: readonly Server[]) => readonly Server[]
}

export const changes: Readonly<Record<string, Change>> = {
  // The script was renamed, and the config was not.
  A2: { deployment: ofAgents((agent) => ({ ...agent, scriptPath: `${agent.scriptPath}.renamed` })) },
  B1: { config: withCycle },
  B2: { deployment: ofAgents(withoutTimeouts) },
  B3: {
    config: ({ text }, agents) =>
      agents.reduce((edited, { path, dependencies }) => withValue(edited, [...path, 'dependencies'], [...dependencies, 'Nobody']), text),
  },
  C1: {
    config: ({ text, agents: all }, [loser]) => (loser ? withValue(text, [...loser.path, 'port'], winnerOver(loser, all).port) : text),
  },
  C2: { config: ({ text }, [agent]) => (agent ? withValue(text, ['event_bus_port'], agent.healthPort) : text) },
  D1: { deployment: legacy },
  E1: {
    deployment: (deployment) => ({
      ...deployment,
      mitigations: (deployment.mitigations ?? []).filter((name) => name !== 'log-rotation'),
      agents: deployment.agents.map(({ rotated: _, ...agent }) => agent),
    }),
  },
  F1: { deployment: ofAgents(ordinary) },
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
  G1: { deployedConfig: ({ text }, [agent]) => (agent ? withValue(text, [...agent.path, 'restart_policy'], 'always') : text) },
  G2: { deployedConfig: ({ text }) => text.replace(/^(agent_groups|pc2_services):/m, 'services:') },
  H2: {
    config: ({ text }, agents) =>
      agents.reduce(
        (edited, { path, environment }) => withValue(edited, [...path, 'env_vars'], { ...environment, [natsPassword]: secretPlaceholder }),
        text,
      ),
  },
}

/** With whatever it depends on; with the first agent there is, where it depends on nobody here. */
function withCycle({ text, agents: all }: StartupConfig, [agent]: readonly StartupAgent[]): string {
  if (agent === undefined) return text
  const other = all.find(({ name }) => agent.dependencies.includes(name)) ?? (all.find((one) => one !== agent) as StartupAgent)
  const withNeed = (before: string, { path, dependencies }: StartupAgent, name: string) =>
    dependencies.includes(name) ? before : withValue(before, [...path, 'dependencies'], [...dependencies, name])
  return withNeed(withNeed(text, other, agent.name), agent, other.name)
}

/** Of two agents on one port, the one that is started first has it. */
function winnerOver(loser: StartupAgent, all: readonly StartupAgent[]): StartupAgent {
  return all.find(({ name }) => loser.dependencies.includes(name)) ?? (all.find((one) => one !== loser) as StartupAgent)
}

function ofAgents(change: (agent: DeployedAgent) => DeployedAgent): NonNullable<Change['deployment']> {
  return (deployment, agents) => ({
    ...deployment,
    agents: deployment.agents.map((agent) => (agents.has(agent.id as AgentId) ? change(agent) : agent)),
  })
}

/** For whoever waits for them, too. */
function legacy(deployment: Deployment, agents: ReadonlySet<AgentId>): Deployment {
  const peers = Object.entries(deployment.peers).map(([name, peer]) => [
    name,
    agents.has(peer.agent as AgentId) ? { ...peer, variant: 'legacy' } : peer,
  ])
  const variant = (agent: DeployedAgent) => (agents.has(agent.id as AgentId) ? { ...agent, variant: 'legacy' as const } : agent)
  return { ...deployment, agents: deployment.agents.map(variant), peers: Object.fromEntries(peers) }
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
