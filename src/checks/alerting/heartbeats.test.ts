/** How long the way may have been closed before it is seen, to the millisecond, and whether the counts of the alert sink agree. */
import { describe, expect, test } from 'vitest'
import type { ScenarioHistory } from '../../journal/history.ts'
import type { Read } from './delivered.ts'
import { heartbeatsIn } from './heartbeats.ts'

interface Told {
  readonly beats: readonly number[]
  readonly everyMs?: number
  readonly coldStart?: boolean
  readonly known?: Partial<Read>
  readonly after?: Partial<Read>
}

const beforeMs = 100_000
const afterMs = 160_000

/** The reads of a scenario; the last one lists all heartbeats of it. */
function heard({ beats, everyMs = 5_000, coldStart = false, known, after = {} }: Told) {
  const first = { kind: 'notices', seq: 1, when: 'before', atMs: beforeMs, heartbeatsMs: [] } as unknown as Read
  const last = {
    kind: 'notices',
    seq: 2,
    when: 'after',
    atMs: afterMs,
    heartbeats: beats.length,
    heartbeatMs: beats.length > 0 ? Math.max(...beats) : null,
    heartbeatEveryMs: everyMs,
    heartbeatsMs: beats,
    uncertainMs: 20,
    ...after,
  } as unknown as Read
  const scenario = { declared: { coldStart }, of: () => [first, last] } as unknown as ScenarioHistory
  return heartbeatsIn(scenario, known as Read | undefined, first, last)
}
const every = (everyMs: number, fromMs = beforeMs + everyMs, toMs = afterMs) =>
  Array.from({ length: Math.floor((toMs - fromMs) / everyMs) + 1 }, (_, place) => fromMs + place * everyMs)

describe('gaps', () => {
  /** Nothing between these two. */
  const gapOf = (everyMs: number, ms: number) =>
    heard({
      everyMs,
      beats: every(everyMs)
        .filter((atMs) => atMs <= 120_000 || atMs >= 120_000 + ms)
        .concat(120_000 + ms),
    }).gaps
  test('are longer than four heartbeats, and than ten seconds', () => {
    expect(gapOf(5_000, 20_000)).toEqual([])
    expect(gapOf(5_000, 20_001)).toEqual([{ fromMs: 120_000, toMs: 140_001 }])
    expect(gapOf(1_000, 10_000)).toEqual([])
    expect(gapOf(1_000, 10_001)).toEqual([{ fromMs: 120_000, toMs: 130_001 }])
  })
  test('the first may be longer on a fleet that comes up, where none was heard before', () => {
    const first = (ms: number, told: Partial<Told> = {}) =>
      heard({ coldStart: true, beats: every(5_000, beforeMs + ms), ...told }).gaps.length
    expect([first(30_000), first(30_001)]).toEqual([0, 1])
    expect([first(20_000, { coldStart: false }), first(20_001, { coldStart: false })]).toEqual([0, 1])
    const known = { atMs: beforeMs - 10, heartbeats: 0, heartbeatMs: beforeMs - 10 }
    expect([first(19_990, { known }), first(19_991, { known })]).toEqual([0, 1])
    expect(heard({ coldStart: true, beats: [...every(5_000, 105_000, 120_000), ...every(5_000, 145_000)] }).gaps).toHaveLength(1)
  })
  test('run from the last heartbeat before, in whatever order they are listed, and one in the very instant of the read is before it', () => {
    const beats = [...every(5_000, 112_000), 80_000, 95_000]
    expect(heard({ beats }).gaps).toEqual([])
    expect(heard({ beats: beats.toReversed() })).toEqual(heard({ beats }))
    expect(heard({ beats: [beforeMs, ...every(5_000)] })).toMatchObject({ count: 12, longestMs: 5_000 })
  })
})

test('the longest time between two is said, of those before it the last counted in', () => {
  expect(heard({ beats: every(5_000) })).toMatchObject({ count: 12, longestMs: 5_000 })
  expect(heard({ beats: every(5_000, 109_000) })).toMatchObject({ longestMs: 5_000 }) // none is known before the first
  expect(heard({ beats: [99_000, ...every(5_000, 106_000)] })).toMatchObject({ longestMs: 7_000 })
  expect(heard({ beats: [150_000] })).toMatchObject({ count: 1, longestMs: 0 })
})

describe('doubts', () => {
  const beats = every(5_000)
  const doubts = (told: Partial<Told>) => heard({ beats, ...told }).doubts
  test('there are none where all counts agree', () => {
    expect(doubts({})).toEqual([])
    expect(doubts({ known: { atMs: 99_000, heartbeats: 7, heartbeatMs: 98_000 }, after: { heartbeats: 19 } })).toEqual([])
  })
  test('of a count that is not what is listed, of none at all', () => {
    expect(doubts({ after: { heartbeats: 13 } })).toEqual(['the alert sink counted 13 heartbeats and listed 12'])
    expect(doubts({ beats: [] })).toEqual(['no heartbeat was delivered in this scenario'])
    expect(doubts({ beats: [130_000] })).toEqual([
      expect.stringContaining('no heartbeat from 100.0 s'),
      expect.stringContaining('to 160.0 s'),
    ])
  })
  test('of a last one that is not the last that is listed, as exactly as both are known', () => {
    const other = ['the last heartbeat of the alert sink is not the last that it listed']
    const last = (heartbeatMs: number | null, uncertainMs: number) => doubts({ after: { heartbeatMs, uncertainMs } })
    expect([last(160_040, 20), last(160_041, 20), last(159_959, 20)]).toEqual([[], other, other])
    expect([last(160_000, 0), last(160_001, 0)]).toEqual([[], other])
    expect(last(null, 20)).toEqual(other)
    expect(doubts({ beats: [], after: { heartbeatMs: 150_000 } })).toHaveLength(2)
  })
})
