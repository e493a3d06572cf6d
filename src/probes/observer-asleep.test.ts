/** What the observer says of itself: that it was kept from its work, and that its wall clock was set. */
import { expect, test } from 'vitest'
import { realClock } from '../base/clock.ts'
import { answers } from '../journal/event.ts'
import { names } from './names.ts'
import { observe } from './observer.ts'
import type { ObserverConfig, ObserverLine } from './protocol.ts'

const config: ObserverConfig = {
  intervalMs: 50,
  timeoutMs: 300,
  latenessMs: 150,
  phase: 0,
  inFlight: 1000,
  batchMs: 40,
  targets: [{ id: 'mainpc/Nobody', probe: 'health', name: 'Nobody', machine: 'mainpc', host: '127.0.0.1', port: 1 }],
}
const clock = { shiftMs: 0 }

/** Everything it said until this had happened. */
async function said(happens: () => void): Promise<readonly ObserverLine[]> {
  const lines: ObserverLine[] = []
  const output = { write: (line: ObserverLine) => void lines.push(line), blocked: () => false, drain: async () => true }
  const stop = new AbortController()
  const { nowMs, sleep } = realClock
  const around = { nowMs, wallMs: () => Date.now() + clock.shiftMs, names: names(nowMs), output, sentinelPort: 0, bootId: undefined }
  const done = observe(config, around, stop.signal)
  await sleep(200)
  happens()
  await sleep(200)
  stop.abort()
  await done
  return lines
}

test('an observer that was kept from its work says for how long, and does not call what it missed down', async () => {
  const napMs = 3 * config.latenessMs
  const lines = await said(() => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, napMs))
  const lags = lines.filter((line) => line.kind === 'lag' && line.cause === 'event-loop' && line.toMs - line.fromMs > napMs / 2)
  expect(lags).not.toEqual([])
  const told = lines.flatMap((line) => (line.kind === 'samples' ? line.answers.map((code) => answers[code]) : []))
  expect(told).toContain('unsent')
})

test('a wall clock that is set while it observes is told as a jump', async () => {
  const lines = await said(() => {
    clock.shiftMs += 3_600_000
  })
  expect(lines.some((line) => line.kind === 'lag' && line.cause === 'clock')).toBe(true)
})
