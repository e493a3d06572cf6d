/**
 * How long it took everyone hurt to be back for good. The clock runs from the trigger (the release, or the blow itself when it is
 * over at once) to the end of the first sustained run of good answers of all of them, plus one interval.
 */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { watchedIn, withTheirWord } from '../journal/watched.ts'
import type { TrialSet } from '../statistics/trials.ts'
import type { Check } from './check.ts'
import { type Finding, unknown, worstOf } from './finding.ts'
import { aftermath, eachSlot, maskNaming, phasesOf, steadySpans, type Terms, termsOf, wordsFor } from './scope.ts'
import { conclude, longEnoughMs, silenceOf, slotsFrom, trialOf, triggerOf } from './sustained.ts'

export const recovery: Check = { id: 'recovery', promise: 'each fault is recovered from, within the limit, and for good', judge }

function judge(history: History, scenario: ScenarioHistory): Finding {
  const plans = scenario.of('plan')
  const terms = termsOf(history, scenario)
  if (plans.length === 0) return unknown('no fault was planned, so there was nothing to recover from', 'a scenario with a fault')
  if (terms === undefined) return unknown('no agent was ever asked', 'a run with the observer on')
  return worstOf(judged(history, scenario, terms).map(({ finding }) => finding))
}

/** Of each fault that hurt somebody, one recovery, where it is known how it went. */
export function trialsOf(history: History, scenario: ScenarioHistory): readonly TrialSet[] {
  const terms = termsOf(history, scenario)
  if (terms === undefined) return []
  return judged(history, scenario, terms)
    .filter(({ plan }) => plan.radius.length > 0)
    .flatMap(({ plan, finding }) => trialOf(plan.fault, scenario.declared.limits.recoveryMs, finding))
}

function judged(history: History, scenario: ScenarioHistory, terms: Terms) {
  const plans = scenario.of('plan')
  return plans.flatMap((plan) => {
    const later = endedLater(scenario, plans, plan)
    return isInside(scenario, plan, later) ? [] : [{ plan, finding: judgePlan(history, scenario, terms, plan, later) }]
  })
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
  const hurtBy = ({ radius }: Event<'plan'>) => withTheirWord(radius, history.topology?.services ?? [])
  const again = new Set(later.flatMap(hurtBy)) // whoever is hurt again has the last recovery judged in full, and this one until then
  const hurt = hurtBy(plan).filter((id) => !again.has(id))

  const silence = silenceOf(history, scenario, terms, plan, plan.lasts === 'instant' ? endOfWatch(scenario, trigger) : trigger.atMs)
  if (silence.spared.length > 0)
    return unknown(
      `${plan.fault}: these were never seen to be gone, so they cannot have come back: ${silence.spared.join(', ')}`,
      'a longer hold',
    )

  const limit = scenario.declared.limits.recoveryMs
  const seqs = [plan.seq, trigger.seq, terms.seq, ...phasesOf(scenario, 'recovery').map(({ seq }) => seq), ...silence.batches]
  const all = untilHurtAgain(later, trigger, hurtBy(plan), hurtBy).map(([ids, untilMs]) => {
    const slots = slotsFrom(history, scenario, terms, maskNaming(history, ids), trigger.atMs, trigger.atMs, untilMs - terms.timeoutMs)
    const who = `${wordsFor(history, ids)} hurt by ${plan.fault}, until hurt again`
    return conclude(who, slots, ids.length, terms, limit, [...seqs, ...slots.batches])
  })
  // Of a recovery that the next fault cut short nothing is known, and that of the next one is judged instead.
  const between = all.filter(({ outcome }) => outcome !== 'unknown')
  if (hurt.length === 0 && plan.radius.length > 0)
    return between.length > 0
      ? worstOf(between)
      : unknown(`${plan.fault}: all it hurt were hurt again before they could recover`, 'a scenario that waits in between')

  // Nobody is hurt by a fault without a radius: that the fleet which answered before answers after is then the evidence, but for those
  // whom a fault hurts that ends later.
  const mask = hurt.length > 0 ? maskNaming(history, hurt) : wellBefore(history, scenario, terms, (id) => !again.has(id))
  const who = hurt.length > 0 ? `${wordsFor(history, hurt)} hurt by ${plan.fault}` : `the fleet after ${plan.fault}`
  const members = mask.reduce((sum, one) => sum + one, 0)
  if (members < Math.max(1, hurt.length))
    return unknown(`${who}: nobody of them was known to be well before`, 'a fleet that is well in steady')

  // Who was never hurt may have been well all along: then the sustained run may have begun before the trigger.
  const fromMs = trigger.atMs - (plan.radius.length > 0 ? 0 : longEnoughMs(terms) + terms.intervalMs)
  const slots = slotsFrom(history, scenario, terms, mask, fromMs, trigger.atMs)
  return worstOf([conclude(who, slots, members, terms, limit, [...seqs, ...slots.batches]), ...between])
}

/** Whom this fault hurt, and another one again after its end: by when that one was about to begin. */
function untilHurtAgain(
  later: readonly Event<'plan'>[],
  trigger: Event<'lease'>,
  ids: readonly string[],
  hurtBy: (plan: Event<'plan'>) => readonly string[],
): readonly (readonly [ids: readonly string[], untilMs: number])[] {
  const inside = new Set(later.filter(({ seq }) => seq < trigger.seq).flatMap(hurtBy))
  const next = (id: string) => later.find((plan) => plan.seq > trigger.seq && hurtBy(plan).includes(id))?.atMs
  const until = ids.flatMap((id) => (inside.has(id) ? [] : [[id, next(id)] as const])).filter(([, atMs]) => atMs !== undefined)
  return [...Map.groupBy(until, ([, atMs]) => atMs as number)].map(([atMs, each]) => [each.map(([id]) => id), atMs])
}

/** Those whose own recovery began later, whichever was begun first; one that never ended is later than all. */
function endedLater(scenario: ScenarioHistory, plans: readonly Event<'plan'>[], plan: Event<'plan'>): readonly Event<'plan'>[] {
  const endOf = (each: Event<'plan'>) => triggerOf(scenario, each)?.seq ?? Number.POSITIVE_INFINITY
  return plans.filter((other) => other !== plan && endOf(other) > endOf(plan))
}

/** All it hurt were still held by others when it ended: whether they come back is for those to show, and is shown by them. */
function isInside(scenario: ScenarioHistory, plan: Event<'plan'>, later: readonly Event<'plan'>[]): boolean {
  const endSeq = triggerOf(scenario, plan)?.seq
  if (endSeq === undefined || plan.radius.length === 0) return false
  const begun = later.filter(({ seq }) => seq < endSeq)
  return plan.radius.every((agent) => begun.some(({ radius }) => radius.includes(agent)))
}

/** What is over at once may be felt only while its agents start again. */
function endOfWatch(scenario: ScenarioHistory, trigger: Event<'lease'>): number {
  return aftermath(scenario)?.toMs ?? trigger.atMs
}

function wellBefore(history: History, scenario: ScenarioHistory, terms: Terms, wanted: (id: string) => boolean): Uint8Array {
  const everyone = maskNaming(history, watchedIn(history.topology).filter(wanted))
  const last = new Uint8Array(everyone.length)
  for (const span of steadySpans(scenario, terms))
    eachSlot(history, terms, span, everyone, (slot, target) => {
      if (slot !== 'unknown') last[target] = slot === 'ok' ? 1 : 0
    })
  return last
}
