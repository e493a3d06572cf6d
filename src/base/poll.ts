/** Asks until it is so: whoever waits for something that nobody tells asks at most every so often, and not for longer than it has time. */
import { type Clock, realClock } from './clock.ts'

export interface PollTerms {
  /** The last question is asked by then. */
  readonly withinMs: number
  /** From an answer to the next question. */
  readonly everyMs: number
  readonly clock?: Clock
  readonly signal?: AbortSignal
}

/**
 * @param ask told how long it has been
 * @returns the last answer, whatever it says: whoever calls looks whether it is so
 * @throws what `ask` throws; the signal's reason when it aborts in between
 */
export async function poll<T>(ask: (waitedMs: number) => Promise<T>, isSo: (answer: T) => boolean, terms: PollTerms): Promise<T> {
  const { withinMs, everyMs, clock = realClock, signal } = terms
  const fromMs = clock.nowMs()
  for (let waitedMs = 0; ; ) {
    const answer = await ask(waitedMs)
    const leftMs = fromMs + withinMs - clock.nowMs()
    if (isSo(answer) || leftMs <= 0) return answer
    await clock.sleep(Math.min(everyMs, leftMs), signal)
    waitedMs = Math.round(clock.nowMs() - fromMs)
  }
}
