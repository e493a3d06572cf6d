/** The plan of 59 recoveries without one above the limit, where the true share that keeps it is just short of what is claimed. */
import { claimedShare, longRunOf, trialsNeeded } from '../statistics/trials.ts'
import type { Simulation } from './simulation.ts'

const limitMs = 30_000

function plan(share: number, most: Simulation['most'], least?: Simulation['least']): Simulation {
  return {
    claim: `${trialsNeeded} recoveries`,
    world: 'each on its own',
    truth: `${(100 * share).toFixed(1)} % within the limit`,
    most,
    ...(least && { least }),
    trial(random) {
      const tookMs = Array.from({ length: trialsNeeded }, () => (random.uniform() < share ? 5_000 : Number.POSITIVE_INFINITY))
      return longRunOf({ limitMs, tookMs }).outcome
    },
  }
}

export const recoverySimulations: readonly Simulation[] = [plan(claimedShare - 0.001, { pass: 0.05 }), plan(1, { fail: 0 }, { pass: 1 })]
