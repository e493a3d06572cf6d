/** Every agent gave valid exposition text about itself, from its own process or its side-car. */
import { finalReads } from '../evidence/final-reads.ts'
import { concluded, type Finding, unknown } from '../evidence/finding.ts'
import { strangers } from '../evidence/membership.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import type { Check } from './check.ts'

export const exporter: Check = {
  id: 'exporter',
  promise: 'a Prometheus exporter runs on all agents',
  exercisedBy: 'baseline',
  reads: [{ name: 'exposition', when: 'after' }],
  limits: [],
  judge,
}

function judge(history: History, scenario: ScenarioHistory): Finding {
  const listed = history.topology?.agents.map(({ id }) => id) ?? []
  const events = finalReads(scenario, 'exposition')
  if (listed.length === 0) return unknown('the configs list no agent', 'configs with agents')
  if (events.length === 0) return unknown('no metrics were read', 'a run that gets to its final reads')

  const answers = new Map(events.flatMap((event) => event.answers).map((answer) => [answer.agent, answer])) // the last of each counts
  const problems = listed.map((agent) => [agent, problemOf(answers.get(agent))] as const)
  const bad = problems.filter(([, problem]) => problem !== undefined && problem !== notAsked)
  const unasked = problems.filter(([, problem]) => problem === notAsked).map(([agent]) => agent)
  const measure = { value: listed.length - bad.length - unasked.length, limit: listed.length, unit: 'agents' } as const
  const seqs = events.map(({ seq }) => seq)
  const count = `${measure.value}/${listed.length} export metrics`
  if (bad.length > 0) return concluded('fail', measure, `${count}; ${grouped(bad)}`, seqs)
  if (unasked.length > 0) return unknown(`${count}; not asked: ${unasked.join(', ')}`, 'a run that reads the metrics of every agent')
  const others = strangers(history.topology, 'the exposition', answers.keys())
  if (others.length > 0) return unknown(`${count}; ${others.join('; ')}`, 'a run that reads the metrics of this fleet alone')
  return concluded('pass', measure, count, seqs)
}

const notAsked = 'not asked'

function problemOf(answer: { readonly problem: string | null; readonly samples: number; readonly self: boolean } | undefined) {
  if (answer === undefined) return notAsked
  if (answer.problem !== null) return answer.problem
  if (answer.samples <= 0) return 'no sample in it'
  return answer.self ? undefined : 'it does not name its own agent'
}

function grouped(bad: readonly (readonly [agent: string, problem: string | undefined])[]): string {
  return [...Map.groupBy(bad, ([, problem]) => problem)]
    .map(([problem, each]) => `${problem}: ${each.map(([agent]) => agent).join(', ')}`)
    .join('; ')
}
