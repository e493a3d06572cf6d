/** What the adversary may do to a journal, as data: it can be drawn, printed, made smaller, kept in a line, and done again. */
import type { Answer, Event, Kind } from '../journal/event.ts'
import { calmWindows } from './calm.ts'
import { type ForgeryName, forgeries } from './forgeries.ts'
import { groundOf } from './ground.ts'
import { prefixed, renamed } from './names.ts'
import { answered, countOf, joined, kept, recounted, split, type Window } from './samples.ts'
import { withSecondFault } from './second-fault.ts'
import { exchanged, ofKind, renumbered, type Tape } from './tape.ts'
import { withMoved, withQuiet } from './time.ts'

export type Mutation =
  | { readonly does: 'outage'; readonly ids: readonly string[]; readonly fromMs: number; readonly toMs: number; readonly answer: Answer }
  | { readonly does: 'answering'; readonly ids: readonly string[]; readonly fromMs: number; readonly toMs: number }
  | { readonly does: 'removal'; readonly of: Kind; readonly nth: number }
  | { readonly does: 'lag'; readonly fromMs: number; readonly toMs: number; readonly cause: 'event-loop' | 'clock' }
  | { readonly does: 'unsent'; readonly ids: readonly string[]; readonly fromMs: number; readonly toMs: number }
  | { readonly does: 'missing'; readonly every: number; readonly fromMs: number; readonly toMs: number }
  | { readonly does: 'quiet'; readonly atMs: number; readonly intervals: number }
  | { readonly does: 'split'; readonly nth: number; readonly at: number }
  | { readonly does: 'join'; readonly nth: number }
  | { readonly does: 'swap'; readonly nth: number }
  | { readonly does: 'renaming'; readonly prefix: string; readonly machines: boolean }
  | { readonly does: 'second-fault'; readonly lease: string; readonly from: string; readonly to: string }
  | { readonly does: 'move'; readonly of: Kind; readonly nth: number; readonly byMs: number }
  | { readonly does: 'forgery'; readonly what: ForgeryName; readonly nth: number }

type Does = Mutation['does']
type Of<D extends Does> = Extract<Mutation, { readonly does: D }>

/** The journal as it is then; where there is nothing to do it to, the same. */
export function mutated(tape: Tape, mutations: readonly Mutation[]): Tape {
  return mutations.reduce((before, mutation) => {
    const after = deeds[mutation.does](before, mutation as never)
    const isSame = after.length === before.length && after.every((event, place) => event === before[place])
    return isSame ? before : renumbered(after)
  }, tape)
}

const deeds: { readonly [D in Does]: (tape: Tape, mutation: Of<D>) => Tape } = {
  outage: (tape, { ids, answer, ...window }) => answered(tape, window, placesOf(tape, ids), answer, groundOf(tape).timeoutMs),
  answering: (tape, { ids, ...window }) => answered(tape, window, placesOf(tape, ids), 'ok', groundOf(tape).timeoutMs),
  removal: (tape, { of, nth }) => exchanged(tape, of, nth, () => []),
  lag: (tape, { fromMs, toMs, cause }) => {
    const place = tape.findIndex((event, nth) => nth > 0 && event.atMs >= toMs)
    const seen = tape[place]
    if (seen === undefined) return tape
    return [...tape.slice(0, place), { kind: 'lag', seq: seen.seq, atMs: seen.atMs, fromMs, toMs, cause }, ...tape.slice(place)]
  },
  unsent: (tape, { ids, ...window }) => {
    const targets = placesOf(tape, ids)
    const count = countOf(tape, window, targets)
    return recounted(answered(tape, window, targets, 'unsent', groundOf(tape).timeoutMs), window.fromMs, { sent: -count, unsent: count })
  },
  missing: (tape, { every, ...window }) => kept(tape, window, (_, nth) => nth % every !== 0),
  quiet: (tape, { atMs, intervals }) => {
    const isCalm = calmWindows(tape).some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)
    return isCalm ? withQuiet(tape, atMs, intervals) : tape // another mutation may have moved what was calm
  },
  split: (tape, { nth, at }) => exchanged(tape, 'samples', nth, (batch) => split(batch, at)),
  join: (tape, { nth }) => {
    const [first, second] = ofKind(tape, 'samples').slice(nth, nth + 2)
    if (first === undefined || second === undefined) return tape
    return tape.flatMap((event): Event[] => (event === first ? [] : event === second ? [joined(first, second)] : [event]))
  },
  swap: (tape, { nth }) => {
    const [first, second] = equals(tape)[nth] ?? []
    if (first === undefined || second === undefined) return tape
    return tape.map((event) => (event === first ? second : event === second ? first : event))
  },
  renaming: (tape, { prefix, machines }) => renamed(tape, prefixed(tape, prefix, machines)),
  'second-fault': (tape, { lease, from, to }) => withSecondFault(tape, lease, from, to),
  move: (tape, { of, nth, byMs }) => withMoved(tape, of, nth, byMs),
  forgery: (tape, { what, nth }) => forgeries[what].forge(tape, nth),
}

