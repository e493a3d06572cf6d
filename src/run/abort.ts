/**
 * Conditions under which every fault is to end at once. The first one that is met is written down, and cuts the run short in order:
 * what was broken by then can still be judged, and nothing that was cut short can pass.
 */
import type { Write } from './planned-fault.ts'

export interface AbortCondition {
  readonly kind: 'uptime' | 'bystanders' | 'disk'
  /** Uptime below this share; so many agents hurt; a disk fuller than this share. */
  readonly limit: number
  /** As it was asked for. */
  readonly text: string
}

/** The kill switch, beside the conditions that were asked for. */
export const stopCondition = 'stop'

export interface Aborts {
  readonly conditions: readonly AbortCondition[]
  readonly signal: AbortSignal
  /** @param causeMs on the run's clock, when it was there to be seen */
  trip(condition: string, seen: string, causeMs: number): void
}

export function openAborts(conditions: readonly AbortCondition[], write: Write): Aborts {
  const controller = new AbortController()
  return {
    conditions,
    signal: controller.signal,
    trip(condition, seen, causeMs) {
      if (controller.signal.aborted) return
      write({ kind: 'abort', condition, seen, causeMs })
      controller.abort(new Error(`aborted by ${condition}: ${seen}`))
    },
  }
}
