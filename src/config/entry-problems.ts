/** What a schema cannot say about the agents of a startup config. */
import type { Problem } from '../base/errors.ts'
import { type Entry, isMapping, type Layout, layoutKeys } from './entries.ts'
import type { Nodes } from './nodes.ts'
import { isExpression, portOf, type Variables } from './port-expression.ts'
import { found } from './schema-problems.ts'

/** An agent's name becomes a process name and a part of its id, so that separators cannot stand in it. */
const namePattern = /^[A-Za-z0-9][\w.-]*$/

export function entryProblems(nodes: Nodes, layout: Layout, entries: readonly Entry[], variables: Variables): Problem[] {
  return [
    ...noAgents(nodes, layout, entries),
    ...strayAgents(nodes),
    ...sameTwice(nodes, entries),
    ...entries.flatMap((entry) => [
      ...badNames(nodes, entry),
      ...badScript(nodes, entry),
      ...badEnvironment(nodes, entry),
      ...badPorts(nodes, entry, variables),
    ]),
  ]
}

/** Entries of a wrong type are the schema's to report; here it is about there being none at all. */
function noAgents(nodes: Nodes, layout: Layout, entries: readonly Entry[]): Problem[] {
  const key = layout === 'nested' ? 'agent_groups' : 'pc2_services'
  const content = (nodes.value as Record<string, unknown>)[key]
  const groups = isMapping(content) ? Object.values(content) : [content]
  const isEmpty = (group: unknown) => (typeof group === 'object' ? Object.keys(group ?? {}).length === 0 : false)
  if (entries.length > 0 || content === null || !groups.every(isEmpty)) return []
  return [{ ...nodes.placeOf([key], 'key'), message: `${key}: expected at least one agent, found none` }]
}

/** Agents under another key would be neither started nor probed, and nobody would notice. */
function strayAgents(nodes: Nodes): Problem[] {
  return Object.entries(nodes.value as Record<string, unknown>).flatMap(([key, content]) => {
    if (key in layoutKeys || typeof content !== 'object' || content === null) return []
    const below: unknown[] = Object.values(content)
    const twoBelow = below.flatMap((inner) => (isMapping(inner) ? Object.values(inner) : []))
    if (![...below, ...twoBelow].some((inner) => isMapping(inner) && 'script_path' in inner)) return []
    const message = `${key}: expected agents below ${Object.keys(layoutKeys).join(' or ')} only, found some here, where nothing starts them`
    return [{ ...nodes.placeOf([key], 'key'), message }]
  })
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

function badNames(nodes: Nodes, { name, fields, path, naming }: Entry): Problem[] {
  const problems: Problem[] = []
  if (typeof name === 'string' && name !== '' && !namePattern.test(name)) {
    const message = `agent: expected a name of letters, digits, _, - and ., found ${found(name)}`
    problems.push({ ...nodes.placeOf(naming.path, naming.part), message })
  }
  if (naming.part === 'key' && typeof fields.name === 'string' && fields.name !== name) {
    const message = `name: expected ${found(name)}, as its key says, found ${found(fields.name)}`
    problems.push({ ...nodes.placeOf([...path, 'name']), message })
  }
  return problems
}

function badScript(nodes: Nodes, { fields: { script_path }, path }: Entry): Problem[] {
  if (typeof script_path !== 'string') return []
  const leaves = script_path.startsWith('/') || script_path.split('/').includes('..')
  if (!leaves && !/[\r\n\0]/.test(script_path)) return []
  const message = `script_path: expected a path below the project root, found ${found(script_path)}`
  return [{ ...nodes.placeOf([...path, 'script_path']), message }]
}

/** A supervisor is told of them in lines, where a line break in one would be another program: refused here, not by a machine that does not come up. */
function badEnvironment(nodes: Nodes, { fields: { env_vars }, path }: Entry): Problem[] {
  return Object.entries(isMapping(env_vars) ? env_vars : {}).flatMap(([name, value]) => {
    const place = (part: 'key' | 'value') => nodes.placeOf([...path, 'env_vars', name], part)
    const isName = /^[A-Za-z_][\w.-]*$/.test(name)
    const isLine = typeof value !== 'string' || !/[\r\n\0]/.test(value)
    return [
      ...(isName ? [] : [{ ...place('key'), message: `env_vars: expected a name of letters, digits and _, found ${found(name)}` }]),
      ...(isLine ? [] : [{ ...place('value'), message: `${isName ? name : 'env_vars'}: expected a single line, found several` }]),
    ]
  })
}

/** Expressions have a value only here, where the variables are; all else about ports is in the schema. */
function badPorts(nodes: Nodes, { fields, path }: Entry, variables: Variables): Problem[] {
  return (['port', 'health_check_port'] as const).flatMap((key) => {
    const port = isExpression(fields[key]) ? portOf(fields[key], variables) : 0
    return typeof port === 'string' ? [{ ...nodes.placeOf([...path, key]), message: `${key}: ${port}` }] : []
  })
}
