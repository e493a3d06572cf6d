/** Takes the observer's lines one by one: checks each, puts it on the run's clock, and writes it to the journal. */
import type { EventBody, ObserverEvent } from '../journal/event.ts'
import { answers } from '../journal/event.ts'
import { readLine } from '../probes/line.ts'
import type { ObserverLine } from '../probes/protocol.ts'
import { type Wellness, wellness } from './wellness.ts'

export interface ReceptionOptions {
  readonly write: (body: EventBody) => unknown
  /** Time on the run's clock, as the journal has it. */
  readonly nowMs: () => number
  /** CLOCK_MONOTONIC of this machine. */
  readonly monotonicMs: () => number
  /** Ids of all it was given to ask, in that order: agents, then services. */
  readonly watched: readonly string[]
  /** On the run's clock, a moment at which the observer was not yet running; bounds how far its clock can be off. */
  readonly startedMs: number
  /** Of this machine's kernel; the same in the observer's hello means the same monotonic clock. */
  readonly bootId: string | undefined
}

type Line<K extends ObserverLine['kind']> = Extract<ObserverLine, { readonly kind: K }>
type Terms = Pick<ObserverEvent, 'intervalMs' | 'timeoutMs' | 'latenessMs' | 'offsetMs' | 'offsetErrorMs'>

export interface Reception {
  /** @returns what makes the rest of the stream worthless, `bye` at its proper end, undefined to go on */
  take(text: string): string | undefined
  /** Journals the end: `bye`, or why the observer is lost. */
  end(because: string): void
  /** Undefined before the hello. */
  wellness(): Wellness | undefined
}

/** Before its hello nothing is known of the observer's terms. */
const noTerms: Terms = { intervalMs: 0, timeoutMs: 0, latenessMs: 0, offsetMs: 0, offsetErrorMs: 0 }
const unsent = answers.indexOf('unsent')

export function reception(options: ReceptionOptions): Reception {
  const { write, watched } = options
  const told = { sent: 0, unsent: 0 }
  let terms = noTerms
  let well: Wellness | undefined

  function greet(hello: Line<'hello'>): string | undefined {
    if (well !== undefined) return 'a second hello: the observer was started again'
    if (hello.targets !== watched.length) return `it probes ${hello.targets} targets, and there are ${watched.length}`
    const { intervalMs, timeoutMs, latenessMs } = hello
    terms = { intervalMs, timeoutMs, latenessMs, ...offsetOf(hello, options) }
    well = wellness(timeoutMs)
    write({ kind: 'observer', state: 'started', ...terms })
    return undefined
  }

  function record(line: Line<'samples'>, known: Wellness): string | undefined {
    const { scheduled, targets, answers: codes, latency, lateMs } = line
    if (targets.some((target) => target > watched.length)) return `a sample of a target beyond all ${watched.length} and the sentinel`
    const baseMs = onRun(line.baseMs)
    write({ kind: 'samples', baseMs, scheduled, targets, answers: codes, latency, lateMs })
    scheduled.forEach((afterMs, index) => {
      known.note(targets[index] as number, baseMs + afterMs, codes[index] as number)
      told[codes[index] === unsent ? 'unsent' : 'sent'] += 1
    })
    return undefined
  }

  function partWith({ sent, unsent }: Line<'bye'>): string {
    const whole = sent === told.sent && unsent === told.unsent
    return whole ? 'bye' : `it told of ${told.sent} sent and ${told.unsent} unsent probes, and counted ${sent} and ${unsent}`
  }

  function onRun(observerMs: number): number {
    return Math.round((observerMs + terms.offsetMs) * 1000) / 1000
  }

  return {
    take(text) {
      const line = readLine(text)
      if (typeof line === 'string') return `${line}: ${JSON.stringify(text.slice(0, 120))}`
      if (line.kind === 'hello') return greet(line)
      if (well === undefined) return `${line.kind} before hello`
      if (line.kind === 'samples') return record(line, well)
      if (line.kind === 'bye') return partWith(line)
      write({ kind: 'lag', cause: line.cause, fromMs: onRun(line.fromMs), toMs: onRun(line.toMs) })
      return undefined
    },
    end(because) {
      const counted = `${told.sent} probes sent, ${told.unsent} unsent`
      if (because === 'bye') write({ kind: 'observer', state: 'stopped', ...terms, ...told, detail: counted })
      else write({ kind: 'observer', state: 'lost', ...terms, ...told, detail: `${because} (after ${counted})` })
    },
    wellness: () => well,
  }
}

/**
 * Under one kernel both read the same monotonic clock, and the offset is exact. Otherwise the hello was sent after the start
 * of the observer and before its arrival here, which bounds it from both sides.
 */
function offsetOf(
  hello: Line<'hello'>,
  { nowMs, monotonicMs, startedMs, bootId }: ReceptionOptions,
): Pick<Terms, 'offsetMs' | 'offsetErrorMs'> {
  const arrivedMs = nowMs()
  const latestMs = arrivedMs - hello.nowMs
  const earliestMs = startedMs - hello.nowMs
  const exactMs = arrivedMs - monotonicMs()
  const oneMs = 1 // between two reads of the clock
  const same = bootId !== undefined && bootId === hello.bootId && exactMs <= latestMs + oneMs && exactMs >= earliestMs - oneMs
  return same ? { offsetMs: exactMs, offsetErrorMs: 0 } : { offsetMs: latestMs, offsetErrorMs: Math.max(0, latestMs - earliestMs) }
}
