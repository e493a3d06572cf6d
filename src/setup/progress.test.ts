import { expect, test, vi } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { showProgress } from './progress.ts'

const clock: Clock = { nowMs: () => Date.now(), wall: () => new Date(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }

async function linesOf(ms: number, fails = false): Promise<string[]> {
  vi.useFakeTimers()
  try {
    const lines: string[] = []
    const done = showProgress(clock, (line) => lines.push(line))
      .during('images', async (note) => {
        note('building base')
        await clock.sleep(ms)
        if (fails) throw new Error('no')
      })
      .catch(() => undefined)
    await vi.advanceTimersByTimeAsync(ms)
    await done
    expect(vi.getTimerCount()).toBe(0)
    return lines
  } finally {
    vi.useRealTimers()
  }
}

test('what takes less than a second is not mentioned', async () => {
  expect(await linesOf(900)).toEqual([])
})

test('what takes longer says so, again and again, and when it is done', async () => {
  expect(await linesOf(20_000)).toEqual([
    '…    1.0 s  images: building base\n',
    '…   15.0 s  images: building base\n',
    '✓   20.0 s  images\n',
  ])
})

test('what failed says what it was doing', async () => {
  expect(await linesOf(2000, true)).toEqual(['…    1.0 s  images: building base\n', '✗    2.0 s  images: building base\n'])
})
