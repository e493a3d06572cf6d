/** Whom a fault is aimed at: the parts of a selector against the topology, with chance only where a seed decides it. */
import { createHash } from 'node:crypto'
import { GauntletError, type Problem } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import type { Agent, AgentId, MachineId, Topology } from './topology.ts'

/** All given parts must match. `share` or `count` then takes a seeded part of the agents that did. */
export interface Selector {
  /** By id, or by name: a name matches on every machine that has it. */
  readonly agents?: readonly string[]
  readonly role?: string
  readonly group?: string
  readonly machine?: string
  /** Of those that match, above 0 and up to 1, rounded up. */
  readonly share?: number
  readonly count?: number
  /** Whole machines instead of agents; stands alone. */
  readonly machines?: readonly string[]
}

/** 0.14 of fifty is seven, not the eight that the last bit of the product would make of it. */
const rounding = 1e-9

/** What a selector matched: whole machines, or agents. */
export type Targets = { readonly agents: NonEmpty<AgentId> } | { readonly machines: NonEmpty<MachineId> }

/** @throws GauntletError usage/fault when a part names nothing, or the parts together match nothing, with what would have */
export function selectTargets(topology: Topology, selector: Selector, seed: number): Targets {
  if (selector.machines) return { machines: machinesOf(topology, selector, selector.machines) }
  const agents = [...topology.agents.values()]
  const bothDraws = selector.share !== undefined && selector.count !== undefined
  const problems = [
    ...(bothDraws ? [{ message: 'share and count cannot be given together', expected: 'one of them' }] : []),
    ...(selector.agents ?? []).flatMap((wanted) =>
      unknown(
        'agent',
        wanted,
        agents.flatMap(({ id, name }) => [name, id]),
      ),
    ),
    ...unknown(
      'role',
      selector.role,
      agents.map((agent) => agent.role),
    ),
    ...unknown(
      'group',
      selector.group,
      agents.map((agent) => agent.group),
    ),
    ...unknown('machine', selector.machine, [...topology.machines.keys()]),
  ]
  if (problems.length > 0) throw nothing(selector, problems)
  const matching = agents.filter((agent) => matches(agent, selector))
  const wanted = selector.count ?? Math.ceil(matching.length * (selector.share ?? 1) - rounding)
  if (wanted > matching.length) {
    throw nothing(selector, [
      { message: `${wanted} agents are asked for and ${matching.length} match: ${listed(matching.map(({ id }) => id))}` },
    ])
  }
  const isDrawn = selector.count !== undefined || selector.share !== undefined
  const drawn = new Set(isDrawn ? inSeededOrder(matching, seed).slice(0, wanted) : matching)
  const ids = matching.filter((agent) => drawn.has(agent)).map((agent) => agent.id)
  if (!isNonEmpty(ids)) throw nothing(selector, wouldMatch(agents, selector))
  return { agents: ids }
}

function machinesOf(topology: Topology, selector: Selector, wanted: readonly string[]) {
  const others = Object.keys(selector).filter((key) => key !== 'machines')
  const problems = [
    ...others.map((key) => ({ message: `machines and ${key} cannot be given together`, expected: 'whole machines, or agents' })),
    ...wanted.flatMap((machine) => unknown('machine', machine, [...topology.machines.keys()])),
  ]
  if (problems.length > 0) throw nothing(selector, problems)
  const ids = [...topology.machines.keys()].filter((id: MachineId) => wanted.includes(id))
  if (!isNonEmpty(ids)) throw nothing(selector, [{ message: 'no machine is named', expected: listed([...topology.machines.keys()]) }])
  return ids
}

function matches(agent: Agent, { agents, role, group, machine }: Selector): boolean {
  const isNamed = agents === undefined || agents.includes(agent.name) || agents.includes(agent.id)
  return (
    isNamed && (role ?? agent.role) === agent.role && (group ?? agent.group) === agent.group && (machine ?? agent.machine) === agent.machine
  )
}

/** A draw that depends on the seed and the ids alone: neither on the order of the config nor on how often it is made. */
function inSeededOrder(agents: readonly Agent[], seed: number): Agent[] {
  const lot = (id: AgentId) => createHash('sha256').update(`${seed} ${id}`).digest('hex')
  return agents.toSorted((a, b) => (lot(a.id) < lot(b.id) ? -1 : 1))
}

function unknown(part: string, wanted: string | undefined, known: readonly string[]): Problem[] {
  if (wanted === undefined || known.includes(wanted)) return []
  const near = nearest(wanted, known)
  return [{ message: `no ${part} is called ${wanted}`, expected: near ?? listed([...new Set(known)].sort()) }]
}

/** For each part, what the others alone would have matched: that shows which two contradict each other. */
function wouldMatch(agents: readonly Agent[], selector: Selector): Problem[] {
  return (['agents', 'role', 'group', 'machine'] as const)
    .filter((part) => selector[part] !== undefined)
    .map((part) => {
      const without = agents.filter((agent) => matches(agent, { ...selector, [part]: undefined }))
      return { message: `nothing matches all of it; without ${part} it would be ${listed(without.map(({ id }) => id))}` }
    })
}

function nothing(selector: Selector, problems: readonly Problem[]): GauntletError {
  return new GauntletError('usage/fault', `selecting the targets ${JSON.stringify(selector)}: nothing matches`, { problems })
}

function listed(ids: readonly string[]): string {
  if (ids.length === 0) return 'nobody'
  return ids.length > 12 ? `${ids.slice(0, 12).join(', ')} and ${ids.length - 12} more` : ids.join(', ')
}
