/** A journal held in memory as its events, so that it can be changed and judged some thousand times a minute. */
import { GauntletError } from '../base/errors.ts'
import type { Event, Kind, Seq } from '../journal/event.ts'
import type { History } from '../journal/history.ts'
import { historyOfEvents } from '../journal/reader.ts'
import type { Verdict } from '../verdict.ts'

export type Tape = readonly Event[]
export type Batch = Event<'samples'>
export type Judge = (history: History) => Verdict
/** `refused`: it is no whole journal any more, so that there is no verdict of it. */
export type Outcome = Verdict['outcome'] | 'refused'

/** Gives events the places they now have: what is to be judged is one whole journal, not a torn one. */
export function renumbered(tape: Tape): Event[] {
  return tape.map((event, place) => (event.seq === place ? event : { ...event, seq: place as Seq }))
}

/** What takes the reader eight bytes a sample at least. */
const bytesEach = 8

/** Through the reader, which looks at each event as if it came from a file. @throws GauntletError usage/run as the reader does */
export function historyIn(tape: Tape): History {
  const events = renumbered(tape)
  const samples = events.reduce((sum, event) => sum + (event.kind === 'samples' ? event.scheduled.length : 0), 0)
  let next = 0
  const iterator = { next: () => (next < events.length ? { done: false, value: events[next++] } : { done: true, value: false }) }
  return historyOfEvents('journal.ndjson', samples * bytesEach, iterator as Parameters<typeof historyOfEvents>[2])
}

export function verdictOn(tape: Tape, judge: Judge): Verdict | 'refused' {
  try {
    return judge(historyIn(tape))
  } catch (error) {
    if (error instanceof GauntletError && error.code === 'usage/run') return 'refused'
    throw error
  }
}

export function outcomeOf(tape: Tape, judge: Judge): Outcome {
  const verdict = verdictOn(tape, judge)
  return verdict === 'refused' ? verdict : verdict.outcome
}

export function textOf(tape: Tape): string {
  return renumbered(tape)
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('')
}

export function tapeOf(text: string): Tape {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
}

export function ofKind<K extends Kind>(tape: Tape, kind: K): readonly Event<K>[] {
  return tape.filter((event): event is Event<K> => event.kind === kind)
}

/** The event of this kind that is the nth, changed to these; the same tape where there is none. */
export function exchanged<K extends Kind>(tape: Tape, kind: K, nth: number, by: (event: Event<K>) => readonly Event[]): Tape {
  let met = 0
  const place = tape.findIndex((event) => event.kind === kind && met++ === nth)
  return place < 0 ? tape : [...tape.slice(0, place), ...by(tape[place] as Event<K>), ...tape.slice(place + 1)]
}
