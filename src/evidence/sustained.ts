/**
 * From a trigger to the end of the first sustained run of good answers of all that a fault affected, plus one interval: the clock of
 * recovery and of rollback. From then on they stay healthy, to the last read, held against the promise of uptime.
 */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { proofsOf } from '../journal/proof.ts'
import { watchedIn } from '../journal/watched.ts'
import type { TrialSet } from '../statistics/trials.ts'
import { concluded, type Finding, unknown } from './finding.ts'
import { lastAnswers } from './last-answers.ts'
import { askedIn, tally } from './outages.ts'
import { eachSlot, maskNaming, type See, seconds, type Terms } from './scope.ts'
import { extentOf } from './timeline.ts'
import { windowUptime } from './window-uptime.ts'

/** A run is sustained when it lasts this long, and has this many slots of each agent. */
const sustainedMs = 5_000
const sustainedSlots = 10

/** Where the clock of a fault's end starts. */
export function triggerOf(scenario: ScenarioHistory, { lease, lasts }: Event<'plan'>): Event<'lease'> | undefined {
  const states = lasts === 'instant' ? ['applying'] : ['releasing', 'expired']
  return scenario.of('lease').find((event) => event.lease === lease && states.includes(event.state))
}

export interface Silence {
  /** Whom it silences by its plan, and who was never seen to be silent. */
  readonly spared: readonly string[]
  /** Of the journal, one for each of the others. */
  readonly batches: readonly number[]
}

/** Whoever a fault silences must have been seen to be silent: who was never gone has not come back. */
export function silenceOf(
  history: History,
  scenario: ScenarioHistory,
  terms: Terms,
  { lease, silences }: Event<'plan'>,
  toMs: number,
): Silence {
  const fromMs = scenario.of('lease').find((event) => event.lease === lease && event.state === 'applying')?.atMs ?? toMs
  const batches = new Map<string, number>()
  const watched = watchedIn(history.topology)
  eachSlot(history, terms, { fromMs, toMs }, maskNaming(history, silences), (slot, target, _atMs, index) => {
    const agent = watched[target]
    if (slot === 'failed' && agent !== undefined && !batches.has(agent)) batches.set(agent, history.samples.batch[index] as number)
  })
  return { spared: silences.filter((agent) => !batches.has(agent)), batches: [...batches.values()] }
}

/** What is looked at for a recovery: all answers of those affected, from a moment on. */
export interface Recovery {
  readonly ids: readonly string[]
  readonly fromMs: number
  readonly triggerMs: number
  readonly toMs: number
  /** For so long behind the trigger the fault was still shown to be in place: the harness asked before it let go. Left out: not at all. */
  readonly askedMs?: number
  /** May be millions: gone through as often as needed, and never held. */
  each(see: See): void
  readonly batches: readonly number[]
}

/** @param untilMs they are looked at no longer; left out: to the last read */
export function recoveryOf(
  history: History,
  scenario: ScenarioHistory,
  terms: Terms,
  ids: readonly string[],
  triggerMs: number,
  untilMs = Number.POSITIVE_INFINITY,
): Recovery {
  const toMs = Math.min(extentOf(history, scenario)?.toMs ?? triggerMs, untilMs)
  const mask = maskNaming(history, ids)
  const each = (see: See) => eachSlot(history, terms, { fromMs: triggerMs, toMs }, mask, see)
  const batches = new Set<number>()
  each((_slot, _target, _atMs, index) => {
    batches.add(history.samples.batch[index] as number)
    return batches.size < namedBatches ? undefined : 'enough'
  })
  return { ids, fromMs: triggerMs, triggerMs, toMs, each, batches: [...batches] }
}

/** How long the harness asked whether a fault was still in place, once its release had begun. */
export function askedBefore(scenario: ScenarioHistory, plan: Event<'plan'>, { seq, atMs }: Event<'lease'>): number {
  const looks = plan.expectations.flatMap((_, step) => proofsOf(scenario, plan, step, 'lasting').filter((look) => look.seq > seq))
  return looks.reduce((latestMs, look) => Math.max(latestMs, look.atMs - atMs), 0)
}

/** How many batches a finding names; the journal holds the rest between its phases. */
const namedBatches = 20

interface Limits {
  readonly limitMs: number
  /** Promised, for the time from then on. */
  readonly uptime: number
}

/** Recovered within the limit, and healthy from then on. */
export function conclude(
  who: string,
  history: History,
  recovery: Recovery,
  terms: Terms,
  { limitMs, uptime }: Limits,
  seqs: readonly number[],
): Finding {
  const run = recoveredWithin(who, recovery, terms, limitMs, seqs)
  if ('outcome' in run) return run
  const back = `${who}: recovered within ${seconds(run.tookMs)}`
  const lost = notStayed(back, history, recovery, run.endMs, terms, uptime, seqs)
  return lost ?? concluded('pass', { value: run.tookMs, limit: limitMs, unit: 'ms' }, `${back} and stayed healthy`, seqs)
}

/** A sustained run of good answers, by when it was over. */
interface Run {
  readonly tookMs: number
  readonly endMs: number
}

