/**
 * What an agent reports to a hub, by HTTP and over the bus: part of the machine contract, and published as JSON Schema. A report is
 * known by agent, incarnation and sequence, so that it counts once however often and by whichever way it arrives.
 */
import Type, { type Static } from 'typebox'

/** Another meaning of a field is another version; a hub refuses one that it does not know. */
export const reportVersion = 'fleet.report/1'

const name = (what: string) => Type.String({ pattern: '^[A-Za-z0-9_.-]{1,100}$', description: what })

export const reportSchema = Type.Object(
  {
    schema: Type.Literal(reportVersion),
    agent: Type.String({ pattern: '^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$', description: 'machine/name' }),
    name: name('The agent’s name; part of a subject on the bus.'),
    machine: name('The machine it runs on; part of a subject on the bus.'),
    incarnation: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Start of the process, in ms of wall time: a restarted agent counts from 1 again, in a new incarnation.',
    }),
    sequence: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Of this incarnation, without a gap: every report made has its own, whether or not a hub took it.',
    }),
    metrics: Type.Record(Type.String(), Type.Number(), { description: 'Metric → value, as in the agent’s own exposition.' }),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Report of an agent',
    description: 'POST /metrics to a hub, and observability.metrics.<machine>.<name> on the bus.',
    additionalProperties: false,
  },
)

export type Report = Readonly<Static<typeof reportSchema>>
