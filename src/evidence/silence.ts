/**
 * Whether those whom a fault silences were silent for as long as it was held, from slot to slot, and those without work did not say that
 * they are healthy.
 */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { concluded, type Finding, unknown } from './finding.ts'
import { byAnother, metIn, othersOnSame, othersThan } from './meetings.ts'
import { eachSlot, maskNaming, type Span, seconds, type Terms, termsOf } from './scope.ts'
import { effectiveFromMs, noticedMs } from './timeline.ts'

/** Between which a fault was held. */
export interface Leases {
  readonly applied: Event<'lease'>
  readonly releasing: Event<'lease'> | undefined
}

export interface Silence {
  readonly ids: readonly string[]
  /** Slots of these in which it was not seen, in words. */
  readonly but: string
  readonly batches: readonly number[]
}

/**
 * One slot that was answered says nothing beside enough that failed, as one that failed says nothing of an agent that is to be up; two do.
 */
const strayAnswers = 1
const slotsForAStray = 10
/** Between two failed slots of a silenced agent: what the observer did not see for longer than that is missing. */
export const longestUnseenMs = 2_000

export function silentThroughout(
  history: History,
  scenario: ScenarioHistory,
  plan: Event<'plan'>,
  { releasing, applied }: Leases,
  mayMissMs: number,
): Silence | Finding {
  const terms = termsOf(history, scenario)
  const { fault, silences } = plan
  // What does no work must not say that it is healthy, as soon as it can have noticed.
  const idles = plan.idles?.filter((id) => !silences.includes(id)) ?? []
  const wanted = [...silences, ...idles]
  if (wanted.length === 0) return { ids: [], but: '', batches: [] }
  if (terms === undefined) return unknown(`${fault}: no agent was ever asked`, 'a run with the observer on')
  const fromMs = effectiveFromMs(scenario, plan) ?? applied.atMs
  const span = { fromMs, toMs: (releasing?.atMs ?? fromMs) - terms.timeoutMs } // who was asked later may have answered after the release
  const spanOf = (id: string) => (idles.includes(id) ? { ...span, fromMs: fromMs + noticedMs } : span)
  const seen = wanted.map((id) => answersOf(history, scenario, terms, plan, id, spanOf(id)))
  const masked = seen.filter(({ id, alone }) => alone.length === 0 && span.toMs > spanOf(id).fromMs)
  const namesOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id).join(', ')
  if (masked.length > 0)
    return unknown(`${fault}: another fault silenced these all the while: ${namesOf(masked)}`, 'faults that do not cover each other')
  // That one without work says it is healthy contradicts it, and not the fault, which the kernel shows.
  const unfelt = seen.filter(({ id, okMs, failed }) => failed === 0 && !(idles.includes(id) && okMs.length > strayAnswers))
  if (unfelt.length > 0) return unknown(`${fault} was applied, and these were never seen to be silent: ${namesOf(unfelt)}`, 'a longer hold')
  const answered = seen.filter(({ okMs }) => okMs.length > strayAnswers)
  if (answered.length > 0) {
    const held = `${fault} was held from ${seconds(fromMs)} to ${seconds(releasing?.atMs ?? fromMs)}`
    const met = metIn(othersOnSame(scenario, plan), span)
    // What was sent before the other one began may still have been open when it did.
    const beforeMs = Math.min(span.toMs, (met?.fromMs ?? span.toMs) - terms.timeoutMs)
    const isOwn = answered.some(
      ({ id }) => answersOf(history, scenario, terms, plan, id, { ...spanOf(id), toMs: beforeMs }).okMs.length > strayAnswers,
    )
    return hasAnswered(plan, held, answered, isOwn ? undefined : met?.plan)
  }
  const isStray = ({ okMs, failed }: Answers) => okMs.length > 0 && failed < slotsForAStray
  const unseen = seen.filter((each) => each.unseenMs > mayMissMs || (isStray(each) && Number.isFinite(mayMissMs)))
  const words = (all: readonly Answers[]) =>
    all.map(({ id, unseenMs, okMs }) => `${id} (${okMs.length > 0 ? 'one answer' : `not seen for ${seconds(unseenMs)}`})`).join(', ')
  if (unseen.length > 0) {
    return unknown(
      `${fault}: not seen to be silent throughout the hold: ${words(unseen)}`,
      'a machine on which the observer is not starved',
    )
  }
  const missed = seen.filter(({ okMs, unseenMs }) => okMs.length > 0 || unseenMs > 2 * terms.intervalMs)
  return { ids: wanted, but: missed.length > 0 ? `, but for ${words(missed)}` : '', batches: seen.flatMap(({ batches }) => batches) }
}

/** @param by another fault that was in place on the same, where they answered only then */
function hasAnswered(plan: Event<'plan'>, held: string, answered: readonly Answers[], by: Event<'plan'> | undefined): Finding {
  const words = answered.map(({ id, okMs, failed }) => {
    return `${id} answered ${okMs.length} of ${okMs.length + failed} probes, first at ${seconds(okMs[0] as number)}`
  })
  const because = `${held}, and ${words.join('; ')}`
  if (by) return byAnother(plan, by, because)
  const seqs = answered.flatMap(({ batches }) => batches)
  return concluded('fail', { value: answered.length, limit: 0, unit: 'findings' }, because, [plan.seq, ...seqs])
}

/** What one that is to be silent answered, where no other fault silences it. */
interface Answers {
  readonly id: string
  readonly alone: readonly Span[]
  readonly okMs: readonly number[]
  readonly failed: number
  readonly unseenMs: number
  readonly batches: readonly number[]
}

function answersOf(history: History, scenario: ScenarioHistory, terms: Terms, plan: Event<'plan'>, id: string, span: Span): Answers {
  const alone = without(span, othersThatSilence(scenario, plan, id))
  const mask = maskNaming(history, [id])
  const okMs: number[] = []
  const batches = new Set<number>()
  let failed = 0
  let unseenMs = 0
  for (const part of alone) {
    let seenMs = part.fromMs
    const see = (atMs: number) => {
      unseenMs = Math.max(unseenMs, atMs - seenMs)
      seenMs = atMs
    }
    eachSlot(history, terms, part, mask, (slot, _target, atMs, index) => {
      if (slot === 'ok') okMs.push(atMs)
      if (slot !== 'failed') return
      failed += 1
      see(atMs)
      batches.add(history.samples.batch[index] as number)
    })
    see(part.toMs)
  }
  const named = [...batches]
  return { id, alone, okMs, failed, unseenMs, batches: [named[0], named.at(-1)].filter((batch) => batch !== undefined) }
}

/** When other faults that silence this one may have been in place: its silence then says nothing of this fault. */
function othersThatSilence(scenario: ScenarioHistory, plan: Event<'plan'>, id: string): readonly Span[] {
  return othersThan(scenario, plan).filter((other) => other.plan.silences.includes(id))
}

/** What is left of a span, in order. */
function without(span: Span, gone: readonly Span[]): readonly Span[] {
  const left = gone.reduce<readonly Span[]>(
    (spans, { fromMs, toMs }) =>
      spans.flatMap((each) => [
        { fromMs: each.fromMs, toMs: Math.min(each.toMs, fromMs) },
        { fromMs: Math.max(each.fromMs, toMs), toMs: each.toMs },
      ]),
    [span],
  )
  return left.filter(({ fromMs, toMs }) => toMs > fromMs)
}
