/** What happened in this window: the whole fleet while nothing was done to it, and the bystanders while something was. */
import type { History, ScenarioHistory } from '../journal/history.ts'
import type { Check } from './check.ts'
import { type Finding, unknown, worstOf } from './finding.ts'
import { claimA, tally } from './outages.ts'
import { disturbedSpan, maskOf, radiusOf, type Span, steadySpans, type Terms, termsOf } from './scope.ts'

export const uptime: Check = {
  id: 'uptime',
  promise: '99.9 % uptime is maintained during changes',
  judge: (history, scenario) => worstOf([fleetUptime(history, scenario), bystanderUptime(history, scenario)]),
}

/** Everyone, in the steady phases. */
export function fleetUptime(history: History, scenario: ScenarioHistory): Finding {
  return claim(
    history,
    scenario,
    'fleet in steady',
    (terms) => steadySpans(scenario, terms),
    () => true,
  )
}

/** Everyone outside the declared blast radius, from the first fault to the end of recovery. */
export function bystanderUptime(history: History, scenario: ScenarioHistory): Finding {
  const hurt = radiusOf(scenario)
  const spans = (terms: Terms) => [disturbedSpan(scenario, terms)].filter((span) => span !== undefined)
  return claim(history, scenario, 'bystanders during fault and recovery', spans, (agent) => !hurt.has(agent))
}

function claim(
  history: History,
  scenario: ScenarioHistory,
  scope: string,
  spansOf: (terms: Terms) => readonly Span[],
  wanted: (agent: string) => boolean,
): Finding {
  const terms = termsOf(history, scenario)
  if (terms === undefined) return unknown(`${scope}: no agent was ever asked`, 'a run with the observer on')
  const spans = spansOf(terms)
  if (spans.length === 0) return unknown(`${scope}: there was no such phase`, 'a run that gets that far')
  const counted = tally(history, terms, spans, maskOf(history, wanted))
  const phases = scenario.phases.map(({ seq }) => seq)
  return claimA(scope, counted, terms, scenario.declared.limits.uptime, phases)
}
