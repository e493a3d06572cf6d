/**
 * What happened in this window: the whole fleet while nothing was done to it; while something was, those outside its blast radius, to the
 * last read; and those whom it changes without silencing them. Services beside the agents are held to the same, apart from them.
 */
import { type Finding, unknown, worstOf } from '../evidence/finding.ts'
import { type Asked, type Tally, tally } from '../evidence/outages.ts'
import { type Terms, termsOf } from '../evidence/scope.ts'
import { type Role, spansIn, timelinesOf } from '../evidence/timeline.ts'
import { type Window, windowUptime } from '../evidence/window-uptime.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { withTheirWord } from '../journal/watched.ts'
import type { Check } from './check.ts'

export const uptime: Check = {
  id: 'uptime',
  promise: '99.9 % uptime is maintained during changes',
  exercisedBy: 'baseline',
  reads: [],
  limits: ['uptime'],
  judge: (history, scenario) => worstOf([fleetUptime(history, scenario), bystanderUptime(history, scenario)]),
}

/** Everyone, while nothing is being done. */
export function fleetUptime(history: History, scenario: ScenarioHistory): Finding {
  const wentOn = scenario.phases.some(({ name }) => name === 'fault' || name === 'recovery')
  const plannedMs = wentOn ? 0 : scenario.declared.planned.steadyMs
  return inRole(history, scenario, 'fleet', plannedMs)
}

/** Everyone outside the declared blast radius, from the first fault to the last read, and those inside whom no plan silences. */
export function bystanderUptime(history: History, scenario: ScenarioHistory): Finding {
  const wentOn = scenario.phases.some(({ name }) => name === 'final') && scenario.of('abort').length === 0
  const plannedMs = wentOn ? 0 : scenario.declared.planned.disturbedMs
  return worstOf([inRole(history, scenario, 'bystander', plannedMs), ...affectedUptime(history, scenario)])
}

const scopes = { fleet: 'fleet in steady', bystander: 'bystanders from the first fault to the last read' } as const

function inRole(history: History, scenario: ScenarioHistory, role: keyof typeof scopes, plannedMs: number): Finding {
  const scope = scopes[role]
  const terms = termsOf(history, scenario)
  if (terms === undefined) return unknown(`${scope}: no agent was ever asked`, 'a run with the observer on')
  const [agents, services] = splitBy(history, spansIn(timelinesOf(history, scenario, terms), role))
  if (agents.size + services.size === 0) return unknown(`${scope}: there was no such time`, 'a run that gets that far')
  const judged = (window: Window) => judgedIn(scenario, terms, window)
  const beside: Window = { scope: `${scope}, beside the agents`, noun: 'service', counted: tally(history, terms, services), few: true }
  return worstOf([judged({ scope, counted: tally(history, terms, agents), plannedMs }), ...(services.size > 0 ? [judged(beside)] : [])])
}

/** Of a fault that changes agents and means none of them to fall silent; a restart that it needs is in its plan. */
function affectedUptime(history: History, scenario: ScenarioHistory): readonly Finding[] {
  const terms = termsOf(history, scenario)
  if (terms === undefined) return []
  const affected = spansIn(timelinesOf(history, scenario, terms), 'affected')
  return Object.entries(Object.groupBy(scenario.of('plan'), ({ fault }) => fault)).flatMap(([fault, plans = []]): Finding[] => {
    const ids = withTheirWord(
      plans.flatMap(({ radius }) => radius),
      history.topology?.services ?? [],
    )
    const asked = new Map([...affected].filter(([id]) => ids.includes(id)))
    if (asked.size === 0) return []
    const scope = `changed by ${fault}, and not silenced`
    const noun = [...asked.keys()].some((id) => isService(history, id)) ? 'target' : 'agent'
    return [judgedIn(scenario, terms, { scope, noun, counted: tally(history, terms, asked), few: true })]
  })
}

function judgedIn(scenario: ScenarioHistory, terms: Terms, window: Window): Finding {
  const phases = scenario.phases.map(({ seq }) => seq)
  return windowUptime(window, terms, scenario.declared.limits.uptime, phases)
}

function isService({ topology }: History, id: string): boolean {
  return topology?.services.some((service) => service.id === id) ?? false
}

function splitBy(history: History, asked: Asked): readonly [agents: Asked, services: Asked] {
  const part = (wanted: boolean) => new Map([...asked].filter(([id]) => isService(history, id) === wanted))
  return [part(false), part(true)]
}

/** Of the agents outside the blast radius, before the fault and from it on, which have no time in common; none without an observer. */
export function tallies(history: History, scenario: ScenarioHistory): readonly Tally[] {
  const terms = termsOf(history, scenario)
  if (terms === undefined) return []
  const timelines = timelinesOf(history, scenario, terms)
  return (['fleet', 'bystander'] as const satisfies readonly Role[]).map((role) =>
    tally(history, terms, splitBy(history, spansIn(timelines, role))[0]),
  )
}
