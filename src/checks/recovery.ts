/**
 * How long it took all that a fault affected to recover. The clock runs from the trigger (the release, or the fault itself when it is
 * over at once) to the end of the first sustained run of good answers of all of them, plus one interval. Whom several faults affect has
 * the last of its recoveries judged in full; earlier ones count where they are known to have failed, and are shown.
 */
import { concluded, type Finding, unknown, worstOf } from '../evidence/finding.ts'
import { lastAnswers } from '../evidence/last-answers.ts'
import { askedIn, tally } from '../evidence/outages.ts'
import { phasesOf, seconds, type Terms, termsOf, wordsFor } from '../evidence/scope.ts'
import { askedBefore, conclude, lateness, longEnoughMs, recoveryOf, silenceOf, trialOf, triggerOf } from '../evidence/sustained.ts'
import { effectiveFromMs, spansIn, timelinesOf } from '../evidence/timeline.ts'
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { holds, lastShown } from '../journal/proof.ts'
import { affectedBy, watchedIn } from '../journal/watched.ts'
import type { TrialSet } from '../statistics/trials.ts'
import type { Check } from './check.ts'

export const recovery: Check = {
  id: 'recovery',
  promise: 'each fault is recovered from, within the limit, and for good',
  exercisedBy: 'agent-kill',
  reads: [],
  limits: ['recoveryMs'],
  judge,
}

function judge(history: History, scenario: ScenarioHistory): Finding {
  const plans = scenario.of('plan')
  const terms = termsOf(history, scenario)
  if (plans.length === 0) return unknown('no fault was planned, so there was nothing to recover from', 'a scenario with a fault')
  if (terms === undefined) return unknown('no agent was ever asked', 'a run with the observer on')
  const trials = plans.map((plan) => trialIn(history, scenario, terms, plan))
  const finding = worstOf(
    trials.flatMap(({ last, earlier }) => [...(last ? [last] : []), ...earlier.filter(({ outcome }) => outcome === 'fail')]),
  )
  const shown = trials.flatMap(({ earlier }) => earlier.filter((each) => each !== finding).map(({ because }) => because))
  return shown.length === 0 ? finding : { ...finding, because: `${finding.because}; before that, ${shown.join('; ')}` }
}

/** Of each fault that affected some, one recovery, where it is known how it went. */
export function trialsOf(history: History, scenario: ScenarioHistory): readonly TrialSet[] {
  const terms = termsOf(history, scenario)
  if (terms === undefined) return []
  return scenario
    .of('plan')
    .filter(({ radius }) => radius.length > 0)
    .flatMap((plan) => {
      const { last, earlier } = trialIn(history, scenario, terms, plan)
      const failed = earlier.find(({ outcome }) => outcome === 'fail')
      const finding = failed ?? last
      return finding === undefined ? [] : trialOf(plan.fault, scenario.declared.limits.recoveryMs, finding)
    })
}

/** The recoveries that a fault was owed. */
interface Trial {
  /** Of those it was the last to affect; undefined where there are none. */
  readonly last: Finding | undefined
  /** Of those that a later fault affected again, until then. */
  readonly earlier: readonly Finding[]
}

function trialIn(history: History, scenario: ScenarioHistory, terms: Terms, plan: Event<'plan'>): Trial {
  const trigger = triggerOf(scenario, plan)
  const affectedIn = (one: Event<'plan'>) => affectedBy(one, history.topology)
  const later = endedLater(scenario, plan)
  const affected = affectedIn(plan)
  const again = new Set(later.flatMap(affectedIn))
  const own = affected.filter((id) => !again.has(id))
  if (trigger === undefined)
    return { last: unknown(`${plan.fault}: it never ended, so no recovery began`, 'a run that gets to the release'), earlier: [] }

  const limits = { limitMs: scenario.declared.limits.recoveryMs, uptime: scenario.declared.limits.uptime }
  const seqs = [plan.seq, trigger.seq, terms.seq, ...phasesOf(scenario, 'recovery').map(({ seq }) => seq)]
  const askedMs = askedBefore(scenario, plan, trigger)
  const earlier = untilAgain(later, trigger, affected, affectedIn).map(([ids, untilMs]) => {
    const looked = { ...recoveryOf(history, scenario, terms, ids, trigger.atMs, untilMs - terms.timeoutMs), askedMs }
    const who = `of ${plan.fault}, until affected again, ${wordsFor(history, ids)}`
    return conclude(who, history, looked, terms, limits, [...seqs, ...looked.batches])
  })
  if (affected.length === 0) return { last: ofNone(history, scenario, terms, plan, trigger, seqs), earlier }
  if (own.length === 0) return { last: undefined, earlier }
  const looked = { ...recoveryOf(history, scenario, terms, own, trigger.atMs), askedMs }
  // What is over at once may be felt only while its agents start again.
  const silence = silenceOf(history, scenario, terms, plan, plan.lasts === 'instant' ? looked.toMs : trigger.atMs)
  const spared = silence.spared.filter((id) => own.includes(id))
  if (spared.length > 0) return { last: neverDown(history, scenario, terms, plan, trigger, spared, seqs), earlier }
  const who = `${plan.fault} affected ${wordsFor(history, own)}`
  return { last: conclude(who, history, looked, terms, limits, [...seqs, ...silence.batches, ...looked.batches]), earlier }
}

