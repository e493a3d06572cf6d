/**
 * What kept an alert from being in time, and is not the fleet's doing: a host that slept or stood still, whose clock jumped, or of which
 * no heartbeat was heard for a while.
 */
import { type Span, seconds } from '../../evidence/scope.ts'
import type { History } from '../../journal/history.ts'
import { gapInWords, type Heartbeats } from './heartbeats.ts'

export interface Window extends Span {
  /** What would have been in time without it. */
  readonly excessMs: number
}

/**
 * @param heart undefined where it was not read
 * @returns what may explain that something came later by so much; undefined where nothing does
 */
export function stallIn({ lags }: History, heart: Heartbeats | undefined, window: Window): string | undefined {
  const jump = lags.find(({ cause, fromMs, toMs }) => cause === 'clock' && fromMs <= window.toMs && toMs >= window.fromMs)
  if (jump !== undefined) return `the host’s clock jumped at ${seconds(jump.fromMs)}`
  const stoodMs = overlapMs(lags, window)
  if (stoodMs >= window.excessMs && stoodMs > 0) return `the host stood still for ${seconds(stoodMs)} meanwhile`
  if (heart === undefined) return undefined
  const { gaps, everyMs } = heart
  const silentMs = overlapMs(gaps, window)
  if (silentMs < window.excessMs || silentMs === 0) return undefined
  return gaps
    .filter((gap) => overlapMs([gap], window) > 0)
    .map((gap) => gapInWords(gap, everyMs))
    .join(', ')
}

/** Where two of them overlap it counts once. */
function overlapMs(spans: readonly Span[], window: Span): number {
  let sumMs = 0
  let reachedMs = window.fromMs
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const endMs = Math.min(toMs, window.toMs)
    sumMs += Math.max(0, endMs - Math.max(fromMs, reachedMs))
    reachedMs = Math.max(reachedMs, endMs)
  }
  return sumMs
}
