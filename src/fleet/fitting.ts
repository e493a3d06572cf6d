/** Agents by rule, for what stands in data and must mean the same in every pair of configs: no seed, no chance, config order. */
import type { Agent, Topology } from './topology.ts'

export interface Rule {
  readonly machine?: string
  readonly role?: string
  /** Only those that nobody depends on. */
  readonly leaf?: boolean
}

export function fitting({ agents }: Topology, { machine, role = 'agent', leaf = false }: Rule): readonly Agent[] {
  const needed = new Set([...agents.values()].flatMap(({ dependsOn }) => dependsOn))
  return [...agents.values()].filter(
    (agent) => agent.role === role && (machine ?? agent.machine) === agent.machine && !(leaf && needed.has(agent.id)),
  )
}
