/**
 * How each agent and service was at the end of a span. The last of anything has a greatest age: slots that are missing at the end count
 * as not seen. One bad slot behind a good one may be chance, two are not.
 */
import type { History } from '../journal/history.ts'
import { watchedIn } from '../journal/watched.ts'
import { slotsAfter } from './outages.ts'
import { eachSlot, maskNaming, type Slot, type Span, type Terms } from './scope.ts'

/** `stray`: its last slot failed or is unknown, and the one before it was good. */
export type AtLast = 'ok' | 'stray' | 'failed' | 'unseen'

export interface LastAnswers {
  ids(...how: readonly AtLast[]): readonly string[]
  readonly batches: readonly number[]
}

export function lastAnswers(history: History, terms: Terms, span: Span, wanted: readonly string[]): LastAnswers {
  const watched = watchedIn(history.topology)
  const seen = new Map<number, { last: Slot; before: Slot | undefined; atMs: number; batch: number }>()
  eachSlot(history, terms, span, maskNaming(history, wanted), (slot, target, atMs, index) => {
    seen.set(target, { last: slot, before: seen.get(target)?.last, atMs, batch: history.samples.batch[index] as number })
  })
  const how = (target: number): AtLast => {
    const one = seen.get(target)
    if (one === undefined) return 'unseen'
    const missing = slotsAfter(one.atMs, span.toMs, terms)
    const [before, last] = missing === 0 ? [one.before, one.last] : missing === 1 ? [one.last, 'unknown' as const] : []
    if (last === 'ok') return 'ok'
    if (before === 'ok') return 'stray'
    return before === 'failed' && last === 'failed' ? 'failed' : 'unseen'
  }
  const named = new Set(wanted)
  const states = watched.flatMap((id, target) => (named.has(id) ? [{ id, how: how(target) }] : []))
  return {
    ids: (...wantedStates) => states.flatMap(({ id, how }) => (wantedStates.includes(how) ? [id] : [])),
    batches: [...new Set([...seen.values()].map(({ batch }) => batch))],
  }
}
