/** The long run, looked at again after every run: whoever looks often must not be wrong more often. */
import { claimOverRuns, watchedIn } from '../evidence/incidents.ts'
import type { Watched } from '../statistics/sequential.ts'
import { agents, intervalS, justAbove, justBelow, relapseMs, tenth, uptime } from './promise.ts'
import type { Simulation } from './simulation.ts'
import { lived, seen, type World, worlds } from './worlds.ts'

/** Nights of two months, with four times the exposure in all that one look needs at least. */
const runs = 60
const exposures = 4

/** It says so as soon as it does once. */
function lookedAtEach(world: World, unavailability: number, most: Simulation['most'], least?: Simulation['least']): Simulation {
  const watchedS = (exposures * 2_996 * world.largeS) / agents / runs
  const known = Math.round((agents * watchedS) / intervalS)
  return {
    claim: `the long run over ${runs} runs, looked at after each`,
    world: world.name,
    truth: `${(100 * unavailability).toFixed(4)} % lost on average`,
    most,
    ...(least && { least }),
    trial(random) {
      const soFar: Watched[] = []
      for (let run = 0; run < runs; run++) {
        const outages = seen(lived(world, random, agents, watchedS, unavailability), agents, intervalS, random.uniform())
        soFar.push(watchedIn([{ known, outages, intervalMs: intervalS * 1000 }], relapseMs))
        const { outcome } = claimOverRuns(soFar, uptime, world.largeS)
        if (outcome !== 'unknown') return outcome
      }
      return 'unknown'
    },
  }
}

export const overRunsSimulations: readonly Simulation[] = [
  ...worlds.map((world) => lookedAtEach(world, justAbove, { pass: 0.05 })),
  ...worlds.map((world) => lookedAtEach(world, justBelow, { fail: 0.05 })),
  ...worlds.map((world) => lookedAtEach(world, tenth, { fail: 0.001 }, { pass: 0.95 })),
]
