import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorLevel, levelOf, looksOf } from './looks.ts'
import { randomFrom } from './random.ts'
import { type Look, look, type Margins, quantileOf, type Replicate, type Slot } from './slowdown.ts'

const margins: Margins = { p50: 1.1, p95: 1.2, p99: 1.5, leastMs: 2 }
const level = levelOf([12], 0)
const timeoutMs = 1_000

/** `by` is how much slower the new is. */
function slot(random: () => number, by = 1, twinBy = 1, requests = 420): Slot {
  const arm = (factor: number) => Array.from({ length: requests }, () => factor * (100 + 4 * random()))
  return { old: arm(1), twin: arm(twinBy), new: arm(by) }
}

function told(replicates = 12, by = 1, twinBy = 1, seed = 1): readonly Replicate[] {
  const { uniform } = randomFrom(seed)
  return Array.from({ length: replicates }, () => ({ during: slot(uniform, by, twinBy) }))
}

const judge = (replicates: readonly Replicate[], limits = margins): Look => look(new Map([['pc2', replicates]]), limits, level, timeoutMs)
const failing = (slots: readonly Replicate[], arm: keyof Slot, share: number): readonly Replicate[] =>
  slots.map(({ during }) => ({
    during: { ...during, [arm]: during[arm].map((ms, nth) => (nth < share * during[arm].length ? Number.POSITIVE_INFINITY : ms)) },
  }))

describe('quantiles of type 7', () => {
  test.each([
    [[1, 2, 3, 4], 0.5, 2.5],
    [[1, 2, 3, 4, 5], 0.95, 4.8],
    [[15, 20, 35, 40, 50], 0.4, 29],
    [[7], 0.99, 7],
    [[1, Number.POSITIVE_INFINITY], 0, 1],
    [[1, Number.POSITIVE_INFINITY], 0.01, Number.POSITIVE_INFINITY],
  ])('of %j, the share %f lies at %f', (values, share, expected) => expect(quantileOf(values, share)).toBeCloseTo(expected, 12))
  test('of nothing there is none', () => expect(quantileOf([], 0.5)).toBeNaN())
})

describe('looks', () => {
  test('begin with the first, end with the most, and spend the whole level together', () => {
    expect(looksOf(12, 30)).toEqual([12, 18, 24, 30])
    expect(looksOf(12, 20)).toEqual([12, 18, 20])
    expect(looksOf(12, 12)).toEqual([12])
    for (const looks of [[12], [12, 18, 24, 30], [12, 20]]) {
      const levels = looks.map((_, place) => levelOf(looks, place))
      expect(levels.reduce((sum, each) => sum + each, 0)).toBeCloseTo(errorLevel, 12)
      expect(Math.min(...levels)).toBeGreaterThan(0)
    }
  })
})

describe('the estimate of one comparison', () => {
  /** Ratios of constant slots, so that the arithmetic can be done by hand: d = ln of each. */
  const of = (...ratios: readonly number[]): readonly Replicate[] =>
    ratios.map((ratio) => ({
      during: { old: Array(400).fill(100), twin: Array(400).fill(100), new: Array(400).fill(100 * ratio) },
    }))
  const p50 = (replicates: readonly Replicate[]) =>
    judge(replicates).compared.find(({ quantile, arm }) => quantile === 'p50' && arm === 'new')

  test('of four independent slots is that of Student, by hand', () => {
    // d: mean 0.02, sd √(4·0.01²/3); neighbours −3·0.01² of 4·0.01², so r₁ = max(0, −3/4 + 1/4) = 0; t(0.975, 3) = 3.1824463…
    const [a, b] = [Math.exp(0.01), Math.exp(0.03)]
    const found = p50(of(a, b, a, b))
    expect(Math.log(found?.ratio ?? 0)).toBeCloseTo(0.02, 12)
    expect(Math.log(found?.high ?? 0)).toBeCloseTo(0.02 + 3.182446305284263 * (0.01 / Math.sqrt(3)), 9)
    expect(Math.log(found?.low ?? 0)).toBeCloseTo(0.02 - 3.182446305284263 * (0.01 / Math.sqrt(3)), 9)
  })
  test('is wider where neighbours are alike, by the square root of (1 + r) / (1 − r)', () => {
    // a a b b: neighbours (1 − 1 + 1) · 0.01² of 4 · 0.01², so r₁ = 1/4 + 1/4.
    const [a, b] = [Math.exp(0.01), Math.exp(0.03)]
    const reach = (found: ReturnType<typeof p50>) => Math.log(found?.high ?? 0) - Math.log(found?.ratio ?? 0)
    expect(reach(p50(of(a, a, b, b))) / reach(p50(of(a, b, a, b)))).toBeCloseTo(Math.sqrt(3), 9)
  })
  test('has no spread where all slots say the same, but for rounding', () => {
    expect(p50(of(1.3, 1.3, 1.3, 1.3))?.high).toBeCloseTo(1.3, 9)
    expect(p50(of(1.3, 1.3 * (1 + 1e-15), 1.3, 1.3))).toMatchObject({ isWithin: false, chance: 0 })
  })
  test('is allowed two milliseconds, however short the answers are', () => {
    const quick = of(1).map(({ during: { old, twin, new: changed } }) => {
      const by = (arm: readonly number[]) => arm.map((ms) => ms / 50)
      return { during: { old: by(old), twin: by(twin), new: by(changed) } }
    })
    expect(p50([...quick, ...quick, ...quick])?.limit).toBeCloseTo(2, 12)
    expect(p50(of(1, 1, 1))?.limit).toBeCloseTo(1.1, 12)
  })
})

