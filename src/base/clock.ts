/** Time as an argument, so that whatever waits can be tested without waiting. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Clock {
  /** Monotonic milliseconds from an arbitrary origin; the kernel's CLOCK_MONOTONIC for the real one. */
  nowMs(): number
  /** Wall time, for people only: nothing is computed from it. */
  wall(): Date
  /** @throws the signal's reason when it aborts first */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const realClock: Clock = {
  nowMs: () => Number(process.hrtime.bigint()) / 1e6,
  wall: () => new Date(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted()
    await sleep(Math.max(0, ms), undefined, signal ? { signal } : undefined).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw error
    })
  },
}
