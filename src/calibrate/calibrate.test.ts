import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { randomFrom } from '../statistics/random.ts'
import { contradictions, simulate, tableOf } from './simulation.ts'
import { calibration } from './simulations.ts'
import { lived, seen, worlds } from './worlds.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/reading-results.md'), 'utf8')
const published = /<!-- calibration -->\n([\s\S]*?)<!-- end of calibration -->/.exec(page)?.[1] ?? ''

/** A tenth of the published ones, of another seed: what they say must not hang on luck. */
const quick = calibration(400, 5)

test('the judge is not wrong more often than it may be', () => {
  expect(quick.flatMap(contradictions)).toEqual([])
}, 180_000)

test('the published table is of these simulations, and its shares are theirs within chance', () => {
  const lines = published.trimEnd().split('\n').slice(2)
  const rows = tableOf(quick).trimEnd().split('\n').slice(2)
  const cellsOf = (line: string) => line.split(' | ')
  expect(lines.map((line) => cellsOf(line).slice(0, 3))).toEqual(rows.map((line) => cellsOf(line).slice(0, 3)))
  for (const [place, { trials, passed, failed }] of quick.entries()) {
    const [pass = Number.NaN, fail = Number.NaN] = cellsOf(lines[place] as string)
      .slice(3, 5)
      .map((cell) => Number.parseFloat(cell) / 100)
    for (const [share, count] of [
      [pass, passed],
      [fail, failed],
    ] as const)
      expect(Math.abs(count / trials - share), lines[place]).toBeLessThan(0.005 + 5 * Math.sqrt((share * (1 - share) + 1e-3) / trials))
  }
})

test('a judge that passes too often, or never, is found out', () => {
  const about = { claim: 'c', world: 'w', truth: 't' }
  const lax = simulate({ ...about, most: { pass: 0.05 }, trial: (random) => (random.uniform() < 0.12 ? 'pass' : 'unknown') }, 2_000, 1)
  expect(contradictions(lax)).toHaveLength(1)
  const fair = simulate({ ...about, most: { pass: 0.05 }, trial: (random) => (random.uniform() < 0.05 ? 'pass' : 'unknown') }, 2_000, 1)
  expect(contradictions(fair)).toEqual([])
  const mute = simulate({ ...about, most: {}, least: { pass: 1 }, trial: () => 'unknown' }, 2_000, 1)
  expect(contradictions(mute)).toHaveLength(1)
  const wrong = simulate({ ...about, most: { fail: 0 }, trial: (random) => (random.uniform() < 0.001 ? 'fail' : 'pass') }, 20_000, 1)
  expect(contradictions(wrong)).toHaveLength(1)
})

describe('the invented worlds', () => {
  test.each(worlds)('$name: lose what they should on average, and are seen so within an interval of each outage', (world) => {
    const random = randomFrom(9)
    let [lostS, seenS, outages] = [0, 0, 0]
    const [windowS, windows] = [300, 3_000]
    for (let window = 0; window < windows; window++) {
      const downs = lived(world, random, 77, windowS, 0.001)
      const all = seen(downs, 77, 0.25, random.uniform())
      lostS += downs.reduce((sum, { fromS, toS }) => sum + toS - fromS, 0)
      seenS += all.reduce((sum, { fails }) => sum + fails * 0.25, 0)
      outages += downs.length
    }
    const expectedS = 0.001 * 77 * windowS * windows
    expect(Math.abs(lostS / expectedS - 1)).toBeLessThan(0.1)
    expect(Math.abs(seenS - lostS) / outages).toBeLessThan(0.25 / 10)
  })
})

test('random numbers are those of their seed, and of their distributions', () => {
  const [a, b, c] = [randomFrom(1), randomFrom(1), randomFrom(2)]
  const ten = (random: typeof a) => Array.from({ length: 10 }, () => random.uniform())
  const first = ten(a)
  expect(ten(b)).toEqual(first)
  expect(ten(c)).not.toEqual(first)
  const mean = (draw: () => number) => Array.from({ length: 50_000 }, draw).reduce((sum, value) => sum + value, 0) / 50_000
  expect(mean(a.uniform)).toBeCloseTo(0.5, 1.9)
  expect(Math.abs(mean(a.exponential) - 1)).toBeLessThan(0.03)
  expect(Math.abs(mean(() => a.poisson(2.5)) - 2.5)).toBeLessThan(0.04)
  expect(Math.abs(mean(() => a.pareto(3)) - 1.5)).toBeLessThan(0.04)
})
