/**
 * Who watched, and by which terms. In its last words an observer counts what it sent: compared with what stands in the journal, that
 * shows whether all of it was written down.
 */
import { answers, type Event } from './event.ts'

type Stopped = Extract<Event<'observer'>, { readonly sent: number }>

/** Between its start and its end. */
interface Session {
  readonly started: Event<'observer'>
  sent: number
  unsent: number
}

const unsent = answers.indexOf('unsent')

export interface Attendance {
  first(): Event<'observer'> | undefined
  /** What a good answer can have taken: one that took longer was not waited for. */
  latestMs(): number
  /** Closer together than this no two slots of one target can be, whichever observer sent them; 0 where none was there. */
  leastGapMs(): number
  take(event: Event<'observer'>): void
  /** Counts the samples of a batch, whether or not they are possible. */
  count(said: readonly unknown[]): void
  finish(last: Event): void
}

/** @param doubt is told what makes the journal doubtful, and which event shows it */
export function attendance(doubt: (event: Event, message: string) => void): Attendance {
  const unended = 'the observer was not heard to end, so that nobody knows whether all it saw is written down'
  let first: Event<'observer'> | undefined
  let atWork: Session | undefined
  let leastIntervalMs = Number.POSITIVE_INFINITY
  let outside = 0

  function begin(started: Event<'observer'>): void {
    first ??= started
    if (atWork) doubt(atWork.started, unended)
    if (started.offsetErrorMs > started.timeoutMs) doubt(started, offClock(started))
    if (started.intervalMs > 0) leastIntervalMs = Math.min(leastIntervalMs, started.intervalMs)
    atWork = { started, sent: 0, unsent: 0 }
  }

  return {
    first: () => first,
    latestMs: () => (atWork ? atWork.started.timeoutMs + atWork.started.latenessMs : Number.POSITIVE_INFINITY),
    leastGapMs: () => (Number.isFinite(leastIntervalMs) ? leastIntervalMs / 2 : 0),
    take(event) {
      if (event.state === 'started') return begin(event)
      if (event.state === 'lost') doubt(event, `the observer was lost: ${event.detail}`)
      else if (atWork === undefined) doubt(event, 'an observer ended that was not seen to start')
      else compare(event, atWork)
      atWork = undefined
    },
    count(said) {
      if (atWork === undefined) {
        outside += said.length
        return
      }
      const idle = said.reduce((sum: number, answer) => sum + (answer === unsent ? 1 : 0), 0)
      atWork.sent += said.length - idle
      atWork.unsent += idle
    },
    finish(last) {
      if (atWork) doubt(atWork.started, unended)
      if (outside > 0) doubt(last, `${outside} samples stand in the journal while no observer was running`)
    },
  }

  function compare(stopped: Stopped, { sent, unsent }: Session): void {
    const there = `the journal has ${sent} sent and ${unsent} unsent probes of this observer`
    if (stopped.sent !== sent || stopped.unsent !== unsent)
      doubt(stopped, `${there}, and the observer counted ${stopped.sent} sent and ${stopped.unsent} unsent`)
  }
}

/** By more than one probe may stay open it is not known any more what a probe was sent before, and what after. */
function offClock({ offsetErrorMs }: Event<'observer'>): string {
  return `the observer’s clock may be up to ${offsetErrorMs} ms off the run’s, so that nobody knows which probes were of which phase`
}
