/** What a defect changes in what a fleet is given, by its id: for those that are no behaviour of a program of the fleet. */
import { withValue } from '../config/edit.ts'
import type { StartupAgent, StartupConfig } from '../config/startup.ts'
import type { DeployedAgent, Deployment } from './contract.ts'
import type { Change } from './defect-change.ts'
import { withoutTimeouts } from './deployment.ts'
import { observabilityChanges } from './observability-changes.ts'
import type { AgentId } from './topology.ts'

export const changes: Readonly<Record<string, Change>> = {
  ...observabilityChanges,
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
  G1: { deployedConfig: ({ text }, [agent]) => (agent ? withValue(text, [...agent.path, 'restart_policy'], 'always') : text) },
  G2: { deployedConfig: ({ text }) => text.replace(/^(agent_groups|pc2_services):/m, 'services:') },
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
