/**
 * How often a judge is wrong, where the truth is known because it was made: many runs of an invented world, each judged by the code that
 * judges real ones. The same seed gives the same table.
 */
import type { Outcome } from '../evidence/finding.ts'
import { betaQuantile } from '../statistics/quantiles.ts'
import { type Random, randomFrom } from '../statistics/random.ts'

export interface Simulation {
  /** What is claimed. */
  readonly claim: string
  /** How the world misbehaves. */
  readonly world: string
  /** What is true of it. */
  readonly truth: string
  /** Of the trials that others get; left out: all. */
  readonly part?: number
  /** Shares of all trials that may say so, wrongly; left out where it is not wrong. */
  readonly most: { readonly pass?: number; readonly fail?: number }
  /** Shares that must say so at least, so that a judge who never says anything is not taken for a good one. */
  readonly least?: { readonly pass?: number; readonly fail?: number }
  trial(random: Random): Outcome
}

export interface Row extends Omit<Simulation, 'trial' | 'part'> {
  readonly trials: number
  readonly passed: number
  readonly failed: number
}

export function simulate({ trial, part = 1, ...about }: Simulation, wanted: number, seed: number): Row {
  const trials = Math.ceil(part * wanted)
  const random = randomFrom(seed)
  const counts = { pass: 0, fail: 0, unknown: 0 }
  for (let done = 0; done < trials; done++) counts[trial(random)] += 1
  return { ...about, trials, passed: counts.pass, failed: counts.fail }
}

/** One in a million for each bound of each row: a table of some dozen rows does not cry wolf in a lifetime. */
const certainty = 1 - 1e-6

/** What contradicts a row's own bounds, so much that chance does not explain it. */
export function contradictions({ claim, world, truth, most, least = {}, trials, passed, failed }: Row): readonly string[] {
  const said = { pass: passed, fail: failed }
  return (['pass', 'fail'] as const).flatMap((outcome) => {
    const [count, high, low] = [said[outcome], most[outcome], least[outcome]]
    const where = `${claim}, ${world}, ${truth}: ${count} of ${trials} say ${outcome}`
    return [
      ...(high !== undefined && atLeast(count, trials) > high ? [`${where}, and at most ${high} may`] : []),
      ...(low !== undefined && atMost(count, trials) < low ? [`${where}, and at least ${low} must`] : []),
    ]
  })
}

/** The true share is at least this, and at most that, unless one in a million. */
function atLeast(count: number, trials: number): number {
  return count === 0 ? 0 : betaQuantile(1 - certainty, count, trials - count + 1)
}
function atMost(count: number, trials: number): number {
  return count === trials ? 1 : betaQuantile(certainty, count + 1, trials - count)
}

/** As it stands in docs/reading-results.md. */
export function tableOf(rows: readonly Row[]): string {
  const percent = (count: number, trials: number) => `${((100 * count) / trials).toFixed(1)} %`
  const allowed = (share: number | undefined) => (share === undefined ? '' : ` (≤ ${Number((100 * share).toFixed(1))} %)`)
  return [
    '| claim | world | truth | says pass | says fail | says unknown |',
    '|---|---|---|---|---|---|',
    ...rows.map(({ claim, world, truth, most, trials, passed, failed }) => {
      const cells = [
        claim,
        world,
        truth,
        `${percent(passed, trials)}${allowed(most.pass)}`,
        `${percent(failed, trials)}${allowed(most.fail)}`,
        percent(trials - passed - failed, trials),
      ]
      return `| ${cells.join(' | ')} |`
    }),
    '',
  ].join('\n')
}
