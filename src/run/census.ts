/** What the fleet itself says of its agents: the registry's records, freshness at the hub and at the gateways, everyone's exposition text. */

import type { Clock } from '../base/clock.ts'
import { GauntletError } from '../base/errors.ts'
import { poll } from '../base/poll.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { gatewayPort } from '../fleet/hub-environment.ts'
import type { Agent, MachineId, Topology } from '../fleet/topology.ts'
import type { ExpositionEvent, FreshnessEvent, PushesEvent, RegistrationsEvent } from '../journal/event.ts'
import type { ReadName } from '../journal/reads.ts'
import type { Fetched } from '../tool/fetch.ts'
import type { Hands } from './hold.ts'
import { askInside, jsonOf } from './inside.ts'
import type { Write } from './planned-fault.ts'

/** Whoever keeps the fleet's records: the registry, and the hub beside it. */
export function keepersOf({ agents }: Topology): { readonly registry: Agent | undefined; readonly central: Agent | undefined } {
  const all = [...agents.values()]
  const registry = all.find(({ role }) => role === 'registry')
  return { registry, central: all.find(({ role, machine }) => role === 'hub' && machine === registry?.machine) }
}

/**
 * Whoever does not answer leaves no event, and what was not read is unknown to the judge.
 * @param names what is asked for of the three
 * @param freshMs how old metrics may be, and so how long those who have just come back have to be heard of, by the registry as well
 * @param sinceMs when all was over, by the clock: who was heard of before it only may never be again
 */
export async function census(
  fleet: Hands,
  topology: Topology,
  { write, clock }: { readonly write: Write; readonly clock: Clock },
  { names, freshMs, sinceMs }: { readonly names: ReadonlySet<ReadName>; readonly freshMs: number; readonly sinceMs: number },
  signal: AbortSignal,
): Promise<void> {
  const everyone = [...topology.agents.keys()]
  const events = await poll(
    async () => {
      const oldestMs = Math.min(freshMs, clock.nowMs() - sinceMs)
      const [registrations, freshness, pushes] = await Promise.all([
        names.has('registrations') ? registrationsIn(fleet, topology, signal) : [],
        names.has('freshness') ? freshnessIn(fleet, topology, signal) : [],
        names.has('pushes') ? pushesIn(fleet, topology, signal) : [],
      ])
      return { registrations, freshness, pushes, oldestMs }
    },
    ({ registrations, freshness, pushes, oldestMs }) =>
      (!names.has('registrations') || isKnown(registrations, everyone)) &&
      (!names.has('freshness') || (freshness.length > 0 && isFresh(freshness, everyone, oldestMs))) &&
      (!names.has('pushes') || (pushes.length === topology.machines.size && isFresh(pushes, everyone, oldestMs))),
    { withinMs: freshMs, everyMs: 1_000, clock, signal },
  )
  for (const event of [...events.registrations, ...events.freshness, ...events.pushes]) write(event)
}

async function registrationsIn(fleet: Hands, topology: Topology, signal: AbortSignal): Promise<readonly RegistrationsEvent[]> {
  const { registry } = keepersOf(topology)
  const records = registry && (await listOf<RegistrationsEvent['records'][number]>(fleet, registry, signal))
  if (records === undefined) return []
  return [{ kind: 'registrations', records: records.map(({ agent, sinceStartMs, status }) => ({ agent, sinceStartMs, status })) }]
}

/** A registry hears of an agent every few seconds, and of one that has just come back not at once. */
function isKnown(registrations: readonly RegistrationsEvent[], everyone: readonly string[]): boolean {
  const records = registrations.flatMap((event) => event.records)
  const well = new Set(records.filter(({ status }) => status === 'HEALTHY').map(({ agent }) => agent))
  return everyone.every((agent) => well.has(agent))
}

async function freshnessIn(fleet: Hands, topology: Topology, signal: AbortSignal): Promise<readonly FreshnessEvent[]> {
  const { central } = keepersOf(topology)
  const records = central && (await listOf<FreshnessEvent['records'][number]>(fleet, central, signal))
  return central && records ? [{ kind: 'freshness', hub: central.id, records: records.map(({ agent, ageMs }) => ({ agent, ageMs })) }] : []
}

async function pushesIn(fleet: Hands, { machines }: Topology, signal: AbortSignal): Promise<readonly PushesEvent[]> {
  const all = await Promise.all([...machines.keys()].map((machine) => pushesOn(fleet, machine, signal)))
  return all.filter((event) => event !== undefined)
}

function isFresh(events: readonly (FreshnessEvent | PushesEvent)[], everyone: readonly string[], oldestMs: number): boolean {
  const records = events.flatMap((event) => event.records)
  const fresh = new Set(records.filter(({ ageMs }) => ageMs >= 0 && ageMs <= oldestMs).map(({ agent }) => agent))
  return everyone.every((agent) => fresh.has(agent))
}

/** A service's own list of agents, asked from inside its machine. Undefined when it gives none. */
async function listOf<T>(hands: Hands, { machine, port }: Agent, signal: AbortSignal): Promise<readonly T[] | undefined> {
  const url = `http://127.0.0.1:${port}/agents`
  const list = jsonOf((await askInside(hands, machine, [url], signal)).get(url)?.body)
  return Array.isArray(list) ? (list as readonly T[]) : undefined
}

/** By the machine's own clock, which is the one that dated the pushes. */
async function pushesOn(hands: Hands, machine: MachineId, signal: AbortSignal): Promise<PushesEvent | undefined> {
  const url = `http://127.0.0.1:${gatewayPort}/metrics`
  const answer = (await askInside(hands, machine, [url], signal)).get(url)
  return answer && { kind: 'pushes', machine, records: pushedIn(answer) }
}

/**
 * Of the groups that name an agent; whatever else is pushed is nobody's. A push from the future is told as that, and not as a fresh one:
 * whoever dated it was wrong about the time. Our own clock is of whole milliseconds, and may lag one that is not.
 */
function pushedIn({ body, wallMs }: Pick<Fetched, 'body' | 'wallMs'>): PushesEvent['records'] {
  return body.split('\n').flatMap((line) => {
    const [, labels = '', value = ''] = /^push_time_seconds\{(.*)\} (\S+)/.exec(line) ?? []
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1]
    const [agent, ageMs] = [label('agent'), Math.ceil(wallMs - Number(value) * 1000)]
    return agent === undefined || !Number.isFinite(ageMs) ? [] : [{ agent: `${label('machine')}/${agent}`, ageMs }]
  })
}

export async function readExposition(fleet: Pick<Fleet, 'observer'>, signal: AbortSignal): Promise<ExpositionEvent['answers']> {
  const argv = ['node', '/opt/gauntlet/observer.js', 'exposition']
  const { exitCode, stdout, stderr } = await fleet.observer().run(argv, { signal })
  if (exitCode !== 0)
    throw new GauntletError('harness/tool', `reading every agent's metrics: ${argv.join(' ')} ended with ${exitCode}: ${stderr.trim()}`)
  return JSON.parse(stdout) as ExpositionEvent['answers']
}
