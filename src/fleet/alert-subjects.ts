/**
 * What an expected alert must be about. Each rule says its subject in a label: always the same words, or those of the agent, the server
 * or the page that it is about, which follow from what the scenario's faults target.
 */
import type { ExpectedAlert } from '../journal/event.ts'
import { alertRules } from './alert-rules.ts'
import { alertTimesOf } from './alert-times.ts'
import { natsHostOf } from './nats.ts'
import type { AgentId, MachineId, Topology } from './topology.ts'

/** Of all faults of the scenario together. */
type Targets = readonly (AgentId | MachineId)[]

/** @returns the same alerts; those whose subject is known with it, others (no rule is called so) as they are */
export function withSubjects(expected: readonly ExpectedAlert[], targets: Targets, topology: Topology): readonly ExpectedAlert[] {
  return expected.map((each) => {
    if (each.subjects !== undefined) return each
    const all = subjectsOf(each.alert, expected, targets, topology)
    if (all === undefined) return each
    const alike = expected.filter(({ alert, level, channel }) => alert === each.alert && level === each.level && channel === each.channel)
    // As many as there are subjects: one of each.
    const subjects = alike.length === all.length ? all.slice(alike.indexOf(each), alike.indexOf(each) + 1) : all
    return { ...each, subjects }
  })
}

function subjectsOf(name: string, expected: readonly ExpectedAlert[], targets: Targets, topology: Topology): readonly string[] | undefined {
  const rule = ruleOf(name)
  if (rule === undefined) return undefined
  const subject = rule.labels.subject ?? ''
  if (!subject.includes('$labels')) return [subject]
  if (subject.includes('$labels.agent')) return [...topology.agents.keys()].filter((id) => targets.includes(id))
  if (subject.includes('$labels.server')) return [...topology.machines.keys()].filter((id) => targets.includes(id)).map(natsHostOf)
  return [...new Set(expected.map(({ alert }) => alert))].filter((alert) => ruleOf(alert)?.labels.priority === 'P1')
}

/** By any times: they do not change what a rule is about. */
function ruleOf(name: string) {
  return alertRules(alertTimesOf(1)).flatMap((rule) => ('alert' in rule && rule.alert === name ? [rule] : []))[0]
}
