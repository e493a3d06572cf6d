/** Who needs whom: names resolved to agents, names that nobody bears, and circles that no boot order can satisfy. */
import type { ConfigFinding } from '../journal/event.ts'
import type { StartupAgent, StartupConfig } from './startup.ts'

/** `machine/Name`: one name may live on both machines. */
export function agentKey(config: StartupConfig, name: string): string {
  return `${config.machine}/${name}`
}

/** On the same machine first, then on the others. */
export function resolveDependency(configs: readonly StartupConfig[], from: StartupConfig, name: string): string | undefined {
  const home = [from, ...configs.filter((config) => config !== from)].find(({ agents }) => agents.some((agent) => agent.name === name))
  return home && agentKey(home, name)
}

/** @param peers names of agents on machines whose config is not given, as the boot script of one machine has them */
export function unknownDependencies(configs: readonly StartupConfig[], peers: readonly string[]): ConfigFinding[] {
  return everyDependency(configs).flatMap(({ config, agent, name, index }) => {
    if (resolveDependency(configs, config, name) !== undefined || peers.includes(name)) return []
    const message = `${agent.name} depends on ${name}, which no config lists`
    const place = config.placeOf([...agent.path, 'dependencies', index])
    return [{ rule: 'unknown-dependency', severity: 'error', message, ...place, agents: [agentKey(config, agent.name)] }]
  })
}

/** One finding for each knot of agents that need each other, with the shortest way round from its smallest id. */
export function dependencyCycles(configs: readonly StartupConfig[]): ConfigFinding[] {
  const edges = everyDependency(configs).flatMap(({ config, agent, name, index }) => {
    const to = resolveDependency(configs, config, name)
    return to === undefined
      ? []
      : [{ from: agentKey(config, agent.name), to, place: config.placeOf([...agent.path, 'dependencies', index]) }]
  })
  const graph = new Map<string, string[]>()
  for (const { from, to } of edges) graph.set(from, [...(graph.get(from) ?? []), to])
  return knots(graph).map((knot) => {
    const cycle = shortestCycle(graph, knot)
    const place = edges.find(({ from, to }) => from === cycle[0] && to === (cycle[1] ?? cycle[0]))?.place
    const others = knot.size - cycle.length
    const more = others > 0 ? `; ${others} more hang in the same knot` : ''
    const message = `dependency cycle: ${[...cycle, cycle[0]].join(' → ')}${more}`
    return { rule: 'dependency-cycle', severity: 'error', message, ...(place as NonNullable<typeof place>), agents: cycle }
  })
}

interface Dependency {
  readonly config: StartupConfig
  readonly agent: StartupAgent
  readonly name: string
  readonly index: number
}

function everyDependency(configs: readonly StartupConfig[]): Dependency[] {
  return configs.flatMap((config) =>
    config.agents.flatMap((agent) => agent.dependencies.map((name, index): Dependency => ({ config, agent, name, index }))),
  )
}

/** Tarjan's strongly connected components, of those that hold a cycle. */
function knots(graph: ReadonlyMap<string, readonly string[]>): Set<string>[] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const found: Set<string>[] = []

  function connect(node: string): number {
    const own = order.size
    order.set(node, own)
    lowest.set(node, own)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      const reach = order.has(next) ? (stack.includes(next) ? (order.get(next) as number) : own) : connect(next)
      lowest.set(node, Math.min(lowest.get(node) as number, reach))
    }
    if (lowest.get(node) === own) {
      const knot = new Set(stack.splice(stack.indexOf(node)))
      if (knot.size > 1 || graph.get(node)?.includes(node)) found.push(knot)
    }
    return lowest.get(node) as number
  }

  for (const node of graph.keys()) if (!order.has(node)) connect(node)
  return found
}

/** From the smallest id of a knot back to itself, breadth first. */
function shortestCycle(graph: ReadonlyMap<string, readonly string[]>, knot: ReadonlySet<string>): string[] {
  const start = [...knot].sort()[0] as string
  const ways: string[][] = [[start]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const next of graph.get(way.at(-1) as string) ?? []) {
      if (next === start) return way
      if (!knot.has(next) || seen.has(next)) continue
      seen.add(next)
      ways.push([...way, next])
    }
  }
  throw new Error(`no cycle through ${start}, though it is strongly connected`)
}
