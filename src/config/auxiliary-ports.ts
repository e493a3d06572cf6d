/**
 * Ports of a startup config that are not an agent's own two: what an agent's settings, or the keys beside the agents, say is
 * listened on. Told apart from the ports of something elsewhere, which nothing on this machine listens on.
 */
import type { Problem } from '../base/errors.ts'
import { layoutKeys } from './entries.ts'
import type { Nodes, Path } from './nodes.ts'
import { isExpression, portOf, type Variables } from './port-expression.ts'

export interface AuxiliaryPort {
  /** How the file calls it: `config.prometheus_port`, `error_bus_port`. */
  readonly key: string
  readonly path: Path
  /** A number, an expression, or words (`auto`). */
  readonly written: unknown
}

/** A key that is a port: `port`, `error_bus_port`, `metricsPort`; neither an agent called …Opportunity… nor `agent_ports: {start, end}`. */
const portKey = /^port$|_port$|[a-z0-9]Port$/
/** Services that agents are clients of: their `port` is where the agent connects to, and nothing of ours listens there. */
const services = /^(redis|nats|postgres|postgresql|mysql|mongo|mongodb|kafka|rabbitmq|amqp|memcached|vault|smtp|etcd|database|db)$/i
/** Hosts that mean "here, on every interface": a port beside one of them is listened on. */
const everyInterface = ['0.0.0.0', '::', '*', '']

/** Keys beside the agents. */
export function portsBeside(value: Readonly<Record<string, unknown>>): AuxiliaryPort[] {
  const others = Object.entries(value).filter(([key]) => !(key in layoutKeys) && key !== 'global_settings')
  return portsBelow(Object.fromEntries(others), [], [])
}

/** Below an agent's `config`. */
export function portsOfSettings(settings: unknown, agentPath: Path): AuxiliaryPort[] {
  return portsBelow(settings, [...agentPath, 'config'], ['config'])
}

/** An expression whose variable has no value could hide a clash, so that it is a problem; a word such as `auto` could not. */
export function unreadablePorts(ports: readonly AuxiliaryPort[], { placeOf }: Pick<Nodes, 'placeOf'>, variables: Variables): Problem[] {
  return ports.flatMap(({ key, path, written }) => {
    const port = isExpression(written) ? portOf(written, variables) : 0
    return typeof port === 'string' ? [{ ...placeOf(path), message: `${key}: ${port}` }] : []
  })
}

function portsBelow(value: unknown, at: Path, names: readonly string[]): AuxiliaryPort[] {
  if (typeof value !== 'object' || value === null) return []
  const siblings = value as Readonly<Record<string, unknown>>
  return Object.entries(siblings).flatMap(([key, written]) => {
    const path = [...at, Array.isArray(value) ? Number(key) : key]
    const called = [...names, key]
    if (typeof written === 'object' && written !== null) return portsBelow(written, path, called)
    return portKey.test(key) && !isElsewhere(key, names.at(-1), siblings) ? [{ key: called.join('.'), path, written }] : []
  })
}

/** The port of something this process connects to: it stands beside a host, or below or behind a service's name. */
function isElsewhere(key: string, below: string | undefined, siblings: Readonly<Record<string, unknown>>): boolean {
  const prefix = key.replace(/_?port$/i, '')
  const host = ['host', 'url', 'address'].map((word) => siblings[prefix ? `${prefix}_${word}` : word]).find((value) => value !== undefined)
  if (typeof host === 'string') return !everyInterface.includes(host)
  return services.test(prefix || (below ?? ''))
}
