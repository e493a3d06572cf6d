/** Gathers samples into columns, so that ten thousand probes a second leave the observer as a few lines. */
import { type Answer, answers } from '../journal/probe.ts'
import type { ObserverLine } from './protocol.ts'

export interface Sample {
  readonly scheduledMs: number
  readonly target: number
  readonly answer: Answer
  readonly latencyMs: number
  /** From its instant until it was sent; 0 where it was not. */
  readonly lateMs: number
}

export interface Batch {
  add(sample: Sample): void
  readonly length: number
  /** What was gathered since the last take; undefined when that is nothing. */
  take(): Extract<ObserverLine, { readonly kind: 'samples' }> | undefined
}

const codes: ReadonlyMap<Answer, number> = new Map(answers.map((answer, code) => [answer, code]))

export function batch(): Batch {
  let samples: Sample[] = []
  return {
    add: (sample) => void samples.push(sample),
    get length() {
      return samples.length
    },
    take() {
      if (samples.length === 0) return undefined
      const taken = samples
      samples = []
      const baseMs = Math.floor(taken.reduce((least, { scheduledMs }) => Math.min(least, scheduledMs), Number.POSITIVE_INFINITY))
      return {
        kind: 'samples',
        baseMs,
        scheduled: taken.map(({ scheduledMs }) => toMicroseconds(scheduledMs - baseMs)),
        targets: taken.map(({ target }) => target),
        answers: taken.map(({ answer }) => codes.get(answer) as number),
        latency: taken.map(({ latencyMs }) => toMicroseconds(latencyMs)),
        lateMs: toMicroseconds(taken.reduce((most, { lateMs }) => Math.max(most, lateMs), 0)),
      }
    },
  }
}

/** Milliseconds with three places: more digits would only make the journal longer. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
