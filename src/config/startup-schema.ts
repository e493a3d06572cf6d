/** The two layouts of a startup config. Unknown keys are errors in an agent and in the global settings, and are kept elsewhere. */
import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false }
const text = Type.String({ minLength: 1 })
const stringMap = Type.Record(Type.String(), Type.String())

export const portLimits = { lowest: 1024, highest: 65_535 } as const
export const portExpected = `an integer from ${portLimits.lowest} to ${portLimits.highest}`
/** Sums of numbers and variables: `${PORT_OFFSET}+7200`. */
export const expressionPattern = '^\\s*(\\$\\{\\w+(:-\\d+)?\\}|\\d+)(\\s*[+-]\\s*(\\$\\{\\w+(:-\\d+)?\\}|\\d+))*\\s*$'

const port = Type.Union(
  [Type.Integer({ minimum: portLimits.lowest, maximum: portLimits.highest }), Type.String({ pattern: expressionPattern })],
  {
    expected: portExpected,
    description: `A port, ${portLimits.lowest} to ${portLimits.highest}, or a sum such as "\${PORT_OFFSET}+7200".`,
  },
)

const agentFields = {
  script_path: Type.String({ minLength: 1, description: 'Below the project root.' }),
  port,
  health_check_port: port,
  // Not a string: any text that is not empty is true to the machines' own readers, so that 'false' would say its opposite.
  required: Type.Optional(Type.Boolean({ expected: 'true or false, without quotes' })),
  dependencies: Type.Optional(Type.Array(text, { description: 'Names of agents that must be healthy first.' })),
  config: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: "The agent's own settings." })),
  host: Type.Optional(text),
  env_vars: Type.Optional(stringMap),
}
const nestedAgent = Type.Object({ name: Type.Optional(text), ...agentFields }, strict)
const flatAgent = Type.Object({ name: text, ...agentFields }, strict)

const globalSettings = Type.Object(
  {
    environment: Type.Optional(stringMap),
    resource_limits: Type.Optional(
      Type.Object(
        {
          cpu_percent: Type.Optional(Type.Number({ minimum: 1, maximum: 100 })),
          memory_mb: Type.Optional(Type.Integer({ minimum: 128 })),
          max_threads: Type.Optional(Type.Integer({ minimum: 1 })),
        },
        strict,
      ),
    ),
    health_checks: Type.Optional(
      Type.Object(
        {
          interval_seconds: Type.Optional(Type.Number({ minimum: 5 })),
          timeout_seconds: Type.Optional(Type.Number({ minimum: 1 })),
          retries: Type.Optional(Type.Integer({ minimum: 0 })),
        },
        strict,
      ),
    ),
  },
  strict,
)

/** A group whose agents are all commented out is left with nothing: legal, and empty. */
const group = Type.Union([Type.Record(Type.String(), nestedAgent), Type.Null()], { expected: 'a mapping of agents' })

export const nestedSchema = Type.Object({
  global_settings: Type.Optional(globalSettings),
  agent_groups: Type.Record(Type.String(), group),
})
export const flatSchema = Type.Object({ global_settings: Type.Optional(globalSettings), pc2_services: Type.Array(flatAgent) })

/** As published: either layout. A reader picks one by its key first, so that its messages are about that one. */
export const startupSchema = Type.Union([nestedSchema, flatSchema], {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Startup config',
  description: 'The agents of one machine, grouped (agent_groups) or listed (pc2_services).',
})

export type AgentEntry = Static<typeof nestedAgent>
export type GlobalSettings = Static<typeof globalSettings>
