/** Both claims of uptime, where the truth lies just on the wrong side of the promise, and where nothing was wrong at all. */
import type { Outcome } from '../evidence/finding.ts'
import { claimB, watchedIn } from '../evidence/incidents.ts'
import type { Terms } from '../evidence/scope.ts'
import { windowUptime } from '../evidence/window-uptime.ts'
import type { Random } from '../statistics/random.ts'
import { agents, intervalS, justAbove, justBelow, relapseMs, tenth, uptime } from './promise.ts'
import type { Simulation } from './simulation.ts'
import { type Down, lived, seen, type World, worlds } from './worlds.ts'

const terms: Terms = { intervalMs: intervalS * 1000, timeoutMs: 1_000, latenessMs: 100, seq: 0 as Terms['seq'] }
/** A gate's longest window, about: the shorter it is, the less can be said. */
const windowS = 300

/** This window: outages are made longer or shorter until exactly so much of it was lost. */
function thisWindow(world: World, lost: number, share: number): Simulation {
  const wrong = lost > 1 - uptime
  return {
    claim: 'this window (A)',
    world: world.name,
    truth: `${(100 * lost).toFixed(4)} % of it lost`,
    most: wrong ? { pass: share } : { fail: share },
    trial(random) {
      const downs = scaledTo(lost * agents * windowS, () => lived(world, random, agents, windowS, lost), random)
      return verdictA(seen(downs, agents, intervalS, random.uniform()))
    },
  }
}

/** Of a window without an incident there is nothing to scale: another one is drawn. */
function scaledTo(lostS: number, draw: () => readonly Down[], random: Random): readonly Down[] {
  for (;;) {
    const downs = draw()
    const sum = downs.reduce((total, { fromS, toS }) => total + toS - fromS, 0)
    // Anywhere in its own interval, so that what is made longer does not begin on a round number.
    const shift = random.uniform() * intervalS
    if (sum > 0)
      return downs.map(({ agent, fromS, toS }) => ({ agent, fromS: fromS + shift, toS: fromS + shift + ((toS - fromS) * lostS) / sum }))
  }
}

function verdictA(outages: ReturnType<typeof seen>): Outcome {
  const failed = outages.reduce((sum, { fails }) => sum + fails, 0)
  const known = Math.round((agents * windowS) / intervalS)
  const counted = {
    members: agents,
    known,
    failed,
    unknown: 0,
    misplaced: 0,
    unknownOf: new Map(),
    outages,
    atWorst: outages,
    batches: [1],
  }
  return windowUptime({ scope: 'fleet', counted }, terms, uptime, [1]).outcome
}

/** The long run: incidents come as they will, and are reckoned with the largest that a history knows. */
function longRun(
  world: World,
  unavailability: number,
  exposures: number,
  most: Simulation['most'],
  least?: Simulation['least'],
): Simulation {
  const watchedS = (exposures * 2_996 * world.largeS) / agents
  return {
    claim: `the long run (B), ${exposures} × the least exposure`,
    world: world.name,
    truth: `${(100 * unavailability).toFixed(4)} % lost on average`,
    most,
    ...(least && { least }),
    trial(random) {
      const outages = seen(lived(world, random, agents, watchedS, unavailability), agents, intervalS, random.uniform())
      const known = Math.round((agents * watchedS) / intervalS)
      return claimB(watchedIn([{ known, outages, intervalMs: terms.intervalMs }], relapseMs), uptime, world.largeS).outcome
    },
  }
}

const half = 0.0005

export const uptimeSimulations: readonly Simulation[] = [
  ...worlds.map((world) => thisWindow(world, justAbove, 0.05)),
  ...worlds.map((world) => thisWindow(world, justBelow, 0.05)),
  ...worlds.map((world) => thisWindow(world, half, 0)),
  {
    claim: 'this window (A)',
    world: 'none',
    truth: 'nothing lost',
    most: { fail: 0 },
    least: { pass: 1 },
    trial: () => verdictA([]),
  },
  ...worlds.flatMap((world) => [1.05, 4].map((exposures) => longRun(world, justAbove, exposures, { pass: 0.05 }))),
  ...worlds.map((world) => longRun(world, justBelow, 4, { fail: 0.05 })),
  ...worlds.map((world) => longRun(world, tenth, 4, { fail: 0 })),
  {
    ...longRun(worlds[0], 0, 1.05, { fail: 0 }, { pass: 1 }),
    world: 'none',
    truth: 'nothing lost',
  },
]
