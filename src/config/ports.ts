/** The ports that one machine's config claims, and the clashes among them: a machine has one port space. */
import type { ConfigFinding } from '../journal/event.ts'
import { portsBeside, portsOfSettings } from './auxiliary-ports.ts'
import { agentKey } from './dependencies.ts'
import type { Path } from './nodes.ts'
import { portOf } from './port-expression.ts'
import type { StartupAgent, StartupConfig } from './startup.ts'

interface Claim {
  readonly port: number
  readonly key: string
  readonly path: Path
  /** Undefined for what stands beside the agents. */
  readonly owner: StartupAgent | undefined
}

/** The range that the fleet's port plan reserves for agents. */
const planned = { lowest: 5000, highest: 9000 } as const

/** One finding for each port that is claimed more than once. */
export function portClashes(config: StartupConfig): ConfigFinding[] {
  return [...Map.groupBy(claimsOf(config), (claim) => claim.port)].flatMap(([port, claims]) => {
    // Two statements beside the agents may speak of one listener; two agents, or an agent and a statement, cannot.
    if (claims.length < 2 || claims.every(({ owner }) => owner === undefined)) return []
    const byLine = claims.map((claim) => ({ ...claim, place: config.placeOf(claim.path) })).sort((a, b) => a.place.line - b.place.line)
    const named = byLine.map(({ key, owner, place }) => `${owner ? `${owner.name}'s ` : ''}${key} (line ${place.line})`)
    const message = `port ${port} is claimed by ${named.slice(0, -1).join(', ')} and ${named.at(-1)}`
    const agents = [...new Set(claims.flatMap(({ owner }) => (owner ? [agentKey(config, owner.name)] : [])))].sort()
    return [{ rule: 'port-clash', severity: 'error', message, ...(byLine.at(-1) as (typeof byLine)[number]).place, agents }]
  })
}

/** Outside the plan, and working all the same: worth knowing, never a failure. */
export function portsOutsideRange(config: StartupConfig): ConfigFinding[] {
  return config.agents
    .flatMap((agent) => ownClaims(agent))
    .filter(({ port }) => port < planned.lowest || port > planned.highest)
    .map(({ port, key, path, owner }) => {
      const message = `${owner.name}: ${key} ${port} is outside the planned range ${planned.lowest} to ${planned.highest}`
      return { rule: 'port-outside-range', severity: 'note', message, ...config.placeOf(path), agents: [agentKey(config, owner.name)] }
    })
}

/** Every claim, without what only says again what another claim has said. */
function claimsOf(config: StartupConfig): Claim[] {
  const claim = (key: string, path: Path, written: unknown, owner: StartupAgent | undefined): Claim[] => {
    const port = portOf(written, config.variables)
    return typeof port === 'number' ? [{ port, key, path, owner }] : []
  }
  const beside = portsBeside(config.value).flatMap(({ key, path, written }) => claim(key, path, written, undefined))
  const agents = config.agents.flatMap((agent) => {
    const own = ownClaims(agent)
    const settings = portsOfSettings(agent.settings, agent.path).flatMap(({ key, path, written }) => claim(key, path, written, agent))
    const isRepeat = ({ port, path }: Claim) =>
      own.some((other) => other.port === port) || beside.some((other) => other.port === port && other.path.at(-1) === path.at(-1))
    return [...own, ...settings.filter((one) => !isRepeat(one))]
  })
  return [...agents, ...beside]
}

function ownClaims(owner: StartupAgent): (Claim & { readonly owner: StartupAgent })[] {
  return [
    { port: owner.port, key: 'port', path: [...owner.path, 'port'], owner },
    { port: owner.healthPort, key: 'health_check_port', path: [...owner.path, 'health_check_port'], owner },
  ]
}
