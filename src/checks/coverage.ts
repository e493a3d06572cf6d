/**
 * A census, not a sample: every agent of the configs answered for itself in each phase, is in the registry's own records in time,
 * and is heard of at the hub. Who does not is named; who was not asked is unknown.
 */
import { isWell } from '../base/well.ts'
import { finalReads, overBy } from '../evidence/final-reads.ts'
import { concluded, type Finding, unknown } from '../evidence/finding.ts'
import { isBroken } from '../evidence/measure.ts'
import { strangers, strangersIn, strayMachines } from '../evidence/membership.ts'
import { aftermath, eachSlot, maskOf, phasesOf, radiusOf, type Span, seconds, steadySpans, type Terms, termsOf } from '../evidence/scope.ts'
import { noticedMs } from '../evidence/timeline.ts'
import type { answers, Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import type { Check } from './check.ts'

export const coverage: Check = {
  id: 'coverage',
  promise: '100 % of agents report to health checks',
  exercisedBy: 'baseline',
  reads: [
    { name: 'registrations', when: 'after' },
    { name: 'freshness', when: 'after' },
    { name: 'pushes', when: 'after' },
  ],
  limits: ['coverage', 'registrationMs', 'metricsFreshMs'],
  judge,
}

/** One part of the census. */
interface Part {
  /** Agent → why it is missing. */
  readonly missing: ReadonlyMap<string, string>
  /** What could not be asked. */
  readonly unasked: readonly string[]
  readonly seqs: readonly (number | undefined)[]
}

function judge(history: History, scenario: ScenarioHistory): Finding {
  const listed = history.topology?.agents.map(({ id }) => id) ?? []
  const terms = termsOf(history, scenario)
  if (listed.length === 0) return unknown('the configs list no agent', 'configs with agents')
  if (terms === undefined) return unknown('no agent was ever asked', 'a run with the observer on')

  const parts = [
    answered(history, scenario, terms),
    honest(history, scenario, terms),
    registered(history, scenario, listed),
    heardOf(history, scenario, listed),
    pushed(history, scenario, listed),
  ]
  const missing = new Map(parts.flatMap(({ missing }) => [...missing]).reverse()) // of several reasons the first part's is kept
  const unasked = parts.flatMap((part) => part.unasked)
  const limit = Math.ceil(scenario.declared.limits.coverage * listed.length)
  const measure = { value: listed.length - missing.size, limit, unit: 'agents' } as const
  const seqs = parts.flatMap((part) => part.seqs)
  const count = `${measure.value}/${listed.length} report`
  if (isBroken(measure)) return concluded('fail', measure, `${count}; ${named(listed, missing)}`, seqs)
  if (unasked.length > 0) return unknown(`${count} as far as they were asked; ${unasked.join('; ')}`, 'a run that takes the whole census')
  return concluded('pass', measure, missing.size > 0 ? `${count}; ${named(listed, missing)}` : count, seqs)
}

function named(listed: readonly string[], missing: ReadonlyMap<string, string>): string {
  const byReason = Map.groupBy(
    listed.filter((agent) => missing.has(agent)),
    (agent) => missing.get(agent) as string,
  )
  return [...byReason].map(([reason, agents]) => `${agents.length} ${reason}: ${agents.join(', ')}`).join('; ')
}

/** A phase shorter than this may have no slot of some agent in it. */
const slotsToBeAsked = 2

function answered(history: History, scenario: ScenarioHistory, terms: Terms): Part {
  const radius = radiusOf(scenario)
  const phases: readonly { readonly name: string; readonly span: Span; readonly exempt: boolean }[] = [
    ...steadySpans(scenario, terms).map((span) => ({ name: 'steady', span, exempt: false })),
    ...phasesOf(scenario, 'fault').map((span) => ({ name: 'fault', span, exempt: true })),
    ...[aftermath(scenario)].flatMap((span) => (span ? [{ name: 'recovery', span, exempt: false }] : [])),
  ].filter(({ span }) => span.toMs - span.fromMs >= slotsToBeAsked * terms.intervalMs)
  const missing = new Map<string, string>()
  const unasked: string[] = []
  const seqs = new Set<number>([terms.seq])
  for (const { name, span, exempt } of phases) {
    const wanted = maskOf(history, (agent) => !(exempt && radius.has(agent)))
    const { ok, asked, wrong, batches } = census(history, terms, span, wanted)
    for (const batch of batches) seqs.add(batch)
    const silent = history.topology?.agents.filter((_, target) => wanted[target] === 1 && ok[target] !== 1) ?? []
    for (const { id } of silent) {
      const target = history.topology?.agents.findIndex((agent) => agent.id === id) as number
      if (asked[target] === 1) missing.set(id, missing.get(id) ?? `${words[wrong[target] as number]} in ${name}`)
    }
    const never = silent.filter(({ id }) => !missing.has(id)).map(({ id }) => id)
    if (never.length > 0) unasked.push(`not asked in ${name}: ${never.join(', ')}`)
  }
  const wantedPhases = scenario.of('plan').length > 0 ? ['steady', 'fault', 'recovery'] : ['steady', 'recovery']
  for (const name of wantedPhases) if (!phases.some((phase) => phase.name === name)) unasked.push(`there was no ${name} phase to ask in`)
  return { missing, unasked, seqs: [...seqs, ...scenario.phases.map(({ seq }) => seq)] }
}

/** Who did no work, by the kernel's and its own count, and said all the same that it was well, reports nothing that can be believed. */
function honest(history: History, scenario: ScenarioHistory, terms: Terms): Part {
  const missing = new Map<string, string>()
  const unasked: string[] = []
  const seqs: number[] = []
  for (const { lease, idles = [], seq } of scenario.of('plan')) {
    const at = (state: 'applied' | 'releasing') =>
      scenario.of('lease').find((event) => event.lease === lease && event.state === state)?.atMs
    const [appliedMs, releasingMs] = [at('applied'), at('releasing')]
    if (idles.length === 0 || appliedMs === undefined) continue
    const span = { fromMs: appliedMs + noticedMs, toMs: (releasingMs ?? appliedMs) - terms.timeoutMs }
    const wanted = maskOf(history, (agent) => idles.includes(agent))
    const { ok, asked, batches } = census(history, terms, span, wanted)
    seqs.push(seq, ...batches)
    for (const id of idles) {
      const target = history.topology?.agents.findIndex((agent) => agent.id === id) ?? -1
      if (ok[target] === 1) missing.set(id, 'said they were well while they did no work')
      else if (asked[target] !== 1) unasked.push(`not asked while it did no work: ${id}`)
    }
  }
  return { missing, unasked, seqs }
}

/** In the order of `answers`. */
const words = [
  'answered',
  'did not answer in time',
  'could not be reached',
  'answered with an error status',
  'accepted a connection and gave no health answer',
  'answered as another agent',
  'said they were not well',
  'were not asked',
] as const satisfies readonly string[] & { length: (typeof answers)['length'] }

function census(history: History, terms: Terms, span: Span, wanted: Uint8Array) {
  const ok = new Uint8Array(wanted.length)
  const asked = new Uint8Array(wanted.length)
  const wrong = new Uint8Array(wanted.length)
  const batches: number[] = []
  eachSlot(history, terms, span, wanted, (slot, target, _atMs, index) => {
    if (slot === 'unknown') return
    asked[target] = 1
    if (slot === 'ok') ok[target] = 1
    else wrong[target] = history.samples.answer[index] as number
    const batch = history.samples.batch[index] as number
    if (batches.length < 2) batches.push(batch)
    else batches[1] = Math.max(batches[1] as number, batch)
  })
  return { ok, asked, wrong, batches }
}

function registered({ topology }: History, scenario: ScenarioHistory, listed: readonly string[]): Part {
  const event = finalReads(scenario, 'registrations').at(-1)
  if (event === undefined) return { missing: new Map(), unasked: ['the registry was not read'], seqs: [] }
  const limitMs = scenario.declared.limits.registrationMs
  const records = Map.groupBy(event.records, ({ agent }) => agent)
  const missing = new Map<string, string>()
  const unasked = [...strangers(topology, 'the registry', records.keys())]
  for (const agent of listed) {
    const [{ sinceStartMs: ms = 0, status } = {}, ...others] = records.get(agent) ?? []
    if (others.some((other) => other.sinceStartMs !== ms || other.status !== status))
      unasked.push(`the registry says more than one thing of ${agent}`)
    else if (status === undefined) missing.set(agent, 'are not in the registry')
    else if (ms < 0) unasked.push(`the registry says that ${agent} registered before it started`)
    else if (ms > limitMs) missing.set(agent, `registered later than ${seconds(limitMs)} after their start`)
    else if (!isWell(status)) missing.set(agent, `are ${status} in the registry`)
  }
  return { missing, unasked, seqs: [event.seq] }
}

/** By when it was last pushed to, since a Pushgateway goes on telling what the dead have said. */
function pushed(history: History, scenario: ScenarioHistory, listed: readonly string[]): Part {
  const events = finalReads(scenario, 'pushes')
  const unread = (history.topology?.machines ?? []).filter(({ id }) => !events.some(({ machine }) => machine === id))
  if (unread.length > 0) return { missing: new Map(), unasked: unread.map(({ id }) => `the Pushgateway of ${id} was not read`), seqs: [] }
  const part = fresh(scenario, listed, events, 'at a Pushgateway')
  const unasked = [
    ...strayMachines(
      history.topology,
      'a Pushgateway',
      events.map(({ machine }) => machine),
    ),
    ...strangers(history.topology, 'a Pushgateway', agentsIn(events)),
  ]
  return { ...part, unasked: [...part.unasked, ...unasked] }
}

function agentsIn(events: readonly (Event<'freshness'> | Event<'pushes'>)[]): string[] {
  return events.flatMap(({ records }) => records.map(({ agent }) => agent))
}

function heardOf({ topology }: History, scenario: ScenarioHistory, listed: readonly string[]): Part {
  const events = finalReads(scenario, 'freshness')
  if (events.length === 0) return { missing: new Map(), unasked: ['no hub was read'], seqs: [] }
  const part = fresh(scenario, listed, events, 'at the hub')
  const foreign = strangersIn(
    topology,
    events.map(({ hub }) => hub),
  ).map((hub) => `freshness was read at ${hub}, which the topology does not list`)
  return { ...part, unasked: [...part.unasked, ...foreign, ...strangers(topology, 'the hub', agentsIn(events))] }
}

function fresh(
  scenario: ScenarioHistory,
  listed: readonly string[],
  events: readonly (Event<'freshness'> | Event<'pushes'>)[],
  where: string,
): Part {
  const limitMs = scenario.declared.limits.metricsFreshMs
  const overMs = overBy(scenario)?.atMs ?? Number.NEGATIVE_INFINITY
  const unasked: string[] = []
  const youngest = new Map<string, number>()
  const heardSince = new Set<string>()
  for (const { atMs, records } of events)
    for (const { agent, ageMs } of records) {
      youngest.set(agent, Math.min(ageMs, youngest.get(agent) ?? Number.POSITIVE_INFINITY))
      if (atMs - ageMs >= overMs) heardSince.add(agent)
    }
  const missing = new Map<string, string>()
  const unheard: string[] = []
  for (const agent of listed) {
    const ageMs = youngest.get(agent)
    if (ageMs === undefined) missing.set(agent, `have no metrics ${where}`)
    else if (ageMs < 0) unasked.push(`the metrics of ${agent} ${where} are from the future`)
    else if (ageMs > limitMs) missing.set(agent, `have metrics older than ${seconds(limitMs)} ${where}`)
    else if (!heardSince.has(agent)) unheard.push(agent) // a fault may well be shorter than metrics may be old
  }
  if (unheard.length > 0) unasked.push(`nothing was heard ${where} since the last fault was over of ${unheard.join(', ')}`)
  return { missing, unasked, seqs: events.map(({ seq }) => seq) }
}
