/** What may explain that an alert came late, to the millisecond, and what does not. */
import { expect, test } from 'vitest'
import type { History } from '../../journal/history.ts'
import type { Heartbeats } from './heartbeats.ts'
import { stallIn } from './stalls.ts'

type Lag = History['lags'][number]
type Gap = Heartbeats['gaps'][number]

const said = (excessMs: number, lags: readonly Partial<Lag>[], gaps?: readonly Gap[]) =>
  stallIn({ lags } as unknown as History, gaps && ({ gaps, everyMs: 5_000 } as unknown as Heartbeats), {
    fromMs: 100_000,
    toMs: 200_000,
    excessMs,
  })
const stood = (fromMs: number, toMs: number) => ({ cause: 'event-loop', fromMs, toMs }) as const

test('a jump of the clock explains anything, from the first instant of the window to the last', () => {
  const jump = (fromMs: number, toMs: number) => said(1_000_000, [{ cause: 'clock', fromMs, toMs }])
  expect(jump(90_000, 100_000)).toBe('the host’s clock jumped at 90.0 s')
  expect(jump(200_000, 200_010)).toBe('the host’s clock jumped at 200.0 s')
  expect([jump(90_000, 99_999), jump(200_001, 200_010)]).toEqual([undefined, undefined])
  expect(said(5_000, [stood(90_000, 91_000), { cause: 'clock', fromMs: 150_000, toMs: 150_010 }])).toBe(
    'the host’s clock jumped at 150.0 s',
  )
})

test('a host that stood still explains as much as it stood, each instant once, and nothing outside the window', () => {
  expect(said(5_000, [stood(150_000, 155_000)])).toBe('the host stood still for 5.0 s meanwhile')
  expect(said(5_001, [stood(150_000, 155_000)])).toBeUndefined()
  expect(said(7_000, [stood(153_000, 157_000), stood(150_000, 155_000)])).toBe('the host stood still for 7.0 s meanwhile')
  expect(said(7_001, [stood(153_000, 157_000), stood(150_000, 155_000)])).toBeUndefined()
  expect(said(9_000, [stood(150_000, 159_000), stood(151_000, 152_000)])).toBe('the host stood still for 9.0 s meanwhile')
  expect(said(9_001, [stood(150_000, 159_000), stood(151_000, 152_000), stood(153_000, 154_000)])).toBeUndefined()
  expect(said(5_000, [stood(95_000, 105_000)])).toBe('the host stood still for 5.0 s meanwhile')
  expect(said(5_001, [stood(95_000, 105_000), stood(300_000, 400_000)])).toBeUndefined()
  expect(said(0, [])).toBeUndefined()
  expect(said(0, [stood(150_000, 150_001)])).toBe('the host stood still for 0.00 s meanwhile')
})

test('heartbeats that are missing explain as much as they do, and only those within are named', () => {
  const gap = (fromMs: number, toMs: number): Gap => ({ fromMs, toMs })
  const named = 'no heartbeat from 150.0 s to 180.0 s (30.0 s; one is due every 5.0 s)'
  expect(said(30_000, [], [gap(150_000, 180_000)])).toBe(named)
  expect(said(30_001, [], [gap(150_000, 180_000)])).toBeUndefined()
  expect(said(30_000, [], [gap(50_000, 100_000), gap(150_000, 180_000)])).toBe(named)
  expect(said(0, [], [gap(150_000, 150_001)])).toMatch(/^no heartbeat from/)
  expect(said(0, [], [])).toBeUndefined()
  expect(said(0, [])).toBeUndefined() // they were not read
})