describe('a look', () => {
  test('passes what is no slower, fails what is, and does not know in between', () => {
    expect(judge(told()).outcome).toBe('pass')
    expect(
      judge(told(12, 1.25))
        .slower.map(({ quantile }) => quantile)
        .sort(),
    ).toEqual(['p50', 'p95'])
    expect(judge(told(12, 1.25)).outcome).toBe('fail')
    expect(judge(told(12, 1.1)).outcome).toBe('unknown')
  })
  test('sees a tail that the middle hides, and a machine that the other hides', () => {
    const tail = told().map(({ during: { old, twin, new: changed } }) => ({
      during: { old, twin, new: changed.map((ms, nth) => (nth % 8 === 7 ? ms * 1.5 : ms)) },
    }))
    expect(judge(tail).slower).toMatchObject([{ quantile: 'p95', stratum: 'pc2' }])
    const strata = new Map([
      ['mainpc', told()],
      ['pc2', told(12, 1.25)],
    ])
    expect(look(strata, margins, level, timeoutMs)).toMatchObject({ outcome: 'fail', slower: [{ stratum: 'pc2' }, { stratum: 'pc2' }] })
  })
  test('knows nothing of nobody, of too few requests, or where the old differs from itself', () => {
    expect(look(new Map(), margins, level, timeoutMs).outcome).toBe('unknown')
    expect(judge([]).outcome).toBe('unknown')
    expect(judge(told(2)).outcome).toBe('unknown')
    const { uniform } = randomFrom(3)
    const few = Array.from({ length: 12 }, () => ({ during: slot(uniform, 1, 1, 399) }))
    expect(judge(few)).toMatchObject({ outcome: 'unknown', noisy: [], slower: [] })
    expect(judge(told(12, 1, 1.3))).toMatchObject({ outcome: 'unknown' })
    expect(judge(told(12, 1.3, 1.3)).noisy.length).toBeGreaterThan(0)
    expect(judge(told(12, 1.3, 1.3)).outcome).toBe('unknown')
  })
  test('fails where it can tell, though it cannot elsewhere', () => {
    const wild = told(12, 1, 1, 5).map(({ during }, place) => ({
      during: { ...during, twin: during.twin.map((ms) => ms * (place % 2 === 0 ? 1.6 : 0.7)) },
    }))
    const noisy = (by: number) =>
      look(
        new Map<string, readonly Replicate[]>([
          ['mainpc', wild],
          ['pc2', told(12, by)],
        ]),
        margins,
        level,
        timeoutMs,
      )
    expect(noisy(1.25)).toMatchObject({ outcome: 'fail', slower: [{ stratum: 'pc2' }, { stratum: 'pc2' }] })
    expect(noisy(1)).toMatchObject({ outcome: 'unknown', slower: [] })
  })
  test('passes nothing where a slowdown that is planted in the old is hidden by what else is slow', () => {
    const wait = (values: readonly number[]) => values.map((ms, nth) => (nth % 3 === 0 ? ms + 300 + (nth % 97) * 5 : ms))
    const busy = told().map(({ during: { old, twin, new: changed } }) => ({
      during: { old: wait(old), twin: wait(twin), new: wait(changed) },
    }))
    expect(judge(busy)).toMatchObject({ outcome: 'unknown', noisy: [], blind: [{ quantile: 'p95', arm: 'planted' }] })
    expect(judge(told()).blind).toEqual([])
  })
  test('takes slots together for a quantile that they are too short for, as advice', () => {
    const advice = judge(told()).compared.filter(({ quantile }) => quantile === 'p99')
    expect(advice.map(({ arm, replicates }) => [arm, replicates])).toEqual([
      ['new', 4],
      ['twin', 4],
      ['planted', 4],
    ])
  })
  test('counts failures as slower than anything, and what the old failed as nothing to compare with', () => {
    expect(judge(failing(told(), 'new', 0.04)).outcome).toBe('pass')
    expect(judge(failing(told(), 'new', 0.2))).toMatchObject({ outcome: 'fail' })
    expect(judge(failing(told(), 'new', 0.2)).slower[0]).toMatchObject({ quantile: 'p95', high: Number.POSITIVE_INFINITY })
    for (const arm of ['old', 'twin'] as const) expect(judge(failing(told(), arm, 0.2)).outcome).toBe('unknown')
    const once = told().map((each, place) => (place === 3 ? (failing([each], 'new', 0.2)[0] as Replicate) : each))
    expect(judge(once).outcome).toBe('unknown')
  })
  test('counts only what has changed since, where there is a before', () => {
    const always = (by: number, since: number) =>
      told(12, by * since, 1, 1).map(({ during }, place) => ({ during, before: told(12, by, 1, 2)[place]?.during as Slot }))
    expect(judge(always(1.3, 1)).outcome).toBe('pass')
    expect(judge(always(1.3, 1.3)).outcome).toBe('fail')
    const broken = always(1, 1).map(({ during, before }) => ({
      during,
      before: { ...before, new: before.new.map(() => Number.POSITIVE_INFINITY) },
    }))
    expect(judge(broken).outcome).toBe('unknown')
  })
})

