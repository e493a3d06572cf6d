/**
 * From a trigger to the end of the first sustained run of good answers of all who were hurt, plus one interval: the clock of recovery
 * and of rollback.
 */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { watchedIn } from '../journal/watched.ts'
import type { TrialSet } from '../statistics/trials.ts'
import { concluded, type Finding, unknown } from './finding.ts'
import { aftermath, eachSlot, maskNaming, type See, seconds, type Terms } from './scope.ts'

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

export interface Slots {
  /** May be millions: gone through as often as needed, and never held. */
  each(see: See): void
  readonly fromMs: number
  readonly triggerMs: number
  readonly toMs: number
  readonly batches: readonly number[]
}

export function slotsFrom(
  history: History,
  scenario: ScenarioHistory,
  terms: Terms,
  mask: Uint8Array,
  fromMs: number,
  triggerMs: number,
  untilMs = Number.POSITIVE_INFINITY,
): Slots {
  const toMs = Math.min(aftermath(scenario)?.toMs ?? triggerMs, untilMs)
  const each = (see: See) => eachSlot(history, terms, { fromMs, toMs }, mask, see)
  const batches = new Set<number>()
  each((_slot, _target, _atMs, index) => {
    batches.add(history.samples.batch[index] as number)
    return batches.size < namedBatches ? undefined : 'enough'
  })
  return { each, fromMs, triggerMs, toMs, batches: [...batches] }
}

/** How many batches a finding names; the journal holds the rest between its phases. */
const namedBatches = 20

export function conclude(who: string, slots: Slots, members: number, terms: Terms, limit: number, seqs: readonly number[]): Finding {
  // Unknown and missing slots could have been either: what holds both ways is known.
  const atWorst = sustained(slots, members, terms)
  const atBestMs = earliest(slots, terms)
  const watchedMs = slots.toMs - slots.triggerMs
  if (atBestMs === undefined) {
    const measure = { value: watchedMs, limit, unit: 'ms' } as const
    if (watchedMs >= limit) return concluded('fail', measure, `${who}: not back for good within ${seconds(watchedMs)}`, seqs)
    const because = `${who}: not back for good in the ${seconds(watchedMs)} they were watched`
    return unknown(because, `watching for the whole limit of ${seconds(limit)}`)
  }
  if (atBestMs > limit) {
    const measure = { value: atBestMs, limit, unit: 'ms' } as const
    return concluded('fail', measure, `${who}: back after ${seconds(atBestMs)}, later than ${seconds(limit)}`, seqs)
  }
  if (atWorst === undefined || atWorst.tookMs > limit)
    return unknown(`${who}: too many slots after the trigger are unknown`, 'a machine on which the observer is not starved')
  const measure = { value: atWorst.tookMs, limit, unit: 'ms' } as const
  const relapse = relapseAfter(slots, atWorst.endMs, terms)
  if (relapse !== undefined)
    return concluded('fail', measure, `${who}: back after ${seconds(atWorst.tookMs)}, but lost again at ${seconds(relapse)}`, seqs)
  const unseenMs = longestUnseen(slots, atWorst.endMs, members)
  if (unseenMs > longEnoughMs(terms) + terms.intervalMs)
    return unknown(
      `${who}: back after ${seconds(atWorst.tookMs)}, and then one of them was not seen for ${seconds(unseenMs)}, so that nobody knows whether it stayed`,
      'a machine on which the observer is not starved',
    )
  return concluded('pass', measure, `${who}: back after ${seconds(atWorst.tookMs)}, and stayed`, seqs)
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

/** Intervals between two good answers of one agent that leave room for at most one slot that nobody knows. */
const longestGap = 2.5

/** The first run of good answers of all that is long enough. One unknown slot may be in it, as one failed slot would not end a recovery. */
function sustained(
  { each, triggerMs }: Slots,
  members: number,
  terms: Terms,
): { readonly tookMs: number; readonly endMs: number } | undefined {
  const gapMs = longestGap * terms.intervalMs
  let startMs: number | undefined
  let runs = new Map<number, { lastMs: number; count: number }>()
  let full = 0
  const startOver = (atMs: number | undefined) => {
    startMs = atMs
    runs = new Map()
    full = 0
  }
  let found: { readonly tookMs: number; readonly endMs: number } | undefined
  each((slot, target, atMs) => {
    if (slot === 'failed') startOver(undefined)
    if (slot !== 'ok') return undefined
    if (startMs === undefined || atMs - (runs.get(target)?.lastMs ?? startMs) > gapMs) startOver(atMs)
    const run = runs.get(target) ?? { lastMs: atMs, count: 0 }
    runs.set(target, { lastMs: atMs, count: run.count + 1 })
    if (run.count + 1 === sustainedSlots) full += 1
    if (atMs < triggerMs || full < members || atMs - (startMs as number) < longEnoughMs(terms)) return undefined
    if (![...runs.values()].every(({ lastMs }) => atMs - lastMs <= gapMs)) return undefined
    found = { tookMs: atMs - triggerMs + terms.intervalMs, endMs: atMs }
    return 'enough'
  })
  return found
}

/** The soonest that they can have been back for good, if every slot that is not known to have failed was a good one. */
function earliest({ each, fromMs, triggerMs, toMs }: Slots, terms: Terms): number | undefined {
  let startMs = fromMs
  each((slot, _target, atMs) => {
    if (slot !== 'failed') return undefined
    if (atMs - startMs >= longEnoughMs(terms)) return 'enough'
    startMs = atMs
    return undefined
  })
  return toMs - startMs >= longEnoughMs(terms) ? Math.max(0, startMs + longEnoughMs(terms) - triggerMs) : undefined
}

/** Behind the sustained run: the longest time in which one of them was neither seen to be well nor seen to have failed. */
function longestUnseen({ each, toMs }: Slots, endMs: number, members: number): number {
  const seenMs = new Map<number, number>()
  let longest = 0
  each((slot, target, atMs) => {
    if (slot === 'unknown') return
    if (atMs > endMs) longest = Math.max(longest, atMs - Math.max(endMs, seenMs.get(target) ?? endMs))
    seenMs.set(target, atMs)
  })
  if (seenMs.size < members) return toMs - endMs
  return Math.max(longest, ...[...seenMs.values()].map((lastMs) => toMs - Math.max(endMs, lastMs)))
}

/**
 * One failed slot may be chance; a second one of the same agent, without a sustained run of good ones in between, is not. To ask for two
 * in a row would call an agent back for good that answers every other time.
 */
function relapseAfter({ each }: Slots, endMs: number, terms: Terms): number | undefined {
  const failedMs = new Map<number, number>()
  let relapsedMs: number | undefined
  each((slot, target, atMs) => {
    if (atMs <= endMs || slot === 'unknown') return undefined
    const earlierMs = failedMs.get(target)
    if (slot === 'failed' && earlierMs !== undefined) relapsedMs = atMs
    else if (slot === 'failed') failedMs.set(target, atMs)
    else if (earlierMs !== undefined && atMs - earlierMs >= longEnoughMs(terms)) failedMs.delete(target)
    return relapsedMs === undefined ? undefined : 'enough'
  })
  return relapsedMs
}
