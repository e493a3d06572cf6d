/** The agents of a startup config as its text has them, before anything about them is believed. */
import type { Problem } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Nodes, Path } from './nodes.ts'
import { found } from './schema-problems.ts'
import type { AgentEntry } from './startup-schema.ts'

export type Layout = 'nested' | 'flat'

export interface Entry {
  readonly name: unknown
  /** Its group; `pc2_services` in the flat layout. */
  readonly group: string
  readonly path: Path
  /** May still be of any type. */
  readonly fields: Partial<Record<keyof AgentEntry, unknown>>
  /** Where its name stands. */
  readonly naming: { readonly path: Path; readonly part: 'key' | 'value' }
}

/** The key that makes a layout, and that holds its agents. */
export const layoutKeys = { agent_groups: 'nested', pc2_services: 'flat' } as const satisfies Record<string, Layout>
const known = Object.keys(layoutKeys) as (keyof typeof layoutKeys)[]

/** @returns the layout, or why the file has none: no reader may take such a file for one without agents */
export function layoutOf(nodes: Nodes): Layout | Problem {
  const expected = `a mapping with ${known.join(' or ')}`
  const { value } = nodes
  if (!isMapping(value)) return { ...nodes.placeOf([]), message: `unknown layout: expected ${expected}, found ${found(value)}` }
  const [first, second] = known.filter((key) => key in value)
  if (first && second) {
    return { ...nodes.placeOf([second], 'key'), message: `${second}: expected one layout, found this beside ${first}` }
  }
  if (first) return layoutKeys[first]
  const keys = Object.keys(value)
  const meant = keys.map((key) => nearest(key, known)).find((key) => key !== undefined)
  const hint = meant ? `; did you mean ${meant}?` : ''
  return { ...nodes.placeOf([]), message: `unknown layout: expected ${expected}, found the keys ${keys.join(', ') || '(none)'}${hint}` }
}

export function entriesOf(value: Readonly<Record<string, unknown>>, layout: Layout): Entry[] {
  if (layout === 'flat') {
    const list: unknown[] = Array.isArray(value.pc2_services) ? value.pc2_services : []
    return list.flatMap((fields, index): Entry[] => {
      const path: Path = ['pc2_services', index]
      if (!isMapping(fields)) return []
      return [{ name: fields.name, group: 'pc2_services', path, fields, naming: { path: [...path, 'name'], part: 'value' } }]
    })
  }
  return mappingsIn(value.agent_groups).flatMap(([group, agents]) =>
    mappingsIn(agents).map(([name, fields]): Entry => {
      const path: Path = ['agent_groups', group, name]
      return { name, group, path, fields, naming: { path, part: 'key' } }
    }),
  )
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mappingsIn(value: unknown): [string, Record<string, unknown>][] {
  return Object.entries(isMapping(value) ? value : {}).filter((entry): entry is [string, Record<string, unknown>] => isMapping(entry[1]))
}