function placesOf(tape: Tape, ids: readonly string[]): ReadonlySet<number> {
  const named = new Set(ids)
  return new Set(groundOf(tape).ids.flatMap((id, place) => (named.has(id) ? [place] : [])))
}

/** Neighbours of one time of which neither orders the other: the observer's word, and what the run itself read or did. */
export function equals(tape: Tape): readonly (readonly [Event, Event])[] {
  return tape.flatMap((event, place) => {
    const next = tape[place + 1]
    if (next === undefined || event.atMs !== next.atMs || place === 0) return []
    return (event.kind === 'samples') === (next.kind === 'samples') || [event, next].some(({ kind }) => kind === 'end')
      ? []
      : [[event, next] as const]
  })
}

/** One plain sentence. */
export function sentenceOf(mutation: Mutation): string {
  return sentences[mutation.does](mutation as never)
}

const sentences: { readonly [D in Does]: (mutation: Of<D>) => string } = {
  outage: ({ ids, answer, ...window }) => `${named(ids)} answer ${answer} ${spanOf(window)}`,
  answering: ({ ids, ...window }) => `${named(ids)} answer well ${spanOf(window)}, where a plan silences them`,
  removal: ({ of, nth }) => `${of} ${nth + 1} is taken away`,
  lag: ({ cause, ...window }) => `the observer lags (${cause}) ${spanOf(window)}`,
  unsent: ({ ids, ...window }) => `${named(ids)} are not asked ${spanOf(window)}`,
  missing: ({ every, ...window }) => `one sample of ${every} is missing ${spanOf(window)}`,
  quiet: ({ atMs, intervals }) => `${intervals} intervals of good answers of all are put in at ${secondsOf(atMs)}`,
  split: ({ nth, at }) => `batch ${nth + 1} is told in two, after ${at} samples`,
  join: ({ nth }) => `batches ${nth + 1} and ${nth + 2} are told in one`,
  swap: ({ nth }) => `neighbours ${nth + 1} of one time change places`,
  renaming: ({ prefix, machines }) => `agents${machines ? ' and machines' : ''} are called ${prefix}…`,
  'second-fault': ({ from, to, lease }) => `the fault ${lease} on ${from} is done to ${to} as well`,
  move: ({ of, nth, byMs }) => `${of} ${nth + 1} is told ${secondsOf(Math.abs(byMs))} ${byMs < 0 ? 'sooner' : 'later'}`,
  forgery: ({ what, nth }) => `${forgeries[what].sentence} (place ${nth + 1})`,
}

function named(ids: readonly string[]): string {
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 2).join(', ')} and ${ids.length - 2} more`
}

function spanOf({ fromMs, toMs }: Window): string {
  return `for ${secondsOf(toMs - fromMs)} from ${secondsOf(fromMs)}`
}

function secondsOf(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
