/**
 * The open loop: each probe is sent at its instant, whatever became of the ones before. A loop that waits for answers sends
 * fewest probes exactly when the fleet hangs, and then calls a minute of silence one failure.
 *
 * It is driven by `tick` and holds no timer of its own, so that a test can be its clock.
 */
import type { Answer } from '../journal/event.ts'
import type { Sample } from './batch.ts'
import type { Cancel } from './exchange.ts'
import { instantOf, type Schedule, slotAt } from './schedule.ts'
import { type Lag, wakefulness } from './wakefulness.ts'

export interface Terms {
  readonly timeoutMs: number
  readonly latenessMs: number
  readonly inFlight: number
}

export interface Hands {
  readonly nowMs: () => number
  readonly wallMs: () => number
  /** Sends one probe; `done` may be called before this returns, and is never called after the cancel. */
  readonly send: (target: number, done: (answer: Answer) => void) => Cancel
  /** Each slot of the schedule ends here exactly once. */
  readonly settled: (sample: Sample) => void
  readonly lagged: (lag: Lag) => void
  /** Whoever takes the samples cannot take more now: slots then wait, unsent, without being held in memory. */
  readonly blocked: () => boolean
}

export interface Loop {
  /** Does what is due. @returns when it wants to be called next, in monotonic milliseconds */
  tick(): number
  /** Sends nothing more; `tick` goes on until nothing is outstanding. */
  stop(): void
  outstanding(): number
}

interface Probe {
  readonly scheduledMs: number
  readonly target: number
  readonly lateMs: number
  /** How many lags there had been when it was sent. */
  readonly lags: number
  cancel: Cancel | undefined
  settled: boolean
}

/** Slots handled in one call, so that the backlog of a long sleep is worked off in between answers. */
const slotsATick = 4096
/** Slots closer together than this are sent together: a third less of the processor, for a lateness far below what is allowed. */
const shortestNapMs = 4
/** Also how soon it notices that whoever takes the samples can take more again. */
const longestNapMs = 50

/** The probes that were sent, each until it has its answer or its time is over. */
function probesUnderWay({ timeoutMs }: Terms, hands: Hands) {
  /** In order of their instants, and so of their deadlines: the time-out is the same for all. */
  let probes: Probe[] = []
  let first = 0
  let inFlight = 0
  let lags = 0

  function settle(probe: Probe, answer: Answer): void {
    if (probe.settled) return
    probe.settled = true
    inFlight -= 1
    const elapsedMs = hands.nowMs() - probe.scheduledMs
    const { scheduledMs, target, lateMs } = probe
    if (elapsedMs > timeoutMs) hands.settled({ scheduledMs, target, answer: late(probe), latencyMs: timeoutMs, lateMs })
    else hands.settled({ scheduledMs, target, answer, latencyMs: latencyOf(answer, elapsedMs), lateMs })
  }

  /** A time-out counts only if we were awake all the while: otherwise the answer may have lain there unread. */
  function late(probe: Probe): Answer {
    return probe.lags === lags ? 'timeout' : 'unsent'
  }

  function latencyOf(answer: Answer, elapsedMs: number): number {
    return answer === 'unreachable' || answer === 'unsent' ? timeoutMs : Math.max(0, elapsedMs)
  }

  return {
    send(scheduledMs: number, target: number, lateMs: number): void {
      const probe: Probe = { scheduledMs, target, lateMs, lags, cancel: undefined, settled: false }
      probes.push(probe)
      inFlight += 1
      probe.cancel = hands.send(target, (answer) => settle(probe, answer))
    },
    /** Gives up those whose time was over at that moment. */
    expire(atMs: number): void {
      for (let probe = probes[first]; probe !== undefined; probe = probes[first]) {
        if (!probe.settled) {
          if (probe.scheduledMs + timeoutMs >= atMs) break
          probe.cancel?.()
          settle(probe, 'timeout')
        }
        first += 1
      }
      if (first > 1024 && first > probes.length / 2) {
        probes = probes.slice(first)
        first = 0
      }
    },
    /** We slept while they were under way. */
    lagged(): void {
      lags += 1
    },
    count: () => inFlight,
    /** Of the first to expire. */
    deadlineMs: () => (probes[first]?.scheduledMs ?? Number.POSITIVE_INFINITY) + timeoutMs,
  }
}

export function openLoop(schedule: Schedule, terms: Terms, hands: Hands): Loop {
  const { timeoutMs, latenessMs } = terms
  const awake = wakefulness(latenessMs)
  const probes = probesUnderWay(terms, hands)
  let next = 0
  let stopped = false
  let lastMs = hands.nowMs()
  let plannedMs = lastMs

  function fire(nowMs: number): void {
    for (let count = 0; count < slotsATick && !hands.blocked(); count++) {
      const { scheduledMs, target } = slotAt(schedule, next)
      if (scheduledMs > nowMs) return
      next += 1
      const lateMs = hands.nowMs() - scheduledMs
      if (lateMs > latenessMs || probes.count() >= terms.inFlight)
        hands.settled({ scheduledMs, target, answer: 'unsent', latencyMs: timeoutMs, lateMs: 0 })
      else probes.send(scheduledMs, target, lateMs)
    }
  }

  function watch(nowMs: number): void {
    for (const lag of awake.woke(nowMs, hands.wallMs(), plannedMs)) {
      probes.lagged()
      if (!hands.blocked()) hands.lagged(lag) // all slots are unsent then anyway, and the lines would pile up
    }
  }

  return {
    tick() {
      const nowMs = hands.nowMs()
      watch(nowMs)
      probes.expire(lastMs) // not nowMs: the answers that came since the last tick have been read by now
      if (!stopped) fire(nowMs)
      lastMs = nowMs
      const slotMs = stopped || hands.blocked() ? Number.POSITIVE_INFINITY : instantOf(schedule, next)
      plannedMs = Math.max(nowMs + shortestNapMs, Math.min(probes.deadlineMs() + 1, slotMs, nowMs + longestNapMs))
      return plannedMs
    },
    stop() {
      stopped = true
    },
    outstanding: probes.count,
  }
}
