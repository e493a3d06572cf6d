/** Other names for the same agents and machines, wherever they stand: in lists, in sentences, as keys of answers, in the paths of predicates. */
import type { Event } from '../journal/event.ts'
import type { Tape } from './tape.ts'

/** Old name → new name, of agents or machines, without what stands around them. */
export type Names = ReadonlyMap<string, string>

/**
 * What is sorted stays so: all agents begin with the same letters, and all machines end with them, since the names of servers that begin
 * with other words end with that of their machine.
 */
export function prefixed(tape: Tape, prefix: string, machines: boolean): Names {
  const topology = tape.find((event) => event.kind === 'topology')
  const agents = topology?.agents.map(({ name }) => name) ?? []
  const hosts = machines ? (topology?.machines.map(({ id }) => id) ?? []) : []
  return new Map([
    ...hosts.map((name) => [name, `${name}${prefix.toLowerCase()}`] as const),
    ...agents.map((name) => [name, `${prefix}${name}`] as const),
  ])
}

export function renamed(tape: Tape, names: Names): Tape {
  const rename = renamer(names)
  return tape.map((event) => (event.kind === 'samples' || event.kind === 'load-samples' ? event : (deep(event, rename) as Event)))
}

export function renamedIn(value: unknown, names: Names): unknown {
  return deep(value, renamer(names))
}

function renamer(names: Names): (text: string) => string {
  if (names.size === 0) return (text) => text
  const any = new RegExp(`(?<![A-Za-z0-9_])(?:${[...names.keys()].map(literal).join('|')})(?![A-Za-z0-9_])`, 'g')
  return (text) => text.replace(any, (name) => names.get(name) as string)
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

function deep(value: unknown, rename: (text: string) => string): unknown {
  if (typeof value === 'string') return rename(value)
  if (Array.isArray(value)) return typeof value[0] === 'number' ? value : value.map((each) => deep(each, rename))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [rename(key), key === 'kind' ? each : deep(each, rename)]))
}