/** The first one that is known to be one, within the limit. Unknown and missing slots could have been either: what holds both ways is known. */
export function recoveredWithin(who: string, recovery: Recovery, terms: Terms, limitMs: number, seqs: readonly number[]): Run | Finding {
  const late = lateness(who, recovery, terms, limitMs, seqs)
  if (late) return late
  const run = sustained(recovery, terms)
  if (run !== undefined && run.tookMs <= limitMs) return run
  const { askedMs = 0 } = recovery
  if (run !== undefined && run.tookMs - askedMs <= limitMs)
    return unknown(
      `${who}: recovered within ${seconds(run.tookMs)}, limit ${seconds(limitMs)}, and the harness asked for ${seconds(askedMs)} of it before it let go`,
      'a host on which a look at a fault takes less time',
    )
  return unknown(`${who}: too many slots after the trigger are unknown`, 'a machine on which the observer is not starved')
}

/** Whether they are known to have recovered too late, or not at all; undefined where they may have in time. */
export function lateness(who: string, recovery: Recovery, terms: Terms, limitMs: number, seqs: readonly number[]): Finding | undefined {
  const atBestMs = earliest(recovery, terms)
  const watchedMs = recovery.toMs - recovery.triggerMs
  const { askedMs = 0 } = recovery
  if (atBestMs !== undefined && atBestMs - askedMs <= limitMs) return undefined
  const measure = { value: atBestMs ?? watchedMs, limit: limitMs, unit: 'ms' } as const
  if (atBestMs !== undefined)
    return concluded('fail', measure, `${who}: recovered after ${seconds(atBestMs)}, later than ${seconds(limitMs)}`, seqs)
  if (watchedMs - askedMs >= limitMs) return concluded('fail', measure, `${who}: not recovered within ${seconds(watchedMs)}`, seqs)
  const because = `${who}: not recovered in the ${seconds(watchedMs)} they were watched`
  return unknown(because, `watching for the whole limit of ${seconds(limitMs)}`)
}

/** From their recovery to the last read they may relapse, or not be seen; undefined where they were healthy throughout. */
function notStayed(
  back: string,
  history: History,
  { ids, toMs }: Recovery,
  endMs: number,
  terms: Terms,
  uptime: number,
  seqs: readonly number[],
): Finding | undefined {
  const rest = { fromMs: endMs + 1, toMs } // the slot that ended the sustained run is a part of it
  const counted = tally(history, terms, askedIn(ids, [rest]))
  if (counted.known + counted.unknown === 0) return undefined
  const kept = windowUptime({ scope: 'from then on', counted, noun: 'target', few: true }, terms, uptime, seqs)
  if (kept.outcome === 'fail') return concluded('fail', kept.measure, `${back}, but relapsed: ${kept.because}`, [...seqs, ...kept.standsOn])
  if (kept.outcome === 'unknown') return unknown(`${back}; whether they stayed healthy is not shown: ${kept.because}`, kept.wouldHelp)
  const bad = lastAnswers(history, terms, rest, ids).ids('stray', 'failed', 'unseen')
  return bad.length === 0
    ? undefined
    : unknown(`${back}; not shown to be healthy at the last read: ${bad.join(', ')}`, 'a run that watches them for longer')
}

/**
 * What a finding is among others of its kind: one trial, where it is known how it went. What failed within the limit was not over when
 * it seemed to be.
 */
export function trialOf(key: string, limitMs: number, finding: Finding): readonly TrialSet[] {
  if (finding.outcome === 'unknown') return []
  return [{ key, limitMs, tookMs: [finding.outcome === 'pass' ? finding.measure.value : Number.POSITIVE_INFINITY] }]
}

export function longEnoughMs({ intervalMs }: Terms): number {
  return Math.max(sustainedMs, sustainedSlots * intervalMs)
}

/** Intervals between two good answers of one agent with no slot in between. */
const longestGap = 1.5

/** The first run of good answers of all that is long enough. A slot that is unknown may have failed, and ends it. */
function sustained({ each, ids, triggerMs }: Recovery, terms: Terms): Run | undefined {
  const gapMs = longestGap * terms.intervalMs
  let startMs: number | undefined
  let runs = new Map<number, { lastMs: number; count: number }>()
  let full = 0
  const startOver = (atMs: number | undefined) => {
    startMs = atMs
    runs = new Map()
    full = 0
  }
  let found: Run | undefined
  each((slot, target, atMs) => {
    if (slot !== 'ok') return startOver(undefined)
    if (startMs === undefined || atMs - (runs.get(target)?.lastMs ?? startMs) > gapMs) startOver(atMs)
    const run = runs.get(target) ?? { lastMs: atMs, count: 0 }
    runs.set(target, { lastMs: atMs, count: run.count + 1 })
    if (run.count + 1 === sustainedSlots) full += 1
    if (full < ids.length || atMs - (startMs as number) < longEnoughMs(terms)) return undefined
    if (![...runs.values()].every(({ lastMs }) => atMs - lastMs <= gapMs)) return undefined
    found = { tookMs: atMs - triggerMs + terms.intervalMs, endMs: atMs }
    return 'enough'
  })
  return found
}

/** The soonest that they can have recovered, if every slot that is not known to have failed was a good one. */
function earliest({ each, fromMs, triggerMs, toMs }: Recovery, terms: Terms): number | undefined {
  let startMs = fromMs
  each((slot, _target, atMs) => {
    if (slot !== 'failed') return undefined
    if (atMs - startMs >= longEnoughMs(terms)) return 'enough'
    startMs = atMs
    return undefined
  })
  return toMs - startMs >= longEnoughMs(terms) ? Math.max(0, startMs + longEnoughMs(terms) - triggerMs) : undefined
}
