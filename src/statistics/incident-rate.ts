/**
 * What incidents of unequal size, seen for a while, say about the long run: Fay and Feuer's limits for a weighted sum of Poisson
 * counts (Statistics in Medicine 16, 1997), in agent-seconds. An incident is one event however many probes or agents felt it; a
 * binomial interval over probes would take one outage for hundreds of independent failures.
 */
import { chiSquareQuantile } from './quantiles.ts'

export const confidence = 0.95

/** One-sided limits, each at 95 %, of the sum of sizes that the same exposure would have in the long run. */
export interface Limits {
  readonly lower: number
  readonly upper: number
}

/**
 * @param sizes of the incidents seen
 * @param largest size that one more incident has to be reckoned with, at least the largest seen
 */
export function longRunLimits(sizes: readonly number[], largest: number): Limits {
  const sum = sizes.reduce((total, size) => total + size, 0)
  const squares = sizes.reduce((total, size) => total + size * size, 0)
  const [sumMore, squaresMore] = [sum + largest, squares + largest * largest]
  const upper = sumMore > 0 ? (squaresMore / (2 * sumMore)) * chiSquareQuantile(confidence, (2 * sumMore * sumMore) / squaresMore) : 0
  const lower = squares > 0 ? (squares / (2 * sum)) * chiSquareQuantile(1 - confidence, (2 * sum * sum) / squares) : 0
  return { lower, upper }
}

/**
 * Exposure without further incidents at which the long run is known to keep `allowed`: that of the same incidents, if no more come.
 * @param allowed share of the exposure that may be lost, above 0
 */
export function exposureNeeded(sizes: readonly number[], largest: number, allowed: number): number {
  return longRunLimits(sizes, largest).upper / allowed
}
