/**
 * How long it took everyone hurt to be back for good. The clock runs from the trigger (the release, or the blow itself when it is
 * over at once) to the end of the first sustained run of good answers of all of them, plus one interval.
 */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import type { Check } from './check.ts'
import { concluded, type Finding, unknown, worstOf } from './finding.ts'
import { aftermath, eachSlot, many, maskOf, phasesOf, type See, seconds, steadySpans, type Terms, termsOf } from './scope.ts'

export const recovery: Check = { id: 'recovery', promise: 'each fault is recovered from, within the limit, and for good', judge }

/** A run is sustained when it lasts this long, and has this many slots of each agent. */
const sustainedMs = 5_000
const sustainedSlots = 10

function judge(history: History, scenario: ScenarioHistory): Finding {
  const plans = scenario.of('plan')
  const terms = termsOf(history, scenario)
  if (plans.length === 0) return unknown('no fault was planned, so there was nothing to recover from', 'a scenario with a fault')
  if (terms === undefined) return unknown('no agent was ever asked', 'a run with the observer on')
  return worstOf(plans.map((plan, place) => judgePlan(history, scenario, terms, plan, plans.slice(place + 1))))
}

function judgePlan(
  history: History,
  scenario: ScenarioHistory,
  terms: Terms,
  plan: Event<'plan'>,
  later: readonly Event<'plan'>[],
): Finding {
  const trigger = triggerOf(scenario, plan)
  if (trigger === undefined) return unknown(`${plan.fault}: it never ended, so no recovery began`, 'a run that gets to the release')
  const again = new Set(later.flatMap(({ radius }) => radius)) // whoever is hurt again has that recovery judged, not this one
  const hurt = plan.radius.filter((agent) => !again.has(agent))
  if (hurt.length === 0 && plan.radius.length > 0)
    return unknown(`${plan.fault}: all it hurt were hurt again before they could recover`, 'a scenario that waits in between')

  // Nobody is hurt by a fault without a radius: that the fleet which answered before answers after is then the evidence.
  const mask = hurt.length > 0 ? maskOf(history, (agent) => hurt.includes(agent)) : wellBefore(history, scenario, terms)
  const who = hurt.length > 0 ? `${many(hurt.length, 'agent')} hurt by ${plan.fault}` : `the fleet after ${plan.fault}`
  const members = mask.reduce((sum, one) => sum + one, 0)
  if (members < Math.max(1, hurt.length))
    return unknown(`${who}: nobody of them was known to be well before`, 'a fleet that is well in steady')

  // Who was never hurt may have been well all along: then the sustained run may have begun before the trigger.
  const fromMs = trigger.atMs - (plan.radius.length > 0 ? 0 : longEnoughMs(terms) + terms.intervalMs)
  const slots = slotsFrom(history, scenario, terms, mask, fromMs, trigger.atMs)
  const limit = scenario.declared.limits.recoveryMs
  const seqs = [plan.seq, trigger.seq, terms.seq, ...phasesOf(scenario, 'recovery').map(({ seq }) => seq), ...slots.batches]
  return conclude(who, slots, members, terms, limit, seqs)
}

/** Where its recovery clock starts. */
function triggerOf(scenario: ScenarioHistory, { lease, lasts }: Event<'plan'>): Event<'lease'> | undefined {
  const states = lasts === 'instant' ? ['applying'] : ['releasing', 'expired']
  return scenario.of('lease').find((event) => event.lease === lease && states.includes(event.state))
}

function wellBefore(history: History, scenario: ScenarioHistory, terms: Terms): Uint8Array {
  const everyone = maskOf(history, () => true)
  const last = new Uint8Array(everyone.length)
  for (const span of steadySpans(scenario, terms))
    eachSlot(history, terms, span, everyone, (slot, target) => {
      if (slot !== 'unknown') last[target] = slot === 'ok' ? 1 : 0
    })
  return last
}

interface Slots {
  /** May be millions: gone through as often as needed, and never held. */
  each(see: See): void
  readonly fromMs: number
  readonly triggerMs: number
  readonly toMs: number
  readonly batches: readonly number[]
}

function slotsFrom(history: History, scenario: ScenarioHistory, terms: Terms, mask: Uint8Array, fromMs: number, triggerMs: number): Slots {
  const toMs = aftermath(scenario)?.toMs ?? triggerMs
  const each = (see: See) => eachSlot(history, terms, { fromMs, toMs }, mask, see)
  const batches = new Set<number>()
  each((_slot, _target, _atMs, index) => {
    batches.add(history.samples.batch[index] as number)
    return batches.size < namedBatches ? undefined : 'enough'
  })
  return { each, fromMs, triggerMs, toMs, batches: [...batches] }
}

