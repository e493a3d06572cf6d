/**
 * Several runs of one kind, for the claims that one run is too short for: recoveries and rollbacks are counted together, and the uptime
 * of all of them is looked at as one. It is no verdict of any run, and names all that are in it.
 */
import Type from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { closed, type Of } from '../base/schema.ts'
import { type Outcome, worst } from '../evidence/finding.ts'
import type { Promises } from '../journal/event.ts'
import type { History } from '../journal/history.ts'
import { answer, claim, dialect, editedLimits, kindOfRun, longRunCriteria, loosened, type Verdict } from '../verdict.ts'
import { differences, type Traits, traitsOf } from './kind-of-run.ts'
import { type LongRunEvidence, longRunEvidence, longRunOver } from './long-run.ts'

const text = Type.String()

export const poolId = 'gauntlet/pool@1'

export const poolSchema = closed(
  {
    schema: Type.Literal(poolId),
    /** GO only where every run is GO, and every long-run claim of a criterion that its suite requires is shown. */
    outcome: answer,
    of: closed(kindOfRun),
    runs: Type.Array(closed({ id: text, startedAt: text, seed: Type.Number(), outcome: answer, reproduce: text }), { minItems: 1 }),
    longRun: Type.Array(closed({ ...claim, required: Type.Boolean() }), {
      description: 'What the runs together say about the next ones; those that are required decide the outcome, beside those of the runs.',
    }),
    loosened,
    editedLimits,
  },
  { $schema: dialect, title: 'Pool of runs' },
)
export type Pool = Of<typeof poolSchema>

/** As much of a judged run as the pool needs, so that the samples of many runs are never held at once. */
export interface PoolMember {
  /** Where it lies: two runs may bear one name. */
  readonly folder: string
  readonly verdict: Verdict
  readonly promises: Promises
  readonly requires: readonly string[]
  readonly traits: Traits
  readonly evidence: LongRunEvidence
}

export function memberOf(folder: string, { history, verdict }: { readonly history: History; readonly verdict: Verdict }): PoolMember {
  const { promises, suite } = history.run
  return { folder, verdict, promises, requires: suite.requires, traits: traitsOf(history), evidence: longRunEvidence(history) }
}

/** @throws GauntletError usage/pool naming everything in which they differ, and every run that is given twice */
export function pool(members: readonly [PoolMember, ...PoolMember[]]): Pool {
  const [first] = members
  refuseUnlike(members)
  const { promises, requires, verdict } = first
  const evidence = members.map((member) => member.evidence)
  const claims = longRunOver(evidence, promises).map((claim) => ({ ...claim, required: requires.includes(claim.about) }))
  const unseen = longRunCriteria
    .filter((about) => requires.includes(about) && !claims.some((claim) => claim.about === about))
    .map((about) => ({ about, outcome: 'unknown' as const, because: `no run of these has one whose end is known`, required: true }))
  const longRun = [...claims, ...unseen]
  const judged = longRun.filter(({ required }) => required)
  const outcomes: readonly Outcome[] = [
    ...members.map((member) => (({ GO: 'pass', INCONCLUSIVE: 'unknown', 'NO-GO': 'fail' }) as const)[member.verdict.outcome]),
    ...(judged.length > 0 ? judged.map(({ outcome }) => outcome) : ['unknown' as const]),
  ]
  const { suite, profile, timeScale, defects, vault, commit, images } = verdict.run
  return {
    schema: poolId,
    outcome: ({ fail: 'NO-GO', unknown: 'INCONCLUSIVE', pass: 'GO' } as const)[worst(outcomes)],
    of: { suite, profile, timeScale, defects, vault, commit, images },
    runs: members.map(({ verdict: { run, outcome, reproduce } }) => {
      return { id: run.id, startedAt: run.startedAt, seed: run.seed, outcome, reproduce }
    }),
    longRun,
    loosened: [...new Map(members.flatMap(loosenedIn)).values()],
    editedLimits: verdict.editedLimits,
  }
}

function loosenedIn({ verdict }: PoolMember) {
  return verdict.loosened.map((each) => [`${each.scenario} ${each.limit}`, each] as const)
}

/** Of more, a person reads no further. */
const mostNamed = 20

/** What a run that was cut off did not get as far as, the next one is the first to say. */
function unlike(members: readonly PoolMember[]): readonly string[] {
  const firsts = new Map<string, PoolMember>()
  return members.flatMap((member) =>
    [...member.traits].flatMap(([section, is]) => {
      const first = firsts.get(section) ?? member
      firsts.set(section, first)
      return differences(first.traits.get(section) ?? {}, is).map(
        (each) => `${member.folder} is of another kind than ${first.folder}: ${each.about}: ${each.is}, not ${each.was}`,
      )
    }),
  )
}

/** A run happened once: whatever name a copy of it is given, it began when it began, with the seed that it had. */
function copies(members: readonly PoolMember[]): readonly string[] {
  const byName = Map.groupBy(members, ({ verdict: { run } }) => run.id)
  const named = [...byName].filter(([, same]) => same.length > 1)
  const oneOfEach = [...byName.values()].flatMap(([first]) => (first === undefined ? [] : [first]))
  const byBirth = Map.groupBy(oneOfEach, ({ verdict: { run } }) => `${run.startedAt} ${run.seed}`)
  return [
    ...named.map(
      ([id, same]) => `${id} is given ${same.length === 2 ? 'twice' : `${same.length} times`}, and happened once: ${foldersOf(same)}`,
    ),
    ...[...byBirth.values()]
      .filter((same) => same.length > 1)
      .map((same) => `these are copies of one run, by its start and its seed: ${foldersOf(same)}`),
  ]
}

function foldersOf(members: readonly PoolMember[]): string {
  return [...new Set(members.map(({ folder }) => folder))].join(', ')
}

function refuseUnlike(members: readonly [PoolMember, ...PoolMember[]]): void {
  const all = [
    ...copies(members),
    ...members.flatMap(({ folder, verdict: { run } }) => {
      if (run.commit === null) return [`${folder} names no commit of the harness: nobody knows whether it is that of the others`]
      return run.dirty ? [`${folder} was made with local changes to the harness, and nobody knows which`] : []
    }),
    ...unlike(members),
  ]
  const messages = [...new Set(all)]
  if (messages.length === 0) return
  const more = messages.length - mostNamed
  const shown = more > 0 ? [...messages.slice(0, mostNamed), `and ${more} more`] : messages
  throw new GauntletError('usage/pool', 'count these runs together', { problems: shown.map((message) => ({ message })) })
}
