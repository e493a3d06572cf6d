/** The observer's configuration: made by the harness from the topology, read again in the observer's container. */
import { GauntletError, type Problem } from '../base/errors.ts'
import { servicesOf } from '../fleet/services.ts'
import type { Topology } from '../fleet/topology.ts'
import { serviceProbes } from '../journal/probe.ts'
import type { ObserverConfig, Target } from './protocol.ts'

/** In the observer's container. */
export const observerConfigPath = '/etc/gauntlet/observer.json'

/** Who the sentinel says it is. */
export const sentinelIdentity = { name: '$sentinel', machine: '$observer' } as const

export interface ObserverTerms {
  readonly intervalMs?: number
  readonly timeoutMs?: number
  readonly latenessMs?: number
  /** In [0, 1); random for each run, from its seed. */
  readonly phase: number
  readonly inFlight?: number
  readonly batchMs?: number
}

export const observerDefaults = { intervalMs: 250, timeoutMs: 1000, batchMs: 500 } as const
const leastInFlight = 4096
const longestLatenessMs = 100

/** Targets are the agents in topology order, then the services: that is what `samples.targets` counts in. */
export function observerConfigOf(topology: Topology, terms: ObserverTerms): ObserverConfig {
  const intervalMs = terms.intervalMs ?? observerDefaults.intervalMs
  const timeoutMs = terms.timeoutMs ?? observerDefaults.timeoutMs
  const targets = [...agentTargets(topology), ...servicesOf(topology).map(({ agent: _, ...target }) => target)]
  return {
    intervalMs,
    timeoutMs,
    latenessMs: terms.latenessMs ?? Math.min(intervalMs / 2, longestLatenessMs),
    phase: terms.phase,
    inFlight: terms.inFlight ?? inFlightFor(targets.length, { intervalMs, timeoutMs }),
    batchMs: terms.batchMs ?? observerDefaults.batchMs,
    targets,
  }
}

/** Room for every probe of a fleet of which nobody answers, each open until its time is over: that all are down must be seen of all. */
export function inFlightFor(
  targets: number,
  { intervalMs, timeoutMs }: { readonly intervalMs: number; readonly timeoutMs: number },
): number {
  return Math.max(leastInFlight, (targets + 1) * (Math.ceil(timeoutMs / intervalMs) + 1))
}

function agentTargets({ agents, machines }: Topology): readonly Target[] {
  return [...agents.values()].map(({ id, name, machine, healthPort }) => {
    const host = machines.get(machine)?.mgmtName
    if (host === undefined) throw new Error(`agent ${id} is on machine ${machine}, which the topology does not have`)
    return { id, probe: 'health', name, machine, host, port: healthPort }
  })
}

const probes: readonly unknown[] = ['health', ...serviceProbes]

/**
 * @param text of the file at `place`
 * @throws GauntletError usage/file with everything that is wrong in it
 */
export function readObserverConfig(text: string, place: string): ObserverConfig {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new GauntletError('usage/file', `read ${place}: it is not JSON: ${(cause as Error).message}`, { cause })
  }
  const problems = problemsOf(parsed).map((problem) => ({ ...problem, file: place }))
  if (problems.length > 0) {
    const all = problems.map(({ message, expected }) => `${message}, expected ${expected}`).join('; ')
    throw new GauntletError('usage/file', `read ${place}: ${all}`, { problems })
  }
  return parsed as ObserverConfig
}

type Fields = Readonly<Record<string, unknown>>

function problemsOf(parsed: unknown): Problem[] {
  if (!isObject(parsed)) return [{ message: 'the top level is not an object', expected: 'the configuration of an observer' }]
  const problems: Problem[] = []
  const need = (fields: Fields, where: string, name: string, holds: (value: unknown) => boolean, expected: string) => {
    if (!holds(fields[name])) problems.push({ message: `${where}${name} is ${JSON.stringify(fields[name])}`, expected })
  }
  for (const name of ['intervalMs', 'timeoutMs', 'latenessMs', 'batchMs'])
    need(parsed, '', name, (value) => isNumber(value) && value > 0 && value <= 3_600_000, 'a number of milliseconds above 0')
  need(parsed, '', 'phase', (value) => isNumber(value) && value >= 0 && value < 1, 'a number in [0, 1)')
  need(parsed, '', 'inFlight', (value) => Number.isInteger(value) && (value as number) > 0, 'a whole number above 0')
  const { targets } = parsed
  // The journal counts targets in 16 bits, and the sentinel is one of them.
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > 65_534)
    return [...problems, { message: 'targets is no list of 1 to 65534', expected: 'who is to be asked' }]
  targets.forEach((target: unknown, index) => {
    const where = `targets[${index}].`
    const fields = isObject(target) ? target : {}
    for (const name of ['id', 'name', 'machine', 'host'])
      need(fields, where, name, (value) => typeof value === 'string' && value !== '', 'a text that is not empty')
    need(fields, where, 'probe', (value) => probes.includes(value), `one of ${probes.join(', ')}`)
    need(fields, where, 'port', (value) => isNumber(value) && Number.isInteger(value) && value > 0 && value < 65_536, 'a port')
  })
  return problems
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
