/**
 * What an answer to a health probe is worth, of an agent or of a hub. The body decides, not the status code, and not the connection:
 * the answer must come from whoever was asked, and say in its own words that it is well.
 */
import { isWell } from '../base/well.ts'
import type { Answer } from '../journal/event.ts'
import type { Exchanged } from './exchange.ts'

/** An agent's own word, and that of a hub about its storage and its way to the bus. */
export const healthPaths = { health: '/health', hub: '/hub_health' } as const
export type HealthProbe = keyof typeof healthPaths
export const maxHealthBytes = 64 * 1024

export interface Identity {
  readonly name: string
  readonly machine: string
}

/**
 * Health JSON is an object with `status`, `name` and `machine`, all strings; a hub's has `status`, and `hub` as `machine/Name`. Its
 * content type is not looked at: the real agents differ in it, and it says nothing about health.
 */
export function judgeAnswer(status: number, body: string, probe: HealthProbe, { name, machine }: Identity): Answer {
  if (status !== 200) return 'status'
  const health = healthOf(body, probe)
  if (health === undefined) return 'malformed'
  if (health.who !== `${machine}/${name}`) return 'stranger'
  return isWell(health.status) ? 'ok' : 'unhealthy'
}

/** `exhausted` is our own want of sockets, memory or a network: nothing is known of the target then. */
export function answerOf(exchanged: Exchanged, probe: HealthProbe, target: Identity): Answer {
  if (exchanged.kind === 'response') return judgeAnswer(exchanged.status, exchanged.body, probe, target)
  return exchanged.kind === 'exhausted' ? 'unsent' : exchanged.kind
}

function healthOf(body: string, probe: HealthProbe): { readonly who: string; readonly status: string } | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { status, name, machine, hub } = parsed as Record<string, unknown>
  if (typeof status !== 'string') return undefined
  if (probe === 'hub') return typeof hub === 'string' ? { who: hub, status } : undefined
  return typeof name === 'string' && typeof machine === 'string' ? { who: `${machine}/${name}`, status } : undefined
}
