/** What may stand in the files below scenarios/: the schemas that the loader validates with and that editors complete from. */
import Type, { type Static, type TSchema } from 'typebox'
import { loadDesigns } from '../journal/load-event.ts'
import { duration, moment } from './duration.ts'

/** The eight risks of the Phase-0 plan. */
export const risks = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'] as const

const strict = { additionalProperties: false }
const draft = 'https://json-schema.org/draft/2020-12/schema'
const name = Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', expected: 'a name of small letters and digits joined by -' })
const oneOf = <const T extends readonly string[]>(values: T) => Type.Enum(values, { expected: `one of ${values.join(', ')}` })
/** Of nothing, nothing would be promised. */
const ratio = Type.Number({ exclusiveMinimum: 0, maximum: 1, expected: 'a number above 0 and up to 1' })
const factor = Type.Number({ minimum: 1, maximum: 10, expected: 'a number from 1 to 10', description: 'So many times as long, at most.' })
const names = Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })

const selector = Type.Object(
  {
    agents: Type.Optional({ ...names, description: 'By name, on every machine that has it, or as machine/Name.' }),
    role: Type.Optional(oneOf(['registry', 'coordinator', 'hub', 'agent'])),
    group: Type.Optional(Type.String({ minLength: 1 })),
    machine: Type.Optional(Type.String({ minLength: 1 })),
    share: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        expected: 'a number above 0 and up to 1',
        description: 'A seeded part of what matches, rounded up.',
      }),
    ),
    count: Type.Optional(Type.Integer({ minimum: 1, description: 'So many of what matches, chosen by the seed.' })),
    machines: Type.Optional({ ...names, description: 'Whole machines instead of agents; stands alone.' }),
  },
  { ...strict, minProperties: 1, expected: 'a mapping with at least one of agents, role, group, machine, share, count, machines' },
)

const limits = Type.Object(
  {
    uptime: Type.Optional(ratio),
    coverage: Type.Optional(ratio),
    registration: Type.Optional(duration),
    metricsFresh: Type.Optional(duration),
    boot: Type.Optional(duration),
    recovery: Type.Optional(duration),
    rollback: Type.Optional(duration),
    rollbackAgent: Type.Optional(duration),
    rollbackConfig: Type.Optional(duration),
    latencyP50: Type.Optional(factor),
    latencyP95: Type.Optional(factor),
    latencyP99: Type.Optional(factor),
    latencyLeast: Type.Optional(duration),
  },
  strict,
)

const expectedAlert = Type.Object(
  {
    alert: Type.String({ minLength: 1, description: 'As the rule is called.' }),
    level: oneOf(['warning', 'alert', 'critical']),
    channel: Type.String({ minLength: 1, description: 'A Slack channel, or who is paged.' }),
    subject: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'What it must be about, as its notification says: central hub, pc2/Vision, nats-pc2. Left out: what its rule always says; where the rule is about each agent or message server, those that the faults target; of an escalation, the page that lasts.',
      }),
    ),
    after: Type.Optional({ ...duration, description: 'Not sooner than this after the fault; left out: at once.' }),
    within: { ...duration, description: 'Not later than this after that; whoever holds the fault for less has not waited for it.' },
    resolved: { ...duration, description: 'Taken back not later than this after the release.' },
  },
  strict,
)

const asked = Type.Object(
  {
    path: Type.String({ pattern: '^/', expected: 'a path, such as /work', description: 'Of a POST to the agents’ own ports.' }),
    says: Type.String({ minLength: 1, description: 'What must stand in an answer: others are failures.' }),
  },
  strict,
)

const load = Type.Object(
  {
    design: Type.Enum(loadDesigns, {
      expected: `one of ${loadDesigns.join(', ')}`,
      description: 'duet: both releases at once. abba: by turns. control: before and after the change, beside agents that are not changed.',
    }),
    old: asked,
    new: asked,
    rate: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 500, default: 42, description: 'Requests a second, of each of the three arms on each machine.' }),
    ),
    slot: Type.Optional({ ...duration, default: '10s', description: 'How long one; with the rate, at least 400 requests.' }),
    slots: Type.Optional(Type.Integer({ minimum: 12, maximum: 30, default: 12, description: 'At which it is first judged.' })),
    mostSlots: Type.Optional(
      Type.Integer({
        minimum: 12,
        maximum: 30,
        default: 30,
        description: 'As many are sent where fewer do not decide; control sends no more.',
      }),
    ),
  },
  { ...strict, description: 'Sent while all faults are held, which are released when it is over.' },
)

