/** From samples to outages: runs of slots that failed, of each agent and service, in the spans in which it is asked about. */
import type { History } from '../journal/history.ts'
import { watchedIn } from '../journal/watched.ts'
import { eachSlot, maskNaming, type See, type Slot, type Span, type Terms } from './scope.ts'

/** A run of failed slots of one agent; unknown slots inside it neither end it nor make it longer. */
export interface Outage {
  readonly agent: string
  readonly firstFailMs: number
  readonly lastFailMs: number
  readonly fails: number
  /** Good answers before and after it, where there were any: it lies between lastFail − firstFail and nextOk − prevOk. */
  readonly prevOkMs: number | null
  readonly nextOkMs: number | null
  /** Of the journal, where its first failure stands. */
  readonly batch: number
}

export interface Tally {
  /** Agents and services that were asked about. */
  readonly members: number
  /** Slots that were sent in time and can be believed. */
  readonly known: number
  readonly failed: number
  /** Not sent, not believed, missing from the journal, or one more of a slot that is there. */
  readonly unknown: number
  readonly outages: readonly Outage[]
  /** The same, if every slot that is unknown and in the journal had failed. */
  readonly atWorst: readonly Outage[]
  /** Of `unknown`, those that are in no journal, or there twice: where they lie is not known. */
  readonly misplaced: number
  /** How many of `unknown` are of each of those that have some. */
  readonly unknownOf: ReadonlyMap<string, number>
  /** First and last batch that was looked at. */
  readonly batches: readonly number[]
}

/** Where each of these is asked about; the spans of one do not overlap, and are in order. */
export type Asked = ReadonlyMap<string, readonly Span[]>

/** All of these, in the same spans. */
export function askedIn(ids: Iterable<string>, spans: readonly Span[]): Asked {
  return new Map([...ids].map((id) => [id, spans]))
}

interface Run {
  prevOkMs: number | null
  firstFailMs: number
  lastFailMs: number
  fails: number
  batch: number
}

interface Open {
  readonly id: string
  readonly spans: readonly Span[]
  place: number
  lastMs: number | undefined
  unknown: number
  readonly best: Run
  readonly worst: Run
}

const freshRun = (): Run => ({ prevOkMs: null, firstFailMs: 0, lastFailMs: 0, fails: 0, batch: 0 })

/** Counts what these answered where they are asked about. */
export function tally(history: History, terms: Terms, asked: Asked): Tally {
  const open = watchedIn(history.topology).map((id) => opened(id, asked.get(id) ?? []))
  const members = open.filter(({ spans }) => spans.length > 0)
  const outages: Outage[] = []
  const atWorst: Outage[] = []
  const counts = { ok: 0, failed: 0, unknown: 0, misplaced: 0 }
  const batches = { first: Number.POSITIVE_INFINITY, last: -1 }
  const misplace = (one: Open, slots: number) => {
    counts.misplaced += slots
    one.unknown += slots
  }
  const endSpan = (one: Open) => {
    const span = one.spans[one.place] as Span
    misplace(one, one.lastMs === undefined ? slotsIn(span, terms) : slotsAfter(one.lastMs, span.toMs, terms))
    closeRun(outages, one.id, one.best, null)
    closeRun(atWorst, one.id, one.worst, null)
    Object.assign(one, { place: one.place + 1, lastMs: undefined })
    Object.assign(one.best, freshRun())
    Object.assign(one.worst, freshRun())
  }
  const see: See = (slot, target, atMs, index) => {
    const one = open[target] as Open
    while (one.place < one.spans.length && atMs >= (one.spans[one.place] as Span).toMs) endSpan(one)
    const span = one.spans[one.place]
    if (span === undefined || atMs < span.fromMs) return
    const batch = history.samples.batch[index] as number
    if (batch < batches.first) batches.first = batch
    if (batch > batches.last) batches.last = batch
    const due = one.lastMs === undefined ? slotsBefore(atMs, span.fromMs, terms) + 1 : Math.round((atMs - one.lastMs) / terms.intervalMs)
    misplace(one, due === 0 ? 1 : due - 1) // two of one slot: which of them counts cannot be told
    if (due > 0) one.lastMs = atMs
    counts[slot] += 1
    if (slot === 'unknown') one.unknown += 1
    follow(outages, one.id, one.best, slot === 'unknown' ? undefined : slot, atMs, batch)
    follow(atWorst, one.id, one.worst, slot === 'ok' ? 'ok' : 'failed', atMs, batch)
  }
  const ids = members.map(({ id }) => id)
  eachSlot(history, terms, extentOf(members.flatMap(({ spans }) => spans)), maskNaming(history, ids), see)
  for (const one of members) while (one.place < one.spans.length) endSpan(one)
  return {
    members: members.length,
    known: counts.ok + counts.failed,
    failed: counts.failed,
    unknown: counts.unknown + counts.misplaced,
    misplaced: counts.misplaced,
    unknownOf: new Map(members.filter(({ unknown }) => unknown > 0).map(({ id, unknown }) => [id, unknown])),
    outages,
    atWorst,
    batches: batches.last < 0 ? [] : [batches.first, batches.last],
  }
}

