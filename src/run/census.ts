/** What the fleet itself says of its agents: the registry's records, the hub's freshness, and everyone's exposition text. */
import { GauntletError } from '../base/errors.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Agent, Topology } from '../fleet/topology.ts'
import type { ExpositionEvent, FreshnessEvent, RegistrationsEvent } from '../journal/event.ts'
import type { Write } from './run.ts'

/** Whoever does not answer leaves no event, and what was not read is unknown to the judge. */
export async function census(fleet: Fleet, topology: Topology, write: Write, signal: AbortSignal): Promise<void> {
  const agents = [...topology.agents.values()]
  const registry = agents.find(({ role }) => role === 'registry')
  const central = agents.find(({ role, machine }) => role === 'hub' && machine === registry?.machine)
  const [records, freshness] = await Promise.all([
    registry && ask<RegistrationsEvent['records']>(fleet, registry, signal),
    central && ask<FreshnessEvent['records']>(fleet, central, signal),
  ])
  if (records)
    write({ kind: 'registrations', records: records.map(({ agent, sinceStartMs, status }) => ({ agent, sinceStartMs, status })) })
  if (central && freshness) write({ kind: 'freshness', hub: central.id, records: freshness.map(({ agent, ageMs }) => ({ agent, ageMs })) })
  write({ kind: 'exposition', answers: await expositions(fleet, signal) })
}

/** A service's own list, asked from inside its machine. Undefined when it gives none. */
async function ask<T>(fleet: Fleet, { machine, port }: Agent, signal: AbortSignal): Promise<T | undefined> {
  const { exitCode, stdout } = await fleet.tool(machine).run(['tool', 'fetch', `http://127.0.0.1:${port}/agents`], { signal })
  if (exitCode !== 0) return undefined
  try {
    const list: unknown = JSON.parse(stdout)
    return Array.isArray(list) ? (list as T) : undefined
  } catch {
    return undefined // the fleet's misbehaviour, not ours
  }
}

async function expositions(fleet: Fleet, signal: AbortSignal): Promise<ExpositionEvent['answers']> {
  const argv = ['node', '/opt/gauntlet/observer.js', 'exposition']
  const { exitCode, stdout, stderr } = await fleet.observer().run(argv, { signal })
  if (exitCode !== 0)
    throw new GauntletError('harness/tool', `reading every agent's metrics: ${argv.join(' ')} ended with ${exitCode}: ${stderr.trim()}`)
  return JSON.parse(stdout) as ExpositionEvent['answers']
}