/** What was never down cannot have recovered. Where the fault was in place and they must not say that they are healthy, they have failed. */
function neverDown(
  history: History,
  scenario: ScenarioHistory,
  terms: Terms,
  plan: Event<'plan'>,
  trigger: Event<'lease'>,
  spared: readonly string[],
  seqs: readonly number[],
): Finding {
  const span = { fromMs: effectiveFromMs(scenario, plan) ?? 0, toMs: trigger.atMs - terms.timeoutMs }
  const idle = spared.filter((id) => {
    const { known, failed, unknown: lost } = tally(history, terms, askedIn(plan.idles?.includes(id) ? [id] : [], [span]))
    return failed === 0 && known > 1 && lost <= 1 // in what was not seen it may have been down
  })
  const proofs = plan.expectations.map((expectation, step) => ({ expectation, proof: lastShown(scenario, plan, step) }))
  const isInPlace = proofs.length > 0 && proofs.every(({ expectation, proof }) => proof !== undefined && holds(proof, expectation) === true)
  if (idle.length === 0 || !isInPlace)
    return unknown(`${plan.fault}: these were never seen to be down, so they cannot have recovered: ${spared.join(', ')}`, 'a longer hold')
  const measure = { value: idle.length, limit: 0, unit: 'findings' } as const
  const because = `${plan.fault} in place, and these answered as healthy all the while, which they must not: ${idle.join(', ')}`
  return concluded('fail', measure, because, [...seqs, ...proofs.map(({ proof }) => proof?.seq)])
}

/**
 * A fault that is to affect no agent: the fleet that was healthy before is healthy after it, and within the limit. How it fared meanwhile
 * is for its uptime to say.
 */
function ofNone(
  history: History,
  scenario: ScenarioHistory,
  terms: Terms,
  plan: Event<'plan'>,
  trigger: Event<'lease'>,
  seqs: readonly number[],
): Finding {
  const { fault } = plan
  const affected = new Set(scenario.of('plan').flatMap((each) => affectedBy(each, history.topology)))
  const others = watchedIn(history.topology).filter((id) => !affected.has(id))
  const before = spansIn(timelinesOf(history, scenario, terms), 'fleet')
  const ids = others.filter((id) => before.get(id)?.some((span) => lastAnswers(history, terms, span, [id]).ids('ok', 'stray').length > 0))
  if (ids.length === 0)
    return unknown(`${fault}: no agent beside those affected was known to be healthy before`, 'a fleet that is healthy in steady')
  const looked = { ...recoveryOf(history, scenario, terms, ids, trigger.atMs), askedMs: askedBefore(scenario, plan, trigger) }
  const limit = scenario.declared.limits.recoveryMs
  const who = `the fleet after ${fault}`
  const late = lateness(who, { ...looked, fromMs: trigger.atMs - longEnoughMs(terms) }, terms, limit, [...seqs, ...looked.batches])
  if (late) return late
  const { ids: inState, batches } = lastAnswers(history, terms, { fromMs: trigger.atMs, toMs: looked.toMs }, ids)
  const measure = { value: 0, limit, unit: 'ms' } as const
  const down = inState('failed')
  if (down.length > 0) return concluded('fail', measure, `${who}: not healthy at the last read: ${down.join(', ')}`, [...seqs, ...batches])
  const open = inState('unseen')
  if (open.length > 0)
    return unknown(`${who}: not seen at the last read: ${open.join(', ')}`, 'a machine on which the observer is not starved')
  const because = `${fault} affected no agent; ${wordsFor(history, ids)} healthy from its end at ${seconds(trigger.atMs)} to the last read`
  return concluded('pass', measure, because, [...seqs, ...batches])
}

/** Whom this fault affected, and another one again after its end: by when that one was about to begin. */
function untilAgain(
  later: readonly Event<'plan'>[],
  trigger: Event<'lease'>,
  ids: readonly string[],
  affectedIn: (plan: Event<'plan'>) => readonly string[],
): readonly (readonly [ids: readonly string[], untilMs: number])[] {
  const inside = new Set(later.filter(({ seq }) => seq < trigger.seq).flatMap(affectedIn))
  const next = (id: string) => later.find((plan) => plan.seq > trigger.seq && affectedIn(plan).includes(id))?.atMs
  const until = ids.flatMap((id) => (inside.has(id) ? [] : [[id, next(id)] as const])).filter(([, atMs]) => atMs !== undefined)
  return [...Map.groupBy(until, ([, atMs]) => atMs as number)].map(([atMs, each]) => [each.map(([id]) => id), atMs])
}

/** Those whose own recovery began later, whichever was begun first; one that never ended is later than all. */
function endedLater(scenario: ScenarioHistory, plan: Event<'plan'>): readonly Event<'plan'>[] {
  const endOf = (each: Event<'plan'>) => triggerOf(scenario, each)?.seq ?? Number.POSITIVE_INFINITY
  return scenario.of('plan').filter((other) => other !== plan && endOf(other) > endOf(plan))
}
