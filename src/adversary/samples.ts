/** Changes of what the observer saw. Batches that hold nothing of it stay the very same events, so that a change costs what it touches. */
import { type Answer, answers, type Event } from '../journal/event.ts'
import { type Batch, ofKind, type Tape } from './tape.ts'

/** Half open, on the run's clock. */
export interface Window {
  readonly fromMs: number
  readonly toMs: number
}

/** How much later than it was written down a sample may claim to be, by the reader. */
const slackMs = 1_000

function mayTouch(batch: Batch, { fromMs, toMs }: Window): boolean {
  return batch.baseMs < toMs && batch.atMs + slackMs >= fromMs
}

/** Of each sample of these targets due in this window: what was answered, now. */
export function answered(tape: Tape, window: Window, targets: ReadonlySet<number>, answer: Answer, timeoutMs: number): Tape {
  const code = answers.indexOf(answer)
  return tape.map((event) => {
    if (event.kind !== 'samples' || !mayTouch(event, window)) return event
    const { baseMs, scheduled } = event
    const said = [...event.answers]
    const latency = [...event.latency]
    let changed = false
    for (const [place, target] of event.targets.entries()) {
      const atMs = baseMs + (scheduled[place] as number)
      if (atMs < window.fromMs || atMs >= window.toMs || !targets.has(target) || said[place] === code) continue
      said[place] = code
      latency[place] = answer === 'ok' ? Math.min(5, timeoutMs) : timeoutMs
      changed = true
    }
    return changed ? { ...event, answers: said, latency } : event
  })
}

/** Only the samples for which this holds, of those due in this window. */
export function kept(tape: Tape, window: Window, keeps: (target: number, nth: number) => boolean): Tape {
  let nth = 0
  return tape.flatMap((event): Event[] => {
    if (event.kind !== 'samples' || !mayTouch(event, window)) return [event]
    const places = [...event.targets.keys()].filter((place) => {
      const atMs = event.baseMs + (event.scheduled[place] as number)
      return atMs < window.fromMs || atMs >= window.toMs || keeps(event.targets[place] as number, nth++)
    })
    return places.length === event.targets.length ? [event] : places.length === 0 ? [] : [picked(event, places)]
  })
}

/** Of a batch these samples only, in this order. */
export function picked(batch: Batch, places: readonly number[]): Batch {
  const by = <T>(column: readonly T[]) => places.map((place) => column[place] as T)
  return { ...batch, scheduled: by(batch.scheduled), targets: by(batch.targets), answers: by(batch.answers), latency: by(batch.latency) }
}

/** One batch is told in two, the second where the first ended. */
export function split(batch: Batch, at: number): readonly Batch[] {
  const places = [...batch.targets.keys()]
  const cut = Math.max(0, Math.min(places.length, at))
  return [picked(batch, places.slice(0, cut)), picked(batch, places.slice(cut))]
}

/** Two batches are told in one, when the second was. */
export function joined(first: Batch, second: Batch): Batch {
  const baseMs = Math.min(first.baseMs, second.baseMs)
  const dues = ({ baseMs: ownMs, scheduled }: Batch) => scheduled.map((afterMs) => ownMs + afterMs - baseMs)
  return {
    ...second,
    baseMs,
    scheduled: [...dues(first), ...dues(second)],
    targets: [...first.targets, ...second.targets],
    answers: [...first.answers, ...second.answers],
    latency: [...first.latency, ...second.latency],
  }
}

export function countOf(tape: Tape, window: Window, targets: ReadonlySet<number>): number {
  let count = 0
  for (const batch of ofKind(tape, 'samples')) {
    if (!mayTouch(batch, window)) continue
    for (const [place, target] of batch.targets.entries()) {
      const atMs = batch.baseMs + (batch.scheduled[place] as number)
      if (targets.has(target) && atMs >= window.fromMs && atMs < window.toMs) count += 1
    }
  }
  return count
}

/**
 * What the observer says at its end of how much it sent follows what was changed: a change of what was seen is not
 * to be found out by a sum alone.
 */
export function recounted(tape: Tape, atMs: number, more: { readonly sent: number; readonly unsent: number }): Tape {
  const place = tape.findIndex((event) => event.kind === 'observer' && event.state === 'stopped' && event.atMs >= atMs)
  const event = tape[place]
  if (event?.kind !== 'observer' || event.state === 'started') return tape
  return tape.with(place, { ...event, sent: event.sent + more.sent, unsent: event.unsent + more.unsent })
}
