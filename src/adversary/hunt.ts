/** One attempt to fool a judge, and the smallest change of a journal that still does. */
import type { Verdict } from '../verdict.ts'
import { claimsOf, isSameStory } from './claims.ts'
import type { Prey } from './draw.ts'
import { type Mutation, mutated } from './mutation.ts'
import { prefixed, renamedIn } from './names.ts'
import { type Judge, verdictOn } from './tape.ts'

export interface Fooled {
  readonly recording: string
  readonly mutations: readonly Mutation[]
  /** What was said of the journal before, and then. */
  readonly before: string
  readonly after: string
  /** Why that cannot be right. */
  readonly because: string
}

/** @returns undefined where the judge was not fooled, or may say what it likes */
export function attempt(prey: Prey, mutations: readonly Mutation[], judge: Judge): Fooled | undefined {
  const after = mutated(prey.tape, mutations)
  if (after === prey.tape) return undefined
  const isSame = mutations.every(isSameStory)
  const isMore = mutations.every((mutation) => isSameStory(mutation) || mutation.does === 'second-fault')
  const claims = claimsOf(prey.tape, prey.outcome, mutations, after)
  if (claims.length === 0 && !isMore) return undefined
  const verdict = verdictOn(after, judge)
  const outcome = verdict === 'refused' ? verdict : verdict.outcome
  const fooled = { recording: prey.name, mutations, before: prey.outcome, after: outcome }
  const wrong = claims.find(({ never }) => never === outcome)
  if (wrong !== undefined) return { ...fooled, because: wrong.because }
  if (isSame && (verdict === 'refused' || said(verdict) !== said(withNames(prey, mutations))))
    return { ...fooled, because: 'the same story was told in another way, and its verdict is another' }
  if (isMore && (verdict === 'refused' || ofFaults(verdict) !== ofFaults(prey.verdict)))
    return { ...fooled, because: 'a second fault went as it should, and the judgement of the first is another' }
  return undefined
}

/** The verdict of the journal as it was, with the names that it has now. */
function withNames({ tape, verdict }: Prey, mutations: readonly Mutation[]): unknown {
  let now = tape
  return mutations.reduce<unknown>((value, mutation) => {
    const other = mutation.does === 'renaming' ? renamedIn(value, prefixed(now, mutation.prefix, mutation.machines)) : value
    now = mutated(now, [mutation])
    return other
  }, verdict)
}

/** Without the places in the journal that it stands on, which are others in another order. */
function said(verdict: unknown): string {
  return JSON.stringify(verdict, (key, value: unknown) => (key === 'standsOn' ? undefined : value))
}

/** Of the judgement of a scenario, what is about the faults that were done in it. */
function ofFaults({ scenarios }: Verdict): string {
  return scenarios.map(({ name, stages: { effective, recovered, clean } }) => `${name}: ${effective} ${recovered} ${clean}`).join('; ')
}

/**
 * Fewer mutations, and shorter ones, for as long as the judge is still fooled.
 * @param attempt what comes of these mutations
 */
export function smallest(fooled: Fooled, attempt: (mutations: readonly Mutation[]) => Fooled | undefined, most = 200): Fooled {
  let best = fooled
  for (let tries = 0, progress = true; progress && tries < most; ) {
    progress = false
    for (const candidate of simpler(best.mutations)) {
      if (++tries > most) break
      const still = attempt(candidate)
      if (still === undefined) continue
      best = still
      progress = true
      break
    }
  }
  return best
}

function* simpler(mutations: readonly Mutation[]): Generator<readonly Mutation[]> {
  if (mutations.length > 1) for (const place of mutations.keys()) yield mutations.toSpliced(place, 1)
  for (const [place, mutation] of mutations.entries()) for (const smaller of smallerThan(mutation)) yield mutations.with(place, smaller)
}

/** Below this a span need not become any shorter to be understood. */
const shortMs = 10

function* smallerThan(mutation: Mutation): Generator<Mutation> {
  if ('ids' in mutation && mutation.ids.length > 1)
    for (const half of [mutation.ids.slice(0, mutation.ids.length >> 1), mutation.ids.slice(mutation.ids.length >> 1)])
      yield { ...mutation, ids: half }
  if ('toMs' in mutation) {
    const longMs = mutation.toMs - mutation.fromMs
    if (longMs > shortMs) {
      yield { ...mutation, toMs: mutation.fromMs + longMs / 2 }
      yield { ...mutation, fromMs: mutation.fromMs + longMs / 2 }
      yield { ...mutation, toMs: mutation.fromMs + longMs * 0.9 }
    }
  }
  if (mutation.does === 'quiet' && mutation.intervals > 1) yield { ...mutation, intervals: mutation.intervals >> 1 }
  if (mutation.does === 'move' && Math.abs(mutation.byMs) > 200) yield { ...mutation, byMs: Math.round(mutation.byMs / 2) }
}
