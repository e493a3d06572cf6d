/** A machine's startup config, in either layout, as typed data: who runs there, on which ports, needing whom. */
import type { Problem } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { inOrder } from './document.ts'
import { type Nodes, type Path, type Place, readNodes } from './nodes.ts'
import { defaultVariables, portOf, type Variables } from './port-expression.ts'
import { found, schemaProblems } from './schema-problems.ts'
import type { Source } from './source.ts'
import { type AgentEntry, expressionPattern, flatSchema, type GlobalSettings, nestedSchema } from './startup-schema.ts'

export type Layout = 'nested' | 'flat'

export interface StartupConfig {
  readonly file: string
  /** As the owner wrote it, to the byte. */
  readonly text: string
  readonly layout: Layout
  /** Its machine's id: the layout is the only thing by which the two files differ. */
  readonly machine: 'mainpc' | 'pc2'
  readonly settings: GlobalSettings
  readonly agents: readonly StartupAgent[]
  /** The whole file as plain values, for what reads further keys of it. */
  readonly value: Readonly<Record<string, unknown>>
  /** For expressions in ports. */
  readonly variables: Variables
  placeOf(path: Path, part?: 'key' | 'value'): Place
}

export interface StartupAgent {
  readonly name: string
  /** Its group; `pc2_services` in the flat layout. */
  readonly group: string
  readonly scriptPath: string
  readonly port: number
  readonly healthPort: number
  /** True where the config does not say: the stricter reading. */
  readonly required: boolean
  readonly dependencies: readonly string[]
  readonly host: string | undefined
  readonly environment: Readonly<Record<string, string>>
  /** Where it stands in the document. */
  readonly path: Path
}

const layouts = { agent_groups: 'nested', pc2_services: 'flat' } as const
const machines = { nested: 'mainpc', flat: 'pc2' } as const
/** An agent's name becomes a process name and a part of its id, so that separators cannot stand in it. */
const namePattern = /^[A-Za-z0-9][\w.-]*$/

export type StartupRead = { readonly config: StartupConfig } | { readonly problems: readonly Problem[] }

export function readStartup(source: Source, given: Variables = {}): StartupRead {
  const variables = { ...defaultVariables, ...given }
  const nodes = readNodes(source)
  if (nodes.value === undefined) return { problems: nodes.problems }
  const layout = layoutOf(nodes)
  if (typeof layout !== 'string') return { problems: inOrder([...nodes.problems, layout]) }
  const entries = entriesOf(nodes.value as Record<string, unknown>, layout)
  const problems = inOrder([
    ...nodes.problems,
    ...schemaProblems(layout === 'nested' ? nestedSchema : flatSchema, nodes.value, nodes),
    ...noAgents(nodes, layout, entries),
    ...strayAgents(nodes),
    ...entries.flatMap((entry) => entryProblems(nodes, entry, variables)),
    ...sameTwice(nodes, entries),
  ])
  if (problems.length > 0) return { problems }
  const value = nodes.value as Record<string, unknown>
  const agents = entries.map((entry) => agentOf(entry, variables))
  const settings = (value.global_settings ?? {}) as GlobalSettings
  return { config: { ...source, layout, machine: machines[layout], settings, agents, value, variables, placeOf: nodes.placeOf } }
}

/** An agent as the file has it; its fields may still be of any type. */
interface Entry {
  readonly name: unknown
  readonly group: string
  readonly path: Path
  readonly fields: Partial<Record<keyof AgentEntry, unknown>>
  /** Where its name stands. */
  readonly naming: { readonly path: Path; readonly part: 'key' | 'value' }
}

function layoutOf(nodes: Nodes): Layout | Problem {
  const known = Object.keys(layouts) as (keyof typeof layouts)[]
  const expected = `a mapping with ${known.join(' or ')}`
  const { value } = nodes
  if (!isMapping(value)) return { ...nodes.placeOf([]), message: `unknown layout: expected ${expected}, found ${found(value)}`, expected }
  const [first, second] = known.filter((key) => key in value)
  if (first && second) {
    return { ...nodes.placeOf([second], 'key'), message: `${second}: this file also has ${first}; expected one of the two`, expected }
  }
  if (first) return layouts[first]
  const keys = Object.keys(value)
  const meant = keys.flatMap((key) => nearest(key, known) ?? [])[0]
  const message = `unknown layout: expected ${expected}, found the keys ${keys.join(', ') || '(none)'}${meant ? `; did you mean ${meant}?` : ''}`
  return { ...nodes.placeOf([]), message, expected }
}

