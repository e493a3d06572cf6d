import { expect, test } from 'vitest'
import type { Clock } from './clock.ts'
import { poll } from './poll.ts'

/** Time passes only where somebody waits, or takes time to answer. */
function handClock() {
  let now = 1_000
  const clock: Clock = {
    nowMs: () => now,
    wall: () => new Date(0),
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      now += ms
    },
  }
  return { clock, pass: (ms: number) => (now += ms) }
}

/** @returns when it was asked, and the last answer */
async function asked(takesMs: number, isSo: (waitedMs: number) => boolean, signal?: AbortSignal) {
  const { clock, pass } = handClock()
  const at: number[] = []
  const ask = async (waitedMs: number) => {
    at.push(waitedMs)
    pass(takesMs)
    return waitedMs
  }
  const last = await poll(ask, isSo, { withinMs: 1_000, everyMs: 300, clock, ...(signal && { signal }) })
  return { at, last }
}

test('what is so at once is asked once', async () => {
  expect(await asked(0, () => true)).toEqual({ at: [0], last: 0 })
})

test('what becomes so is asked until it is, and no longer', async () => {
  expect(await asked(0, (waitedMs) => waitedMs >= 600)).toEqual({ at: [0, 300, 600], last: 600 })
})

test('what never is so is asked a last time when the time is over, and that answer counts', async () => {
  expect(await asked(0, () => false)).toEqual({ at: [0, 300, 600, 900, 1_000], last: 1_000 })
})

test('an answer that takes its time is waited for, and the pause comes after it', async () => {
  expect(await asked(400, () => false)).toEqual({ at: [0, 700], last: 700 })
  expect(await asked(5_000, () => false)).toEqual({ at: [0], last: 0 })
})

test('an abort ends the waiting with its reason', async () => {
  const enough = new Error('enough')
  await expect(asked(0, () => false, AbortSignal.abort(enough))).rejects.toBe(enough)
})

test('what cannot be asked is not asked again', async () => {
  const broken = new Error('broken')
  await expect(
    poll(
      () => Promise.reject(broken),
      () => false,
      { withinMs: 1_000, everyMs: 1 },
    ),
  ).rejects.toBe(broken)
})
