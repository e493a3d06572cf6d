/** The shapes of verdict.json, and of what `judge` prints of several runs, as JSON Schema, for programs that read them. */
import Type, { type TSchema } from 'typebox'
import { roles } from '../evidence/accounting.ts'
import { stages, verdictSchema } from '../verdict.ts'
import { longRunCriteria } from './long-run.ts'
import { poolSchema } from './pool.ts'

const strict = { additionalProperties: false }
const text = Type.String()
const number = Type.Number()
const object = <Fields extends Record<string, TSchema>>(fields: Fields) => Type.Object(fields, strict)
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()])
const outcome = Type.Enum(['pass', 'fail', 'unknown'])
const seqs = Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, description: 'Events of journal.ndjson that it stands on, by seq.' })

const measure = object({
  value: number,
  limit: number,
  unit: Type.Enum(['ratio', 'agents', 'ms', 'findings', 'agent-seconds', 'slots', 'proofs', 'reports', 'times']),
  interval: Type.Optional(Type.Tuple([number, number], { description: 'Between these, at 95 % confidence.' })),
})

/** @param about fields that stand beside the finding */
function finding(about: Record<string, TSchema>) {
  const judged = (said: 'pass' | 'fail') => object({ ...about, outcome: Type.Literal(said), measure, because: text, standsOn: seqs })
  return Type.Union([
    judged('pass'),
    judged('fail'),
    object({ ...about, outcome: Type.Literal('unknown'), because: text, wouldHelp: text }),
  ])
}

const staged = object(Object.fromEntries(stages.map((stage) => [stage, outcome])))

const agentSeconds = Type.Number({ minimum: 0, description: 'Agent-seconds, of agents and services.' })
const accounting = Type.Object(
  {
    fromMs: number,
    toMs: number,
    watched: Type.Integer({ minimum: 0, description: 'Agents and services.' }),
    totalS: agentSeconds,
    roles: object(Object.fromEntries(roles.map((role) => [role, agentSeconds]))),
    unjudged: Type.Array(object({ ids: Type.Array(text), fromMs: number, toMs: number, seconds: agentSeconds, because: text })),
  },
  {
    ...strict,
    description: 'Where every second from bring-up to the last read went: the roles and what was not judged add up to the whole.',
  },
)

const defects = Type.Array(object({ id: text, sentence: text, owners: Type.Array(text), on: Type.Array(text) }), {
  description: 'What was put into the fleet on purpose: a verdict of such a fleet says nothing of a good one.',
})
const timeScale = Type.Number({ minimum: 1, description: 'By which the times of alerts were divided.' })
const vault = Type.Optional(Type.String({ description: 'Which Vault the fleet had.' }))
const images = Type.Record(text, text)
const answer = Type.Enum(['GO', 'NO-GO', 'INCONCLUSIVE'])
const claim = { about: Type.Enum([...longRunCriteria]), outcome, because: text }
const loosened = Type.Array(object({ scenario: text, limit: text, promised: number, used: number }))
const editedLimits = Type.Union([Type.Record(text, number), Type.Null()], {
  description: 'Limits by which it was judged again; null for the verdict of the run itself.',
})
const dialect = 'https://json-schema.org/draft/2020-12/schema'

export const publishedVerdictSchema = Type.Object(
  {
    schema: Type.Literal(verdictSchema),
    outcome: answer,
    run: object({
      id: text,
      seed: number,
      profile: text,
      timeScale,
      defects,
      vault,
      suite: text,
      startedAt: text,
      endedAt: orNull(text),
      commit: orNull(text),
      dirty: Type.Boolean(),
      images,
    }),
    criteria: Type.Array(finding({ id: text, promise: text, required: Type.Boolean(), scenario: orNull(text) })),
    scenarios: Type.Array(
      object({
        name: text,
        hypothesis: text,
        risks: Type.Array(text),
        stages: staged,
        findings: Type.Array(finding({ about: Type.String({ description: 'A stage, or a criterion.' }) })),
      }),
    ),
    accounting: orNull(accounting),
    risks: Type.Record(text, outcome),
    longRun: Type.Array(object(claim), {
      description: 'What the run says about the next ones; no part of the outcome.',
    }),
    loosened,
    editedLimits,
    config: Type.Array(object({ rule: text, severity: text, message: text, file: text, line: number })),
    troubles: Type.Array(object({ code: text, message: text, next: text })),
    logs: Type.Record(text, Type.Array(text)),
    reproduce: text,
  },
  { ...strict, $schema: dialect, title: 'Verdict' },
)

export const publishedPoolSchema = Type.Object(
  {
    schema: Type.Literal(poolSchema),
    outcome: answer,
    of: object({ suite: text, profile: text, timeScale, defects, vault, commit: orNull(text), images }),
    runs: Type.Array(object({ id: text, startedAt: text, seed: number, outcome: answer, reproduce: text }), { minItems: 1 }),
    longRun: Type.Array(object({ ...claim, required: Type.Boolean() }), {
      description: 'What the runs together say about the next ones; those that are required decide the outcome, beside those of the runs.',
    }),
    loosened,
    editedLimits,
  },
  { ...strict, $schema: dialect, title: 'Pool of runs' },
)
