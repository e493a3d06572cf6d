/** Agents grouped by the machine they run on, for everything that is done machine by machine. */
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import type { Targets } from './select.ts'
import type { Agent, AgentId, MachineId, Topology } from './topology.ts'

/** @returns machines in the topology's order, each with those of its agents that are asked for; unknown ids are left out */
export function byMachine({ machines, agents }: Topology, ids: readonly AgentId[]): readonly (readonly [MachineId, NonEmpty<Agent>])[] {
  const wanted = [...new Set(ids)].flatMap((id) => agents.get(id) ?? [])
  return [...machines.keys()].flatMap((machine): (readonly [MachineId, NonEmpty<Agent>])[] => {
    const here = wanted.filter((agent) => agent.machine === machine)
    return isNonEmpty(here) ? [[machine, here]] : []
  })
}

/** Machines that are targets, or that agents which are targets run on, in the topology's order; unknown ids are left out. */
export function machinesOf(topology: Topology, targets: Targets): readonly MachineId[] {
  if ('machines' in targets) return [...topology.machines.keys()].filter((machine) => targets.machines.includes(machine))
  return byMachine(topology, targets.agents).map(([machine]) => machine)
}
