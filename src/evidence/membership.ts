/**
 * Whether all that speak of the fleet speak of the same one. What the topology does not know was asked of by nobody, and what only the
 * topology knows may not be there: either way what was counted is not the fleet.
 */
import type { TopologyEvent } from '../journal/event.ts'
import { hostPlace } from '../journal/places.ts'

/** Agents of these that the topology does not list; each once, in order. */
export function strangersIn(topology: TopologyEvent | undefined, ids: Iterable<string>): readonly string[] {
  const known = new Set(topology?.agents.map(({ id }) => id))
  return [...new Set(ids)].filter((id) => !known.has(id))
}

/** `what names agents that the topology does not list: …`, where there are any. */
export function strangers(topology: TopologyEvent | undefined, what: string, ids: Iterable<string>): readonly string[] {
  const found = strangersIn(topology, ids)
  return found.length > 0 ? [`${what} names agents that the topology does not list: ${found.join(', ')}`] : []
}

/** `what is of machines that the topology does not list: …`, where there are any. */
export function strayMachines(topology: TopologyEvent | undefined, what: string, machines: Iterable<string>): readonly string[] {
  const known = new Set(topology?.machines.map(({ id }) => id))
  const found = [...new Set(machines)].filter((id) => !known.has(id))
  return found.length > 0 ? [`${what} is of machines that the topology does not list: ${found.join(', ')}`] : []
}

/** Where the topology contradicts itself. */
export function contradictionsIn(topology: TopologyEvent): readonly string[] {
  const { machines, agents, services, places } = topology
  const machineIds = machines.map(({ id }) => id)
  const named = (what: string, found: readonly string[]) => (found.length > 0 ? [`${what}: ${[...new Set(found)].join(', ')}`] : [])
  const ids = [...machineIds, ...agents.map(({ id }) => id), ...services.map(({ id }) => id)]
  const needed = agents.flatMap(({ dependsOn }) => dependsOn)
  const wordsOf = services.flatMap(({ agent }) => agent ?? [])
  return [
    ...named(
      'the topology lists more than once',
      ids.filter((id, place) => ids.indexOf(id) < place),
    ),
    ...named(
      'machines without an agent',
      machineIds.filter((id) => !agents.some(({ machine }) => machine === id)),
    ),
    ...named(
      'agents or services of a machine that the topology does not list',
      [...agents, ...services].filter(({ machine }) => !machineIds.includes(machine)).map(({ id }) => id),
    ),
    ...named('agents that others depend on or that have a service, and that the topology does not list', [
      ...strangersIn(topology, [...needed, ...wordsOf]),
    ]),
    ...named(
      'no snapshot is to be taken of',
      [...machineIds, hostPlace].filter((id) => !places.includes(id)),
    ),
  ]
}
