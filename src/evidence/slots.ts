/** What the observer said of each slot, as far as it can be believed. */
import { answers, type Event } from '../journal/event.ts'
import type { History } from '../journal/history.ts'
import { watchedIn } from '../journal/watched.ts'

/** Half open, on the run's clock. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** How the observer asked. */
export interface Terms {
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly latenessMs: number
  readonly seq: Event['seq']
}

export const slotNames = ['ok', 'failed', 'unknown'] as const
export type Slot = (typeof slotNames)[number]

const ok = answers.indexOf('ok')
const timeout = answers.indexOf('timeout')
const unsent = answers.indexOf('unsent')

/** A verdict asks for them hundreds of times: they are remembered for as long as the history is, and the same history has the same. */
const remembered = new WeakMap<History, Map<string, Uint8Array>>()

/** Of each sample the place of its name in `slotNames`. */
export function slotsOf(history: History, terms: Terms): Uint8Array {
  const known = remembered.get(history) ?? new Map<string, Uint8Array>()
  remembered.set(history, known)
  const key = `${terms.intervalMs} ${terms.timeoutMs} ${terms.latenessMs}`
  const slots = known.get(key) ?? believed(history, terms)
  known.set(key, slots)
  return slots
}

/**
 * Nothing counts while the sentinel was not seen to answer, while a clock jumped, or where a sleeping observer cannot have sent; a
 * time-out does not count, either, if the observer slept while the answer may have lain there unread. Any other failure was told by what
 * was asked, or by its kernel, and is no less true for having been read late.
 */
function believed(history: History, terms: Terms): Uint8Array {
  const { lags, samples } = history
  const blind = spanSet([
    ...sentinelGaps(history, terms),
    ...lags.map(({ fromMs, toMs, cause }) =>
      cause === 'clock' ? { fromMs: fromMs - terms.timeoutMs, toMs } : { fromMs, toMs: toMs - terms.latenessMs },
    ),
  ])
  const doubtful = spanSet(lags.map(({ fromMs, toMs }) => ({ fromMs: fromMs - terms.timeoutMs, toMs })))
  const [good, failed, unknown] = [slotNames.indexOf('ok'), slotNames.indexOf('failed'), slotNames.indexOf('unknown')]
  return Uint8Array.from(samples.answer, (answer, place) => {
    const atMs = samples.scheduledMs[place] as number
    const [isBlind, isDoubtful] = [blind(atMs), doubtful(atMs)]
    if (answer === unsent || isBlind) return unknown
    if (answer === ok) return good
    return isDoubtful && answer === timeout ? unknown : failed
  })
}

/** Longer than this, even slots that were honestly not sent leave nothing to say that the observer could see. */
const longestUnsentRun = 10

/** Between two good answers of the sentinel there may be only slots that were not sent; whatever else is there makes it a gap. */
function sentinelGaps({ samples, topology }: History, { intervalMs }: Terms): readonly Span[] {
  const { scheduledMs, target, answer, length } = samples
  const sentinel = watchedIn(topology).length
  const gaps: Span[] = []
  let seenMs = (scheduledMs[0] ?? 0) - 2 * intervalMs
  let excused = 0
  for (let i = 0; i < length; i++) {
    if (target[i] !== sentinel) continue
    if (answer[i] === unsent) excused += 1
    if (answer[i] !== ok) continue
    const atMs = scheduledMs[i] as number
    const missed = Math.round((atMs - seenMs) / intervalMs) - 1
    if (missed > excused || missed > longestUnsentRun) gaps.push({ fromMs: seenMs, toMs: atMs })
    seenMs = atMs
    excused = 0
  }
  // Slots up to one interval behind the last good answer are vouched for by it: the sentinel's next one may lie past the run's end.
  const lastMs = scheduledMs[length - 1] ?? seenMs
  if (lastMs - seenMs > intervalMs) gaps.push({ fromMs: seenMs, toMs: Number.POSITIVE_INFINITY })
  return gaps
}

/** Whether an instant lies in any of these, asked in ascending order. */
function spanSet(spans: readonly Span[]): (atMs: number) => boolean {
  const sorted = spans.filter(({ fromMs, toMs }) => toMs > fromMs).sort((a, b) => a.fromMs - b.fromMs)
  let next = 0
  let untilMs = Number.NEGATIVE_INFINITY
  return (atMs) => {
    for (let span = sorted[next]; span !== undefined && span.fromMs <= atMs; span = sorted[++next]) untilMs = Math.max(untilMs, span.toMs)
    return atMs < untilMs
  }
}
