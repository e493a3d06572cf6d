/** What faults on agents' processes have in common: one step a machine, nobody else's process, and a proof for each name. */
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import { byMachine } from '../fleet/by-machine.ts'
import type { Agent, AgentId, MachineId, Topology } from '../fleet/topology.ts'
import type { Step, Targets } from './fault.ts'

/**
 * @param does what the fault does to agents, in one word: `stops`
 * @param step of one machine; the names are those under which supervisord runs its agents
 * @throws GauntletError usage/fault where the targets are machines, or no agent of this fleet
 */
export function processSteps(
  kind: string,
  does: string,
  topology: Topology,
  targets: Targets,
  step: (machine: MachineId, names: NonEmpty<string>, agents: NonEmpty<Agent>) => Step,
): { readonly agents: NonEmpty<AgentId>; readonly steps: NonEmpty<Step> } {
  if (!('agents' in targets)) throw new GauntletError('usage/fault', `planning ${kind}: its targets are machines; it ${does} agents`)
  const { agents } = targets
  const steps = byMachine(topology, agents).map(([machine, here]) => {
    const [first, ...rest] = here
    return step(machine, [first.name, ...rest.map(({ name }) => name)], here)
  })
  if (!isNonEmpty(steps)) throw new GauntletError('usage/fault', `planning ${kind}: no agent ${agents.join(', ')} in this fleet`)
  return { agents, steps }
}
