/**
 * What incidents say about the long run when somebody looks again after every run: Wald's sequential test of a rate, as Ville's
 * inequality lets it be looked at as often as one likes. Limits for a single look would be wrong here: each look is one more chance
 * to see what is not there.
 *
 * An incident counts by its share of the largest one. For sizes up to w and θ = ln r / w, 1 − e^(−θx) is at least the chord x·(1 − 1/r)/w,
 * and e^(θx) − 1 at most x·(r − 1)/w; so while the promise is broken the one evidence below, and while it is kept the other, is a
 * supermartingale that begins at 1, and passes 20 in at most 5 % of all worlds.
 */
import { confidence } from './incident-rate.ts'

/** All in agent-seconds. */
export interface Watched {
  readonly exposureS: number
  /** Of the incidents seen. */
  readonly sizesS: readonly number[]
}

export interface Looked {
  readonly outcome: 'pass' | 'fail' | 'unknown'
  /** Further agent-seconds without an incident that would show it; 0 where it is shown. */
  readonly moreS: number
}

/** How many times better, or worse, than the promise the alternative is that it is tested against. */
const ratio = 5
const enough = -Math.log(1 - confidence)

/**
 * @param largestS size that one more incident has to be reckoned with, at least the largest seen
 * @param allowed share of the exposure that may be lost
 */
export function lookedAt({ exposureS, sizesS }: Watched, largestS: number, allowed: number): Looked {
  const lost = (sizesS.reduce((sum, size) => sum + size, 0) / largestS) * Math.log(ratio)
  const promised = (allowed * exposureS) / largestS
  const isKept = promised * (1 - 1 / ratio) - lost >= enough
  const isBroken = lost - promised * (ratio - 1) >= enough
  const neededS = ((enough + lost) * largestS) / (allowed * (1 - 1 / ratio))
  return { outcome: isKept ? 'pass' : isBroken ? 'fail' : 'unknown', moreS: isKept ? 0 : neededS - exposureS }
}
