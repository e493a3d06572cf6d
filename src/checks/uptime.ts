/** What happened in this window: the whole fleet while nothing was done to it, and the bystanders while something was. */
import type { History, ScenarioHistory } from '../journal/history.ts'
import type { Check } from './check.ts'
import { type Finding, unknown, worstOf } from './finding.ts'
import { claimA, type Tally, tally } from './outages.ts'
import { disturbedSpan, maskOf, radiusOf, type Span, steadySpans, type Terms, termsOf } from './scope.ts'

export const uptime: Check = {
  id: 'uptime',
  promise: '99.9 % uptime is maintained during changes',
  judge: (history, scenario) => worstOf([fleetUptime(history, scenario), bystanderUptime(history, scenario)]),
}

/** Whose uptime, and when. */
interface Scope {
  readonly name: string
  readonly spansOf: (terms: Terms) => readonly Span[]
  readonly wanted: (agent: string) => boolean
  /** Where it was cut short, how long it was to be; else 0. */
  readonly plannedMs: number
}

/** Everyone, in the steady phases. */
function fleetIn(scenario: ScenarioHistory): Scope {
  const wentOn = scenario.phases.some(({ name }) => name === 'fault' || name === 'recovery')
  const plannedMs = wentOn ? 0 : (scenario.declared.planned?.steadyMs ?? 0)
  return { name: 'fleet in steady', spansOf: (terms) => steadySpans(scenario, terms), wanted: () => true, plannedMs }
}

/** Everyone outside the declared blast radius, from the first fault to the end of recovery. */
function bystandersIn(scenario: ScenarioHistory): Scope {
  const hurt = radiusOf(scenario)
  const spansOf = (terms: Terms) => [disturbedSpan(scenario, terms)].filter((span) => span !== undefined)
  const wentOn = scenario.phases.some(({ name }) => name === 'final') && scenario.of('abort').length === 0
  const plannedMs = wentOn ? 0 : (scenario.declared.planned?.disturbedMs ?? 0)
  return { name: 'bystanders during fault and recovery', spansOf, wanted: (agent) => !hurt.has(agent), plannedMs }
}

export function fleetUptime(history: History, scenario: ScenarioHistory): Finding {
  return claim(history, scenario, fleetIn(scenario))
}

export function bystanderUptime(history: History, scenario: ScenarioHistory): Finding {
  return claim(history, scenario, bystandersIn(scenario))
}

/** Of both scopes, which have no time in common; none without an observer. */
export function tallies(history: History, scenario: ScenarioHistory): readonly Tally[] {
  const terms = termsOf(history, scenario)
  if (terms === undefined) return []
  return [fleetIn(scenario), bystandersIn(scenario)].map(({ spansOf, wanted }) =>
    tally(history, terms, spansOf(terms), maskOf(history, wanted)),
  )
}

function claim(history: History, scenario: ScenarioHistory, { name: scope, spansOf, wanted, plannedMs }: Scope): Finding {
  const terms = termsOf(history, scenario)
  if (terms === undefined) return unknown(`${scope}: no agent was ever asked`, 'a run with the observer on')
  const spans = spansOf(terms)
  if (spans.length === 0) return unknown(`${scope}: there was no such phase`, 'a run that gets that far')
  const counted = tally(history, terms, spans, maskOf(history, wanted))
  const phases = scenario.phases.map(({ seq }) => seq)
  return claimA(scope, counted, terms, scenario.declared.limits.uptime, phases, plannedMs)
}
