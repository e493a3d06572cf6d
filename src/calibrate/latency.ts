/**
 * Response times, where it is known how much slower the new really is: by so much that it must not pass, or not at all. Each world makes
 * every request of every slot, is looked at when a run would look, and is judged by the code that judges runs.
 */
import type { Outcome } from '../evidence/finding.ts'
import { levelOf, looksOf } from '../statistics/looks.ts'
import type { Random } from '../statistics/random.ts'
import { look, type Margins, type Replicate } from '../statistics/slowdown.ts'
import type { Simulation } from './simulation.ts'

const margins: Margins = { p50: 1.1, p95: 1.2, p99: 1.5, leastMs: 2 }
const looks = looksOf(12, 30)
const requests = 400
const serviceMs = 100
const timeoutMs = 2_000

/** How a machine misbehaves: what one request of a slot takes besides its work, in ms. */
interface Weather {
  readonly name: string
  /** Tried at the limit itself as well. */
  readonly isHard?: true
  /** Of one slot after another; `mood` is what it hands on to the next. */
  slot(random: Random, mood: number): { readonly mood: number; readonly delay: (arm: number) => number }
}

const weathers: readonly Weather[] = [
  { name: 'a quiet machine', slot: (random) => ({ mood: 0, delay: () => 2 * random.exponential() }) },
  {
    name: 'long tails (Pareto 1.5)',
    isHard: true,
    slot: (random) => ({ mood: 0, delay: () => (random.uniform() < 0.08 ? 4 * random.pareto(1.5) : random.exponential()) }),
  },
  {
    name: 'bursts that last for slots',
    slot(random, mood) {
      const now = 0.7 * mood + (random.uniform() < 0.2 ? 60 * random.uniform() : 0)
      return { mood: now, delay: () => 2 * random.exponential() + now * random.uniform() }
    },
  },
  {
    name: 'bursts that hit one of the two',
    isHard: true,
    slot(random, mood) {
      const now = 0.5 * mood + 6 * random.exponential()
      const share = [random.uniform(), random.uniform(), random.uniform()]
      return { mood: now, delay: (arm) => 2 * random.exponential() + now * (share[arm] ?? 0) }
    },
  },
]

/** @param by how many times as long the new takes, all of it: each of its quantiles is then so much longer */
function compared(weather: Weather, by: number, most: Simulation['most'], least?: Simulation['least']): Simulation {
  return {
    claim: 'response times',
    world: weather.name,
    truth: by === 1 ? 'no slower (A/A)' : `${by.toFixed(2)} × as long`,
    part: 0.5, // every request of every slot is made: each trial takes as long as a hundred others
    most,
    ...(least && { least }),
    trial(random) {
      const replicates: Replicate[] = []
      let mood = 0
      for (const [place, upTo] of looks.entries()) {
        while (replicates.length < upTo) {
          const { mood: next, delay } = weather.slot(random, mood)
          mood = next
          replicates.push({ during: slotOf(delay, by) })
        }
        const { outcome } = look(new Map([['machine', replicates]]), margins, levelOf(looks, place), timeoutMs)
        if (outcome !== 'unknown') return outcome satisfies Outcome
      }
      return 'unknown'
    },
  }
}

function slotOf(delay: (arm: number) => number, by: number): Replicate['during'] {
  const arm = (place: number, factor: number) =>
    Array.from(
      Float64Array.from({ length: requests }, () => {
        const tookMs = factor * (serviceMs + delay(place))
        return tookMs < timeoutMs ? tookMs : Number.POSITIVE_INFINITY
      }).sort(),
    )
  return { old: arm(0, 1), twin: arm(1, 1), new: arm(2, by) }
}

export const latencySimulations: readonly Simulation[] = [
  ...weathers.map((weather) => compared(weather, 1.25, { pass: 0.025 })),
  // At the limit of the median itself: the hardest case that must not pass more often.
  ...weathers.filter(({ isHard }) => isHard).map((weather) => compared(weather, 1.1, { pass: 0.025 })),
  ...weathers.map((weather) => compared(weather, 1, { fail: 0.025 }, { pass: 0.9 })),
]
