/**
 * Was the observer awake? A probe that was late, or an answer that was read late, says something about us and nothing about
 * the fleet. Sleep is seen from a timer that comes late, a jump from two clocks that no longer agree.
 */
export interface Lag {
  readonly fromMs: number
  readonly toMs: number
  readonly cause: 'event-loop' | 'clock'
}

export interface Wakefulness {
  /**
   * At every wake-up.
   * @param nowMs monotonic
   * @param wallMs the wall clock at the same moment
   * @param plannedMs when this wake-up was meant to be
   */
  woke(nowMs: number, wallMs: number, plannedMs: number): Lag[]
}

/** @param toleranceMs what is shorter is not told */
export function wakefulness(toleranceMs: number): Wakefulness {
  let last: { readonly nowMs: number; readonly wallMs: number } | undefined
  return {
    woke(nowMs, wallMs, plannedMs) {
      const before = last
      last = { nowMs, wallMs }
      const lags: Lag[] = []
      if (nowMs - plannedMs > toleranceMs) lags.push({ fromMs: plannedMs, toMs: nowMs, cause: 'event-loop' })
      // Either clock may be the one that jumped, and durations stand on the monotonic one: so the whole span is in doubt.
      if (before !== undefined && Math.abs(wallMs - before.wallMs - (nowMs - before.nowMs)) > toleranceMs)
        lags.push({ fromMs: before.nowMs, toMs: nowMs, cause: 'clock' })
      return lags
    },
  }
}
