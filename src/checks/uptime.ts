/** What happened in this window: the whole fleet while nothing was done to it, and the bystanders while something was. */
import type { History, ScenarioHistory } from '../journal/history.ts'
import type { Check } from './check.ts'
import { type Finding, unknown, worstOf } from './finding.ts'
import { added, claimA, type Tally, tally } from './outages.ts'
import { disturbedSpan, hurtFrom, many, maskOf, type Span, steadySpans, type Terms, termsOf } from './scope.ts'

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
  /** Those who are in it for a part of its spans only, by how long. */
  readonly untilMs: ReadonlyMap<string, number>
  /** Where it was cut short, how long it was to be; else 0. */
  readonly plannedMs: number
}

/** Everyone, in the steady phases. */
function fleetIn(scenario: ScenarioHistory): Scope {
  const wentOn = scenario.phases.some(({ name }) => name === 'fault' || name === 'recovery')
  const plannedMs = wentOn ? 0 : (scenario.declared.planned?.steadyMs ?? 0)
  return { name: 'fleet in steady', spansOf: (terms) => steadySpans(scenario, terms), wanted: () => true, untilMs: new Map(), plannedMs }
}

/**
 * Everyone outside the declared blast radius, from the first fault to the end of recovery. Of several faults, whom a later one hurts is a
 * bystander of the earlier ones until then; how they come back from their own is for recovery to say, and that they stay.
 */
function bystandersIn(scenario: ScenarioHistory): Scope {
  const hurt = hurtFrom(scenario)
  const spansOf = (terms: Terms) => [disturbedSpan(scenario, terms)].filter((span) => span !== undefined)
  const wentOn = scenario.phases.some(({ name }) => name === 'final') && scenario.of('abort').length === 0
  const plannedMs = wentOn ? 0 : (scenario.declared.planned?.disturbedMs ?? 0)
  return { name: 'bystanders during fault and recovery', spansOf, wanted: (agent) => !hurt.has(agent), untilMs: hurt, plannedMs }
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
  return [fleetIn(scenario), bystandersIn(scenario)].map((scope) => counted(history, terms, scope).tally)
}

/** @returns how many are in it for a part of it, beside what all of them answered */
function counted(history: History, terms: Terms, { spansOf, wanted, untilMs }: Scope): { readonly tally: Tally; readonly partly: number } {
  const spans = spansOf(terms)
  const whole = tally(history, terms, spans, maskOf(history, wanted))
  const parts = [...Map.groupBy(untilMs, ([, endMs]) => endMs)].flatMap(([endMs, hurt]): Tally[] => {
    const agents = hurt.map(([agent]) => agent)
    const cut = spans.map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, endMs - terms.timeoutMs) }))
    const own = cut.filter(({ fromMs, toMs }) => toMs > fromMs)
    return own.length === 0
      ? []
      : [
          tally(
            history,
            terms,
            own,
            maskOf(history, (agent) => agents.includes(agent)),
          ),
        ]
  })
  return { tally: parts.reduce(added, whole), partly: parts.reduce((sum, { agents }) => sum + agents, 0) }
}

function claim(history: History, scenario: ScenarioHistory, scope: Scope): Finding {
  const { name, spansOf, plannedMs } = scope
  const terms = termsOf(history, scenario)
  if (terms === undefined) return unknown(`${name}: no agent was ever asked`, 'a run with the observer on')
  if (spansOf(terms).length === 0) return unknown(`${name}: there was no such phase`, 'a run that gets that far')
  const { tally: all, partly } = counted(history, terms, scope)
  const whose = partly > 0 ? `${name}, with ${many(partly, 'agent')} until their own fault` : name
  const phases = scenario.phases.map(({ seq }) => seq)
  return claimA(whose, all, terms, scenario.declared.limits.uptime, phases, plannedMs)
}
