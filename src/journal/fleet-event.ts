/** The fleet as its configs list it, what is wrong in them by our own reading, and what was in the logs of those that are not well. */
import Type from 'typebox'
import type { Of } from '../base/schema.ts'
import { serviceProbes } from './probe.ts'

const text = Type.String()
const texts = Type.Array(text)
const number = Type.Number()

export const topologyEvent = Type.Object({
  kind: Type.Literal('topology'),
  machines: Type.Array(Type.Object({ id: text, engine: text, configFile: text })),
  /** `samples.targets` are positions in this list, then in that of the services; one past both ends is the sentinel. */
  agents: Type.Array(Type.Object({ id: text, name: text, machine: text, role: text, port: number, healthPort: number, dependsOn: texts })),
  /** What the observer asks beside the agents. */
  services: Type.Array(
    Type.Object({
      id: text,
      machine: text,
      probe: Type.Enum(serviceProbes),
      /** Whose word it is: hurt when that agent is, and back only when it is as well. */
      agent: Type.Optional(text),
    }),
  ),
  /** Where a snapshot is taken before and after each scenario. */
  places: texts,
})
export type TopologyEvent = Of<typeof topologyEvent>

export const configRules = [
  'dependency-cycle',
  'port-clash',
  'unknown-dependency',
  'port-outside-range',
  'missing-script',
  'host-mapped',
] as const

const configFinding = Type.Object({
  rule: Type.Enum(configRules),
  severity: Type.Enum(['error', 'note']),
  message: text,
  file: text,
  line: number,
  column: number,
  /** Agent ids concerned, sorted; for a cycle, in the order of the cycle, from its smallest id. */
  agents: texts,
})
export type ConfigFinding = Of<typeof configFinding>

/** What our own static reading of the configs says, before anything is started. */
export const configFindingsEvent = Type.Object({ kind: Type.Literal('config-findings'), findings: Type.Array(configFinding) })
export type ConfigFindingsEvent = Of<typeof configFindingsEvent>

/** The last log lines of an agent that is not well, for the person who reads the verdict. */
export const agentLogEvent = Type.Object({ kind: Type.Literal('agent-log'), agent: text, lines: texts })
export type AgentLogEvent = Of<typeof agentLogEvent>
