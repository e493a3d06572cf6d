/** Whom a load asks: the agents that the faults change, machine by machine, and whom they are compared with. */
import { GauntletError } from '../base/errors.ts'
import type { Agent, Topology } from '../fleet/topology.ts'
import type { LoadEvent, Promises } from '../journal/event.ts'
import type { Load } from '../scenario/scenario.ts'
import { type Margins, marginsOf } from '../statistics/slowdown.ts'
import type { PlannedFault } from './planned-fault.ts'

export interface PlannedLoad extends Load, Pick<LoadEvent, 'targets' | 'seed'> {
  /** By which it is seen whether more slots are needed. */
  readonly margins: Margins
}

/** @throws GauntletError usage/fault where a machine has too few agents that are left as they are to compare with */
export function planLoad(load: Load, faults: readonly PlannedFault[], { agents }: Topology, limits: Promises, seed: number): PlannedLoad {
  const changed = new Set<string>(faults.flatMap(({ plan }) => plan.radius))
  const machines = [...new Set([...agents.values()].filter(({ id }) => changed.has(id)).map(({ machine }) => machine))]
  const targets = machines.map((machine) => {
    const own = [...agents.values()].filter((agent) => agent.machine === machine)
    const ids = (wanted: (agent: Agent) => boolean) => own.filter(wanted).map(({ id }) => id)
    const same = ids(({ id }) => changed.has(id))
    if (load.design !== 'control') return { machine, agents: { old: same, twin: same, new: same } }
    const others = ids(({ id, role }) => role === 'agent' && !changed.has(id))
    const half = Math.min(same.length, Math.floor(others.length / 2))
    return { machine, agents: { old: others.slice(0, half), twin: others.slice(half, 2 * half), new: same } }
  })
  const lonely = targets.filter(({ agents: { old } }) => old.length === 0).map(({ machine }) => machine)
  if (targets.length > 0 && lonely.length === 0) return { ...load, targets, seed, margins: marginsOf(limits) }
  const problems = [
    targets.length === 0
      ? { message: 'load: the faults change no agent, so that there is nobody to ask', expected: 'a fault with agents in its radius' }
      : { message: `load: ${lonely.join(', ')} has no two agents that are left as they are`, expected: 'fewer targets, or another design' },
  ]
  throw new GauntletError('usage/fault', 'choosing whom the load asks', { problems })
}
