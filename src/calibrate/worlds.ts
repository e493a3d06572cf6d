/** Invented fleets and how their agents fail: the incidents that the uptime claims are tried on. */
import type { Outage } from '../evidence/outages.ts'
import type { Random } from '../statistics/random.ts'

/** One agent, down from and to, in seconds. */
export interface Down {
  readonly agent: number
  readonly fromS: number
  readonly toS: number
}

export interface World {
  readonly name: string
  /** Agent-seconds of one incident, on average. */
  readonly meanS: number
  /**
   * Of all time lost, 95 % is lost in incidents that are not larger, in agent-seconds: what a history of past ones would say. Of the
   * incidents themselves 95 % would not do: where tails are long, the few beyond them take most of the time.
   */
  readonly largeS: number
  /** One incident that begins at 0. */
  incident(random: Random, agents: number): readonly Down[]
}

const anyOf = (random: Random, agents: number) => Math.floor(random.uniform() * agents)

const independent: World = {
  name: 'one agent at a time, 2 s on average',
  meanS: 2,
  largeS: 9.488, // of two exponentials: χ²₀.₉₅ with four degrees of freedom
  incident: (random, agents) => [{ agent: anyOf(random, agents), fromS: 0, toS: 2 * random.exponential() }],
}

/** Five short outages of one agent within a minute: what a restart loop looks like. */
const bursty: World = {
  name: 'bursts of five outages of one agent',
  meanS: 5,
  largeS: 10.513, // of six exponentials: half of χ²₀.₉₅ with twelve degrees of freedom
  incident(random, agents) {
    const agent = anyOf(random, agents)
    return Array.from({ length: 5 }, (_, place) => ({ agent, fromS: 12 * place, toS: 12 * place + Math.min(11.9, random.exponential()) }))
  },
}

/** A share of the fleet, anything up to all of it, is away at once. */
const correlated: World = {
  name: 'up to all agents at once',
  meanS: 3 * 39,
  largeS: 815, // of two million incidents of such a world
  incident(random, agents) {
    const hit = 1 + anyOf(random, agents)
    const toS = 3 * random.exponential()
    return Array.from({ length: hit }, (_, agent) => ({ agent, fromS: 0, toS }))
  },
}

const tail = { index: 1.5, leastS: 0.5, mostS: 120 }
const longTailed: World = {
  name: 'mostly blips, some of minutes (Pareto 1.5)',
  meanS: tail.leastS * (3 - 2 * (tail.mostS / tail.leastS) ** -0.5),
  largeS: tail.leastS * (1 - (0.95 / 3) * (3 - 2 * (tail.mostS / tail.leastS) ** -0.5)) ** -2,
  incident: (random, agents) => [
    { agent: anyOf(random, agents), fromS: 0, toS: Math.min(tail.mostS, tail.leastS * random.pareto(tail.index)) },
  ],
}

export const worlds = [independent, bursty, correlated, longTailed] as const

/** Incidents as they come, at a rate that takes this share of the agents' time away on average. */
export function lived(world: World, random: Random, agents: number, windowS: number, unavailability: number): readonly Down[] {
  const incidents = random.poisson((unavailability * agents * windowS) / world.meanS)
  return Array.from({ length: incidents }, () => {
    const atS = random.uniform() * windowS
    return world.incident(random, agents).map(({ agent, fromS, toS }) => ({ agent, fromS: atS + fromS, toS: atS + toS }))
  }).flat()
}

/** What a staggered observer sees of it: one outage for each that at least one slot fell into. */
export function seen(downs: readonly Down[], agents: number, intervalS: number, phase: number): readonly Outage[] {
  return downs.flatMap(({ agent, fromS, toS }): Outage[] => {
    const offset = agent / agents + phase
    const first = Math.ceil(fromS / intervalS - offset)
    const fails = Math.ceil(toS / intervalS - offset) - first
    if (fails <= 0) return []
    const atMs = (slot: number) => (slot + offset) * intervalS * 1000
    const [firstFailMs, lastFailMs] = [atMs(first), atMs(first + fails - 1)]
    return [{ agent: `a/${agent}`, firstFailMs, lastFailMs, fails, prevOkMs: atMs(first - 1), nextOkMs: atMs(first + fails), batch: 0 }]
  })
}
