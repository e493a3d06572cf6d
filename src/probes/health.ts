/**
 * What an answer to a health probe is worth. The body decides, not the status code, and not the connection: the answer must
 * come from the very agent that was asked, and say in its own words that it is well.
 */
import { isWell } from '../base/well.ts'
import type { Answer } from '../journal/event.ts'
import type { Exchanged } from './exchange.ts'

export const healthPath = '/health'
export const maxHealthBytes = 64 * 1024

export interface Identity {
  readonly name: string
  readonly machine: string
}

/**
 * Health JSON is an object with `status`, `name` and `machine`, all strings. Its content type is not looked at: the real
 * agents differ in it, and it says nothing about health.
 */
export function judgeAnswer(status: number, body: string, target: Identity): Answer {
  if (status !== 200) return 'status'
  const health = healthOf(body)
  if (health === undefined) return 'malformed'
  if (health.name !== target.name || health.machine !== target.machine) return 'stranger'
  return isWell(health.status) ? 'ok' : 'unhealthy'
}

/** `exhausted` is our own want of sockets or memory: nothing is known of the target then. */
export function answerOf(exchanged: Exchanged, target: Identity): Answer {
  if (exchanged.kind === 'response') return judgeAnswer(exchanged.status, exchanged.body, target)
  return exchanged.kind === 'exhausted' ? 'unsent' : exchanged.kind
}

function healthOf(body: string): (Identity & { readonly status: string }) | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { status, name, machine } = parsed as Record<string, unknown>
  return typeof status === 'string' && typeof name === 'string' && typeof machine === 'string' ? { status, name, machine } : undefined
}