function entriesOf(value: Record<string, unknown>, layout: Layout): Entry[] {
  if (layout === 'flat') {
    const list = Array.isArray(value.pc2_services) ? value.pc2_services : []
    return list.flatMap((fields: unknown, index): Entry[] => {
      const path: Path = ['pc2_services', index]
      return isMapping(fields)
        ? [{ name: fields.name, group: 'pc2_services', path, fields, naming: { path: [...path, 'name'], part: 'value' } }]
        : []
    })
  }
  return Object.entries(isMapping(value.agent_groups) ? value.agent_groups : {}).flatMap(([group, agents]) =>
    Object.entries(isMapping(agents) ? agents : {}).flatMap(([name, fields]): Entry[] => {
      const path: Path = ['agent_groups', group, name]
      return isMapping(fields) ? [{ name, group, path, fields, naming: { path, part: 'key' } }] : []
    }),
  )
}

function noAgents(nodes: Nodes, layout: Layout, entries: readonly Entry[]): Problem[] {
  const key = layout === 'nested' ? 'agent_groups' : 'pc2_services'
  const content = (nodes.value as Record<string, unknown>)[key]
  const isEmpty = typeof content === 'object' && content !== null && entries.length === 0
  const hasOthers = isMapping(content) ? Object.values(content).some(isFull) : isFull(content)
  if (!isEmpty || hasOthers) return []
  return [{ ...nodes.placeOf([key], 'key'), message: `${key}: expected at least one agent, found none`, expected: 'at least one agent' }]
}

/** Agents under another key would be neither started nor probed, and nobody would notice. */
function strayAgents(nodes: Nodes): Problem[] {
  return Object.entries(nodes.value as Record<string, unknown>).flatMap(([key, content]) => {
    if (key in layouts || key === 'global_settings' || typeof content !== 'object' || content === null) return []
    const below = Object.values(content)
    const isAgents = [...below, ...below.filter(isMapping).flatMap((inner) => Object.values(inner))].some(
      (inner) => isMapping(inner) && 'script_path' in inner,
    )
    if (!isAgents) return []
    const message = `${key}: agents outside the known lists would never be started; expected them below ${Object.keys(layouts).join(' or ')}`
    return [{ ...nodes.placeOf([key], 'key'), message, expected: Object.keys(layouts).join(' or ') }]
  })
}

function entryProblems(nodes: Nodes, { name, fields, path, naming }: Entry, variables: Variables): Problem[] {
  const problems: Problem[] = []
  if (typeof name === 'string' && name !== '' && !namePattern.test(name)) {
    const expected = 'a name of letters, digits, _, - and .'
    problems.push({
      ...nodes.placeOf(naming.path, naming.part),
      message: `${naming.part === 'key' ? 'agent' : 'name'}: expected ${expected}, found ${found(name)}`,
      expected,
    })
  }
  if (naming.part === 'key' && typeof fields.name === 'string' && fields.name !== name) {
    const place = nodes.placeOf([...path, 'name'])
    problems.push({
      ...place,
      message: `name: expected ${found(name)}, as its key says, found ${found(fields.name)}`,
      expected: found(name),
    })
  }
  const script = fields.script_path
  if (typeof script === 'string' && (script.startsWith('/') || script.split('/').includes('..'))) {
    const expected = 'a path below the project root'
    problems.push({
      ...nodes.placeOf([...path, 'script_path']),
      message: `script_path: expected ${expected}, found ${found(script)}`,
      expected,
    })
  }
  for (const key of ['port', 'health_check_port'] as const) {
    const written = fields[key]
    if (typeof written !== 'string' || !new RegExp(expressionPattern).test(written)) continue // the schema has said it
    const port = portOf(written, variables)
    if (typeof port === 'string') problems.push({ ...nodes.placeOf([...path, key]), message: `${key}: ${port}`, expected: 'a port' })
  }
  return problems
}

function sameTwice(nodes: Nodes, entries: readonly Entry[]): Problem[] {
  const first = new Map<unknown, Entry>()
  return entries.flatMap((entry) => {
    const earlier = first.get(entry.name)
    if (!earlier) first.set(entry.name, entry)
    if (!earlier || typeof entry.name !== 'string') return []
    const { line, column } = nodes.placeOf(earlier.naming.path, earlier.naming.part)
    const message = `${entry.name}: the same agent twice, first at line ${line}, column ${column} (${earlier.group})`
    return [{ ...nodes.placeOf(entry.naming.path, entry.naming.part), message, expected: 'each agent once' }]
  })
}

/** Only for entries without a problem. */
function agentOf({ name, group, path, fields }: Entry, variables: Variables): StartupAgent {
  const entry = fields as AgentEntry
  return {
    name: name as string,
    group,
    scriptPath: entry.script_path,
    port: portOf(entry.port, variables) as number,
    healthPort: portOf(entry.health_check_port, variables) as number,
    required: entry.required ?? true,
    dependencies: entry.dependencies ?? [],
    host: entry.host,
    environment: entry.env_vars ?? {},
    path,
  }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFull(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value !== null
}