/** How many batches a finding names; the journal holds the rest between its phases. */
const namedBatches = 20

function conclude(who: string, slots: Slots, members: number, terms: Terms, limit: number, seqs: readonly number[]): Finding {
  // Unknown and missing slots could have been either: what holds both ways is known.
  const atWorst = sustained(slots, members, terms)
  const atBestMs = earliest(slots, terms)
  const watchedMs = slots.toMs - slots.triggerMs
  if (atBestMs === undefined) {
    const measure = { value: watchedMs, limit, unit: 'ms' } as const
    if (watchedMs >= limit) return concluded('fail', measure, `${who}: not back for good within ${seconds(watchedMs)}`, seqs)
    const because = `${who}: not back for good in the ${seconds(watchedMs)} they were watched`
    return unknown(because, `watching for the whole limit of ${seconds(limit)}`)
  }
  if (atBestMs > limit) {
    const measure = { value: atBestMs, limit, unit: 'ms' } as const
    return concluded('fail', measure, `${who}: back after ${seconds(atBestMs)}, later than ${seconds(limit)}`, seqs)
  }
  if (atWorst === undefined || atWorst.tookMs > limit)
    return unknown(`${who}: too many slots after the trigger are unknown`, 'a machine on which the observer is not starved')
  const measure = { value: atWorst.tookMs, limit, unit: 'ms' } as const
  const relapse = relapseAfter(slots, atWorst.endMs)
  if (relapse !== undefined)
    return concluded('fail', measure, `${who}: back after ${seconds(atWorst.tookMs)}, but lost again at ${seconds(relapse)}`, seqs)
  return concluded('pass', measure, `${who}: back after ${seconds(atWorst.tookMs)}, and stayed`, seqs)
}

function longEnoughMs({ intervalMs }: Terms): number {
  return Math.max(sustainedMs, sustainedSlots * intervalMs)
}

/** Intervals between two good answers of one agent that leave room for at most one slot that nobody knows. */
const longestGap = 2.5

/** The first run of good answers of all that is long enough. One unknown slot may be in it, as one failed slot would not end a recovery. */
function sustained(
  { each, triggerMs }: Slots,
  members: number,
  terms: Terms,
): { readonly tookMs: number; readonly endMs: number } | undefined {
  const gapMs = longestGap * terms.intervalMs
  let startMs: number | undefined
  let runs = new Map<number, { lastMs: number; count: number }>()
  let full = 0
  const startOver = (atMs: number | undefined) => {
    startMs = atMs
    runs = new Map()
    full = 0
  }
  let found: { readonly tookMs: number; readonly endMs: number } | undefined
  each((slot, target, atMs) => {
    if (slot === 'failed') startOver(undefined)
    if (slot !== 'ok') return undefined
    if (startMs === undefined || atMs - (runs.get(target)?.lastMs ?? startMs) > gapMs) startOver(atMs)
    const run = runs.get(target) ?? { lastMs: atMs, count: 0 }
    runs.set(target, { lastMs: atMs, count: run.count + 1 })
    if (run.count + 1 === sustainedSlots) full += 1
    if (atMs < triggerMs || full < members || atMs - (startMs as number) < longEnoughMs(terms)) return undefined
    if (![...runs.values()].every(({ lastMs }) => atMs - lastMs <= gapMs)) return undefined
    found = { tookMs: atMs - triggerMs + terms.intervalMs, endMs: atMs }
    return 'enough'
  })
  return found
}

/** The soonest that they can have been back for good, if every slot that is not known to have failed was a good one. */
function earliest({ each, fromMs, triggerMs, toMs }: Slots, terms: Terms): number | undefined {
  let startMs = fromMs
  each((slot, _target, atMs) => {
    if (slot !== 'failed') return undefined
    if (atMs - startMs >= longEnoughMs(terms)) return 'enough'
    startMs = atMs
    return undefined
  })
  return toMs - startMs >= longEnoughMs(terms) ? Math.max(0, startMs + longEnoughMs(terms) - triggerMs) : undefined
}

/** One failed slot may be chance; two in a row of one agent are an outage. */
function relapseAfter({ each }: Slots, endMs: number): number | undefined {
  const failing = new Set<number>()
  let relapsedMs: number | undefined
  each((slot, target, atMs) => {
    if (atMs <= endMs || slot === 'unknown') return undefined
    if (slot === 'ok') failing.delete(target)
    else if (failing.has(target)) relapsedMs = atMs
    else failing.add(target)
    return relapsedMs === undefined ? undefined : 'enough'
  })
  return relapsedMs
}