/**
 * @param use one fault of the timeline: any kind for the loader, which knows the kinds better than a schema; each kind for editors
 * @param criteria ids of all that there are
 */
function scenarioOf<Use extends TSchema>(use: Use, criteria: readonly string[]) {
  return Type.Object(
    {
      name,
      hypothesis: Type.String({ minLength: 1, description: 'One sentence that the run can refute.' }),
      risks: Type.Array(oneOf(risks), { minItems: 1 }),
      criteria: Type.Array(oneOf(criteria), { minItems: 1, description: 'What it exercises; drill requires them all.' }),
      coldStart: Type.Optional(Type.Boolean({ description: 'Brings up a fleet of its own, whatever ran before it.' })),
      steady: { ...duration, description: 'How long the fleet is watched before anything is done.' },
      recovery: { ...duration, description: 'At most, after the last release; longer than the limit on recovery.' },
      faults: Type.Array(use, { minItems: 1 }),
      alerts: Type.Optional(
        Type.Array(expectedAlert, { description: 'Who is told of it; empty: nobody. Times are at time scale 1, and are divided by it.' }),
      ),
      load: Type.Optional(load),
      limits: Type.Optional({ ...limits, description: 'Instead of those in promises.yaml.' }),
    },
    { ...strict, $schema: draft, title: 'Scenario' },
  )
}

function useOf<Kind extends TSchema, Params extends TSchema>(kind: Kind, params: Params) {
  const at = { ...moment, description: 'From the begin of the fault phase; left out: when all faults before it are over.' }
  const hold = { ...duration, description: 'How long.' }
  return Type.Object({ kind, target: selector, at: Type.Optional(at), hold, params: Type.Optional(params) }, strict)
}

export function scenarioSchema({ criteria }: Vocabulary) {
  return scenarioOf(useOf(Type.String(), Type.Record(Type.String(), Type.Unknown())), criteria)
}

/** The scenario schema as published: each kind of fault with its own parameters. */
export function publishedScenarioSchema({ faults, criteria }: Vocabulary): TSchema {
  return scenarioOf(Type.Union(Object.entries(faults).map(([kind, params]) => useOf(Type.Literal(kind), params))), criteria)
}

export function suiteSchema({ criteria }: Vocabulary) {
  return Type.Object(
    {
      name,
      scenarios: Type.Array(name, { minItems: 1, description: 'In the order they run.' }),
      requires: Type.Array(oneOf(criteria), { minItems: 1, description: 'Criteria without which there is no GO.' }),
    },
    { ...strict, $schema: draft, title: 'Suite' },
  )
}

function promise<Limit extends TSchema>(limit: Limit) {
  return Type.Object({ limit, source: Type.String({ minLength: 1, description: 'Who promised it, and where.' }) }, strict)
}

export const promisesSchema = Type.Object(
  {
    uptime: promise(ratio),
    coverage: promise(ratio),
    registration: promise(duration),
    metricsFresh: promise(duration),
    boot: promise(duration),
    recovery: promise(duration),
    rollback: promise(duration),
    rollbackAgent: promise(duration),
    rollbackConfig: promise(duration),
    latencyP50: promise(factor),
    latencyP95: promise(factor),
    latencyP99: promise(factor),
    latencyLeast: promise(duration),
  },
  { ...strict, $schema: draft, title: 'Promises' },
)

/** What the files may name, and rooms above this one have. */
export interface Vocabulary {
  /** Kinds, each with the schema of its parameters. */
  readonly faults: Readonly<Record<string, TSchema>>
  /** Ids. */
  readonly criteria: readonly string[]
}
export type ScenarioFile = Static<ReturnType<typeof scenarioSchema>>
export type LimitsFile = Static<typeof limits>
