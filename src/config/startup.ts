/** A machine's startup config, in either layout, as typed data: who runs there, on which ports, needing whom. */
import type { Problem } from '../base/errors.ts'
import { portsBeside, portsOfSettings, unreadablePorts } from './auxiliary-ports.ts'
import { inOrder } from './document.ts'
import { type Entry, entriesOf, type Layout, layoutOf } from './entries.ts'
import { entryProblems } from './entry-problems.ts'
import { type Path, type Place, readNodes } from './nodes.ts'
import { defaultVariables, portOf, type Variables } from './port-expression.ts'
import { schemaProblems } from './schema-problems.ts'
import type { Source } from './source.ts'
import { type AgentEntry, flatSchema, type GlobalSettings, nestedSchema } from './startup-schema.ts'

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
  /** Its `config`: whatever the agent itself reads. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Where it stands in the document. */
  readonly path: Path
}

export type StartupRead = { readonly config: StartupConfig } | { readonly problems: readonly Problem[] }

const machines = { nested: 'mainpc', flat: 'pc2' } as const

/** @param given variables for expressions in ports, beside or instead of the defaults */
export function readStartup(source: Source, given: Variables = {}): StartupRead {
  const variables = { ...defaultVariables, ...given }
  const nodes = readNodes(source)
  if (nodes.value === undefined) return { problems: nodes.problems }
  const layout = layoutOf(nodes)
  if (typeof layout !== 'string') return { problems: inOrder([...nodes.problems, layout]) }
  const value = nodes.value as Readonly<Record<string, unknown>>
  const entries = entriesOf(value, layout)
  const auxiliary = [...entries.flatMap(({ fields, path }) => portsOfSettings(fields.config, path)), ...portsBeside(value)]
  const schema = layout === 'nested' ? nestedSchema : flatSchema
  const problems = [
    ...nodes.problems,
    ...schemaProblems(schema, value, nodes),
    ...entryProblems(nodes, layout, entries, variables),
    ...unreadablePorts(auxiliary, nodes, variables),
  ]
  if (problems.length > 0) return { problems: inOrder(problems) }
  const agents = entries.map((entry) => agentOf(entry, variables))
  const settings = (value.global_settings ?? {}) as GlobalSettings
  return { config: { ...source, layout, machine: machines[layout], settings, agents, value, variables, placeOf: nodes.placeOf } }
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
    settings: entry.config ?? {},
    path,
  }
}
