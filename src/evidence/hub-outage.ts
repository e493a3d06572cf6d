/**
 * The longest time for which a fault was shown to keep a hub from its agents, in one scenario: what a promise about outages of hubs was
 * tried with. A hub that a plan silences must have been seen silent; one that is cut off, by the proof of the cut and its release.
 */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { holds, proofsOf } from '../journal/proof.ts'
import { askedIn, tally } from './outages.ts'
import { type Span, type Terms, termsOf } from './scope.ts'
import { effectiveFromMs } from './timeline.ts'

export interface HubOutage {
  readonly lastedMs: number
  readonly seqs: readonly number[]
}

/** Undefined where none was shown. */
export function longestHubOutage(history: History, scenario: ScenarioHistory): HubOutage | undefined {
  const terms = termsOf(history, scenario)
  if (terms === undefined) return undefined
  const all = scenario.of('plan').flatMap((plan) => outagesBy(history, scenario, terms, plan))
  return all.reduce<HubOutage | undefined>((a, b) => (a && a.lastedMs >= b.lastedMs ? a : b), undefined)
}

function outagesBy(history: History, scenario: ScenarioHistory, terms: Terms, plan: Event<'plan'>): readonly HubOutage[] {
  const hubs = (history.topology?.agents ?? []).filter(({ role }) => role === 'hub')
  const shown = shownIn(scenario, plan)
  if (shown === undefined) return []
  const { span, seqs } = shown
  const cut = isCutOff(plan) && hubs.some(({ machine }) => plan.targets.includes(machine))
  const silent = hubs
    .filter(({ id }) => plan.silences.includes(id))
    .flatMap(({ id }) => tally(history, terms, askedIn([id], [span])).outages)
    .map(({ firstFailMs, lastFailMs, batch }) => {
      return { lastedMs: Math.min(lastFailMs - firstFailMs + terms.intervalMs, span.toMs - span.fromMs), seqs: [...seqs, batch] }
    })
  return [...silent, ...(cut ? [{ lastedMs: span.toMs - span.fromMs, seqs }] : [])]
}

/** From the first moment at which all its steps were proven to be in place, to its release. */
function shownIn(scenario: ScenarioHistory, plan: Event<'plan'>): { readonly span: Span; readonly seqs: readonly number[] } | undefined {
  const end = scenario.of('lease').find(({ lease, state }) => lease === plan.lease && (state === 'releasing' || state === 'expired'))
  const fromMs = effectiveFromMs(scenario, plan)
  if (end === undefined || plan.expectations.length === 0 || fromMs === undefined || fromMs >= end.atMs) return undefined
  const proofs = plan.expectations.map((expectation, step) =>
    proofsOf(scenario, plan, step, 'effective').find((proof) => holds(proof, expectation)),
  )
  return { span: { fromMs, toMs: end.atMs }, seqs: [plan.seq, end.seq, ...proofs.flatMap((proof) => proof?.seq ?? [])] }
}

/** A machine is cut off from all others, and all the while: a partition by name, by port, or that comes and goes, may leave the hub its way. */
function isCutOff({ fault, plan }: Event<'plan'>): boolean {
  return fault === 'partition' && !/"(?:--peers|--ports|sustain)"/.test(JSON.stringify(plan) ?? '')
}