describe('properties', () => {
  const rank = { fail: 0, unknown: 1, pass: 2 } as const
  const seed = fc.nat(1_000)
  const factor = fc.double({ min: 0.9, max: 1.4, noNaN: true })

  test('the slower the new, the worse; the wider the limit, the better', () => {
    fc.assert(
      fc.property(seed, factor, factor, fc.double({ min: 1, max: 1.3, noNaN: true }), (from, by, more, wider) => {
        const [less, most] = by < more ? [by, more] : [more, by]
        expect(rank[judge(told(12, most, 1, from)).outcome]).toBeLessThanOrEqual(rank[judge(told(12, less, 1, from)).outcome])
        const wide = { ...margins, p50: margins.p50 * wider, p95: margins.p95 * wider }
        expect(rank[judge(told(12, by, 1, from), wide).outcome]).toBeGreaterThanOrEqual(rank[judge(told(12, by, 1, from)).outcome])
      }),
      { seed: 1, numRuns: 60 },
    )
  })

  test('answers that fail in every slot never help the new', () => {
    let notPassed = 0
    fc.assert(
      fc.property(seed, factor, fc.double({ min: 0, max: 1, noNaN: true }), (from, by, share) => {
        const before = judge(told(12, by, 1, from)).outcome
        if (before === 'pass') return
        notPassed += 1
        expect(judge(failing(told(12, by, 1, from), 'new', share)).outcome).not.toBe('pass')
      }),
      { seed: 2, numRuns: 60 },
    )
    expect(notPassed).toBeGreaterThan(15)
  })

  test('another machine never makes it pass, and the order of requests in a slot makes no difference', () => {
    let notPassed = 0
    fc.assert(
      fc.property(seed, factor, factor, (from, by, other) => {
        const both = look(
          new Map([
            ['pc2', told(12, by, 1, from)],
            ['mainpc', told(12, other, 1, from + 1)],
          ]),
          margins,
          level,
          timeoutMs,
        )
        if (judge(told(12, by, 1, from)).outcome !== 'pass') {
          notPassed += 1
          expect(both.outcome).not.toBe('pass')
        }
        const turned = told(12, by, 1, from).map(({ during }) => ({
          during: { old: during.old.toReversed(), twin: during.twin.toReversed(), new: during.new.toReversed() },
        }))
        expect(judge(turned)).toEqual(judge(told(12, by, 1, from)))
      }),
      { seed: 3, numRuns: 40 },
    )
    expect(notPassed).toBeGreaterThan(10)
  })
})