function opened(id: string, spans: readonly Span[]): Open {
  return { id, spans, place: 0, lastMs: undefined, unknown: 0, best: freshRun(), worst: freshRun() }
}

function follow(outages: Outage[], id: string, run: Run, slot: Exclude<Slot, 'unknown'> | undefined, atMs: number, batch: number): void {
  if (slot === 'failed') {
    if (run.fails === 0) Object.assign(run, { firstFailMs: atMs, batch })
    run.fails += 1
    run.lastFailMs = atMs
  } else if (slot === 'ok') {
    closeRun(outages, id, run, atMs)
    run.prevOkMs = atMs
  }
}

function closeRun(outages: Outage[], agent: string, run: Run, nextOkMs: number | null): void {
  if (run.fails > 0) outages.push({ agent, ...run, nextOkMs })
  run.fails = 0
}

function extentOf(spans: readonly Span[]): Span {
  const fromMs = spans.reduce((least, span) => Math.min(least, span.fromMs), Number.POSITIVE_INFINITY)
  return { fromMs, toMs: spans.reduce((most, span) => Math.max(most, span.toMs), Number.NEGATIVE_INFINITY) }
}

/** Instants are given to a thousandth of a millisecond. */
const grain = 1e-6

/** Slots that each has at least in a span, wherever in the interval its own instants lie. */
function slotsIn({ fromMs, toMs }: Span, { intervalMs }: Terms): number {
  return Math.floor((toMs - fromMs) / intervalMs + grain)
}

function slotsBefore(atMs: number, fromMs: number, { intervalMs }: Terms): number {
  return Math.floor((atMs - fromMs) / intervalMs + grain)
}

export function slotsAfter(atMs: number, toMs: number, { intervalMs }: Terms): number {
  return Math.max(0, Math.ceil((toMs - atMs) / intervalMs - grain) - 1)
}

/**
 * Outages that go together: those that overlap, of whichever agents, and those of one agent that follow each other.
 * @param relapseMs one agent's next outage belongs to the one before when it begins within this
 */
export function outageGroups(outages: readonly Outage[], intervalMs: number, relapseMs: number): readonly (readonly Outage[])[] {
  const sorted = [...outages].sort((a, b) => a.firstFailMs - b.firstFailMs)
  const joined = sorted.map((_, place) => place)
  const root = (place: number): number => {
    let at = place
    while (joined[at] !== at) at = joined[at] = joined[joined[at] as number] as number
    return at
  }
  const latestOf = new Map<string, number>()
  let untilMs = Number.NEGATIVE_INFINITY
  for (const [place, { agent, firstFailMs, lastFailMs }] of sorted.entries()) {
    // Each may have begun up to an interval before its first failed slot, and ended up to one after its last.
    if (firstFailMs - intervalMs <= untilMs) joined[root(place)] = root(place - 1)
    const earlier = latestOf.get(agent)
    if (earlier !== undefined && firstFailMs - (sorted[earlier] as Outage).lastFailMs <= relapseMs) joined[root(place)] = root(earlier)
    latestOf.set(agent, place)
    untilMs = Math.max(untilMs, lastFailMs + intervalMs)
  }
  const groups = Map.groupBy(sorted.keys(), root)
  return [...groups.values()].map((places) => places.map((place) => sorted[place] as Outage))
}
