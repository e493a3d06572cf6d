/** What follows from a tally of slots for a promise of uptime: by hand-made tallies, and for each further slot that failed or is unknown. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Tally } from './outages.ts'
import type { Terms } from './scope.ts'
import { type Window, windowUptime } from './window-uptime.ts'

describe('a window', () => {
  const terms = { intervalMs: 100, timeoutMs: 1_000, latenessMs: 50, seq: 9 as Terms['seq'] }
  const of = (counted: Tally, by: Terms, uptime: number, standsOn: readonly number[], more: Partial<Window> = {}) =>
    windowUptime({ scope: 'fleet', counted, ...more }, by, uptime, standsOn)
  const tallied = (known: number, fails: readonly number[], unknown = 0): Tally => {
    const outages = outagesOf(fails)
    return {
      members: 4,
      known,
      failed: fails.reduce((sum, each) => sum + each, 0),
      unknown,
      misplaced: 0,
      unknownOf: new Map(),
      outages,
      atWorst: outages,
      batches: [10, 30],
    }
  }
  const outagesOf = (fails: readonly number[]) =>
    fails.map((each, i) => ({ agent: 'a', firstFailMs: i, lastFailMs: i, fails: each, prevOkMs: null, nextOkMs: null, batch: 20 + i }))
  const measureOf = (finding: ReturnType<typeof windowUptime>) => (finding as Exclude<typeof finding, { outcome: 'unknown' }>).measure
  const claim = (...args: Parameters<typeof tallied>) => of(tallied(...args), terms, 0.999, [4])

  // E = 1,000 agent-seconds: a budget of 1 s; one outage of n slots is 0.1 n ± 1.96 · 0.1 · √(1/6) = 0.080 s.
  test.each([
    ['no outage', [10_000, []], 'pass'],
    ['0.9 s and its error', [10_000, [9]], 'pass'],
    ['1 s, too close to call', [10_000, [10]], 'unknown'],
    ['1.1 s less its error', [10_000, [11]], 'fail'],
    ['nine of 0.1 s have three times the error', [10_000, [1, 1, 1, 1, 1, 1, 1, 1, 1]], 'unknown'],
    ['as few slots as may be', [2_996, []], 'pass'],
    ['one fewer', [2_995, []], 'unknown'],
    ['few slots, and more down than the least window allows', [100, [20]], 'fail'],
    ['few slots, and no more than that', [100, [3]], 'unknown'],
    ['0.1 % unknown', [9_990, [], 10], 'unknown'],
    ['0.09 % unknown, and nothing else', [9_991, [], 9], 'pass'],
    ['unknown slots are counted against the budget', [9_991, [3], 9], 'unknown'],
    ['and might all have been good, so that the budget were larger', [9_000, [10], 1_000], 'unknown'],
    ['no slot', [0, []], 'unknown'],
  ] as const)('%s', (_, [known, outages, unknown], outcome) => {
    expect(claim(known, outages, unknown).outcome).toBe(outcome)
  })

  test('says how many more seconds it would need', () => {
    expect(claim(2_596, [])).toMatchObject({ wouldHelp: '10.0 s more at this rate' })
    // 1 s and its error of 0.080 s are 0.1 % of 1,080 agent-seconds; 1,000 were watched, and there are four agents.
    expect(claim(10_000, [10])).toMatchObject({ wouldHelp: '20.0 s more without an outage, or faster probing' })
  })

  test('that much more, and no less, does show it', () => {
    expect(claim(10_800, [10]).outcome).toBe('unknown')
    expect(claim(10_801, [10]).outcome).toBe('pass')
  })

  test('of a window that was cut short fails only what the whole of it would not make up for', () => {
    const cut = (fails: number, plannedMs: number) => of(tallied(10_000, [fails]), terms, 0.999, [4], { plannedMs }).outcome
    // 1.5 s less the error of 0.080 s are the budget of 1,420 agent-seconds: 355 s of four agents.
    expect([cut(15, 0), cut(15, 250_000), cut(15, 354_900), cut(15, 355_100)]).toEqual(['fail', 'fail', 'fail', 'unknown'])
    expect(cut(3, 1_000_000)).toBe('pass')
  })

  test('of few slots one may be bad, and more are held against the promise', () => {
    const few = (known: number, fails: readonly number[], unknown = 0) =>
      of(tallied(known, fails, unknown), terms, 0.999, [4], { few: true }).outcome
    expect([few(1, []), few(20, [1]), few(20, [], 1)]).toEqual(['pass', 'pass', 'pass'])
    expect(few(1, [1])).toBe('unknown') // there is no good one beside it
    expect([few(20, [2]), few(20, [], 2), few(20, [1], 1), few(100, [40])]).toEqual(['unknown', 'unknown', 'unknown', 'fail'])
  })

  test('what leaves it open is said: unknown slots where there are more of them than failed ones, else the error', () => {
    const said = (fails: number, unknown: number) => claim(10_000, [fails], unknown)
    expect(said(6, 7)).toMatchObject({ because: expect.stringMatching(/the slots that are unknown may have failed$/) })
    expect(said(6, 6)).toMatchObject({ because: expect.stringMatching(/too close to call$/) })
  })

  test('each slot whose place is not known may hide an outage, with an error of its own', () => {
    const low = (misplaced: number) => measureOf(of({ ...tallied(10_000, [1], 2), misplaced }, terms, 0.99, [4])).interval?.[0] as number
    expect((low(0) - low(2)) * 1_000.2).toBeCloseTo((2 * 1.96 * 0.1) / Math.sqrt(6), 2)
  })

  test('a tighter promise needs more slots', () => {
    const finding = of(tallied(10_000, []), terms, 0.9999, [4])
    expect(finding).toMatchObject({ outcome: 'unknown', because: expect.stringContaining('29958') })
  })

  test('as many unknown slots as may be are one in a thousand of all', () => {
    const lax = (known: number, unknown: number) => of(tallied(known, [], unknown), terms, 0.99, [4])
    expect([lax(9_990, 10).outcome, lax(9_989, 11).outcome]).toEqual(['pass', 'unknown'])
    const said = (unknown: number) => lax(9_990, unknown).because.includes('more are unknown')
    expect([said(0), said(1)]).toEqual([false, true])
  })

  test('the interval holds what was seen, what may be wrong about it, and below, what nobody knows', () => {
    const { interval, value } = measureOf(claim(10_000, [12, 5, 3], 4))
    const error = (outages: number) => (1.96 * 0.1 * outages) / Math.sqrt(6)
    const near = (one: number | undefined, other: number) => expect(Math.abs((one as number) - other)).toBeLessThan(6e-7)
    near(value, 1 - 2 / 1_000)
    near(interval?.[1], 1 - (2 - error(3)) / 1_000)
    near(interval?.[0], 1 - (2 + error(3) + 0.4) / 1_000.4)
    expect(measureOf(claim(10_000, [])).interval).toEqual([1, 1])
    expect(measureOf(claim(4, [4])).interval).toEqual([0, expect.any(Number)])
  })

  test('a fleet of nobody, and a promise of always, are unknown', () => {
    expect(of({ ...tallied(10_000, []), members: 0 }, terms, 0.999, [4]).outcome).toBe('unknown')
    expect(of(tallied(10_000, []), terms, 1, [4])).toMatchObject({
      outcome: 'unknown',
      wouldHelp: 'a promise that allows for something',
    })
  })

  test('one more failed slot never makes it better, wherever it falls', () => {
    const rank = { fail: 0, unknown: 1, pass: 2 } as const
    const slots = 12
    const outagesIn = (down: ReadonlySet<number>) =>
      [...down]
        .sort((a, b) => a - b)
        .filter((slot) => slot % slots === 0 || !down.has(slot - 1))
        .map((slot) => {
          const length = Array.from({ length: slots - (slot % slots) }, (_, after) => down.has(slot + after)).indexOf(false)
          const fails = length === -1 ? slots - (slot % slots) : length
          const firstFailMs = (slot % slots) * 100
          const agent = `a${Math.floor(slot / slots)}`
          return { agent, firstFailMs, lastFailMs: firstFailMs + (fails - 1) * 100, fails, prevOkMs: null, nextOkMs: null, batch: 20 }
        })
    const outcome = (down: ReadonlySet<number>, uptime: number) =>
      of({ ...tallied(4_000, []), failed: down.size, outages: outagesIn(down), atWorst: outagesIn(down) }, terms, uptime, [4]).outcome
    const place = fc.nat(8 * slots - 1)
    fc.assert(
      fc.property(fc.uniqueArray(place, { maxLength: 60 }), place, fc.constantFrom(0.999, 0.998, 0.996, 0.993), (some, more, uptime) => {
        const [before, after] = [new Set(some), new Set([...some, more])]
        expect(rank[outcome(after, uptime)]).toBeLessThanOrEqual(rank[outcome(before, uptime)])
      }),
      { seed: 4, numRuns: 3_000 },
    )
  })

  test('errors of outages that overlap add up, those of others partly cancel', () => {
    const three = (agents: string, apartMs: number) =>
      [...agents].map((agent, place) => ({
        ...tallied(0, [2]).outages[0],
        agent,
        firstFailMs: apartMs * place,
        lastFailMs: apartMs * place,
      }))
    const interval = (agents: string, apartMs: number) => {
      const outages = three(agents, apartMs) as Tally['outages']
      const finding = of({ ...tallied(10_000, []), failed: 6, outages, atWorst: outages }, terms, 0.999, [4])
      return 'measure' in finding ? finding.measure.interval?.[0] : undefined
    }
    const error = (outages: number) => Math.round((1 - (0.6 + (1.96 * 0.1 * outages) / Math.sqrt(6)) / 1_000) * 1e6) / 1e6
    expect(interval('abc', 5_000)).toBe(error(Math.sqrt(3)))
    expect(interval('abc', 100)).toBe(error(3))
    expect(interval('aba', 5_000)).toBe(error(Math.sqrt(5)))
  })

  test('names the largest outage, and the events it stands on', () => {
    expect(claim(10_000, [11, 30])).toMatchObject({
      because: expect.stringContaining('the largest: a for 3.0 s'),
      standsOn: [4, 9, 10, 20, 21, 30],
      measure: { value: 0.9959, limit: 0.999 },
    })
  })
})
