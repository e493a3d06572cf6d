/** The judge's answer, as it stands in verdict.json: outcomes by criterion, by scenario and its five stages, and by risk. */
import Type from 'typebox'
import { closed, type Of, orNull } from './base/schema.ts'
import { accounting } from './evidence/accounting.ts'
import { findingWith, outcome } from './evidence/finding.ts'

export const verdictId = 'gauntlet/verdict@1'
/** `held` is whether the bystanders were unaffected. */
export const stages = ['steady', 'effective', 'held', 'recovered', 'clean'] as const
export type Stage = (typeof stages)[number]

const text = Type.String()
const texts = Type.Array(text)
const number = Type.Number()

export const answer = Type.Enum(['GO', 'NO-GO', 'INCONCLUSIVE'])

/** What runs that are counted together have in common. */
export const kindOfRun = {
  suite: text,
  profile: text,
  timeScale: Type.Number({ minimum: 1, description: 'By which the times of alerts were divided.' }),
  defects: Type.Array(closed({ id: text, sentence: text, owners: texts, on: texts }), {
    description: 'What was put into the fleet on purpose: a verdict of such a fleet says nothing of a good one.',
  }),
  vault: Type.String({ description: 'Which Vault the fleet had.' }),
  commit: orNull(text),
  images: Type.Record(text, text),
}
const { suite, profile, timeScale, defects, vault, commit, images } = kindOfRun

/** Criteria of which something can be said for the long run. */
export const longRunCriteria = ['uptime', 'recovery', 'rollback'] as const
export const claim = { about: Type.Enum(longRunCriteria), outcome, because: text }

export const loosened = Type.Array(closed({ scenario: text, limit: text, promised: number, used: number }), {
  description: 'Limits that a scenario set itself and that promise less than the owners do.',
})
export const editedLimits = Type.Union([Type.Record(text, number), Type.Null()], {
  description: 'Limits by which it was judged again; null for the verdict of the run itself.',
})

export const dialect = 'https://json-schema.org/draft/2020-12/schema'

export const verdictSchema = closed(
  {
    schema: Type.Literal(verdictId),
    outcome: answer,
    run: closed({
      id: text,
      seed: number,
      profile,
      timeScale,
      defects,
      vault,
      suite,
      startedAt: text,
      endedAt: orNull(text),
      commit,
      dirty: Type.Boolean(),
      images,
    }),
    criteria: Type.Array(findingWith({ id: text, promise: text, required: Type.Boolean(), scenario: orNull(text) }), {
      description: 'Required ones first. One that is not required and unknown was not judged.',
    }),
    scenarios: Type.Array(
      closed({
        name: text,
        hypothesis: text,
        risks: texts,
        stages: closed(Object.fromEntries(stages.map((stage) => [stage, outcome])) as Record<Stage, typeof outcome>),
        findings: Type.Array(findingWith({ about: Type.String({ description: 'A stage, or a criterion.' }) })),
      }),
    ),
    /** Null where the journal names no agents. */
    accounting: orNull(accounting),
    risks: Type.Record(text, outcome, {
      description: 'The worst that the scenarios of a risk found, in their stages or by a criterion that they declare.',
    }),
    longRun: Type.Array(closed(claim), {
      description: 'What the run says about the next ones; no part of the outcome.',
    }),
    loosened,
    editedLimits,
    config: Type.Array(closed({ rule: text, severity: text, message: text, file: text, line: number }), {
      description: 'What is wrong in the configs, by our own reading: shown whatever the outcome.',
    }),
    troubles: Type.Array(closed({ code: text, message: text, next: text })),
    logs: Type.Record(text, texts, { description: 'Last log lines of agents that were not well, by agent id.' }),
    reproduce: text,
  },
  { $schema: dialect, title: 'Verdict' },
)
export type Verdict = Of<typeof verdictSchema>
