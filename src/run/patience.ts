/** Reads something again until it is as it should be, or the time is over: the last answer is the one that counts, whatever it says. */
import type { Clock } from '../base/clock.ts'

const pauseMs = 1_000

export async function readUntil<T>(
  read: (waitedMs: number) => Promise<T>,
  isDone: (answer: T) => boolean,
  withinMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> {
  const fromMs = clock.nowMs()
  for (;;) {
    const waitedMs = Math.round(clock.nowMs() - fromMs)
    const answer = await read(waitedMs)
    if (isDone(answer) || waitedMs + pauseMs > withinMs) return answer
    await clock.sleep(pauseMs, signal)
  }
}
