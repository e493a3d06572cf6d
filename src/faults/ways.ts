/**
 * What a fault takes away while it is in place, and what its proofs and its undo rely on, in words: where one of a timeline takes what
 * another relies on, neither could be judged, and both are refused when they are planned.
 */
import { natsHostOf } from '../fleet/nats.ts'
import type { Agent, AgentId, MachineId, Topology } from '../fleet/topology.ts'

export type Way = `the ${string}`

/** They exist: of a machine, or of a server beside it. */
export const namespacesOf = (place: string): Way => `the namespaces of ${place}`
/** They run, and answer whoever asks them. */
export const processesOf = (machine: string): Way => `the running processes of ${machine}`
export const supervisorOf = (machine: string): Way => `the supervisor of ${machine}`
/** New connections, as quick as they should be. */
export const networkOf = (place: string): Way => `the data network of ${place}`
export const namesOn = (machine: string): Way => `the name look-up of ${machine}`
export const clockOf = (machine: string): Way => `the clock of ${machine}`
export const roomOn = (machine: string, volume: string): Way => `the room on the volume ${volume} of ${machine}`
export const secretsOn = (machine: string): Way => `the secrets of ${machine}`
export const repositoryOf = (machine: string): Way => `the repository of ${machine}`
/** It stays the process that it is, or becomes another by nobody else. */
export const processOf = (agent: AgentId): Way => `the process of ${agent}`
export const answersOf = (agent: AgentId): Way => `the answers of ${agent}`

/** Of whoever does something to agents by their supervisor. */
export function ofAgents({ agents }: Pick<Topology, 'agents'>, ids: readonly AgentId[]) {
  const machines = [...new Set(ids.flatMap((id) => agents.get(id)?.machine ?? []))]
  return {
    machines,
    processes: ids.map(processOf),
    answers: ids.map(answersOf),
    supervisors: machines.map(supervisorOf),
    /** What everything relies on that stands on a machine, and looks at what runs there. */
    ground: machines.flatMap(standingOn),
  }
}

export function standingOn(machine: string): readonly Way[] {
  return [namespacesOf(machine), processesOf(machine)]
}

/** A machine’s own server falls with the network of its machine, and not with its namespaces. */
export function serverOf(machine: MachineId): string {
  return natsHostOf(machine)
}

export function everyProcessOn({ agents }: Pick<Topology, 'agents'>, machine: MachineId): readonly Way[] {
  return [...agents.values()].filter((agent: Agent) => agent.machine === machine).map(({ id }) => processOf(id))
}
