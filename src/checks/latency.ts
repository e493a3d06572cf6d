/**
 * Whether answers are slower while a change is in than without it: both are asked the same, in slots, and each machine must be shown to
 * stay within the limits at the median and at the 95th percentile. That nothing is slower at all cannot be shown by anyone; what can be
 * shown is by how much at most. The old is compared with itself as well: where that finds a difference, this machine cannot tell.
 */
import { concluded, type Finding, unknown } from '../evidence/finding.ts'
import { many } from '../evidence/scope.ts'
import { answers, type Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { type LoadSlot, requestsOf, slotsOf } from '../journal/load-slots.ts'
import { levelOf } from '../statistics/looks.ts'
import { type Compared, type Look, look, marginsOf, type Replicate } from '../statistics/slowdown.ts'
import type { Check } from './check.ts'

export const latency: Check = {
  id: 'latency',
  promise: 'response times do not degrade during changes',
  exercisedBy: 'latency-change',
  reads: [],
  limits: ['latencyP50', 'latencyP95', 'latencyP99', 'latencyLeastMs'],
  judge,
}

function judge(_: History, scenario: ScenarioHistory): Finding {
  const loads = scenario.of('load')
  const [first] = loads
  if (first === undefined) return unknown('no load was sent', 'a scenario with a load')
  if (new Set(loads.map(({ load }) => load)).size < loads.length)
    return unknown('a part of the load is told twice', 'a run that tells each once')
  const parts = loads.map((load) => partOf(scenario, load))
  const missing = parts.find((part) => 'missing' in part)
  if (missing) return unknown(missing.missing, 'a load that is sent whole, on a quieter machine or at a lower rate')
  const sent = parts.filter((part) => 'slots' in part)
  const misplaced = changeMissing(scenario, sent) ?? changedUnasked(scenario, sent)
  if (misplaced !== undefined) return unknown(misplaced, 'a load while the change is in')
  const muddled = muddledArms(loads)
  if (muddled !== undefined) return unknown(muddled, 'a load that asks the old and the new, and can tell their answers apart')
  const strata = strataOf(sent)
  if (typeof strata === 'string') return unknown(strata, 'a run that sends all parts of its load')
  const [replicates = 0, ...others] = new Set([...strata.values()].map(({ length }) => length))
  if (others.length > 0) return unknown('one machine was asked more often than another', 'a run that sends all parts of its load')
  const place = first.looks.indexOf(replicates)
  if (place === -1)
    return unknown(`${many(replicates, 'comparison')} are none of ${first.looks.join(', ')}`, 'a load that is sent to its end')
  const level = levelOf(first.looks, place)
  const margins = marginsOf(scenario.declared.limits)
  return found(look(strata, margins, level, first.timeoutMs), sent, { replicates, level, scenario })
}

interface Part {
  readonly load: Event<'load'>
  readonly end: Event<'load-end'>
  readonly slots: readonly (readonly LoadSlot[])[]
  readonly batches: readonly Event<'load-samples'>[]
}

/** A part that was really sent, by the load generator's own count as well as by what was written down of it. */
function partOf(scenario: ScenarioHistory, load: Event<'load'>): Part | { readonly missing: string } {
  const end = scenario.of('load-end').find((event) => event.load === load.load)
  const batches = scenario.of('load-samples').filter((event) => event.load === load.load)
  const count = batches.reduce((sum, { scheduled }) => sum + scheduled.length, 0)
  const due = requestsOf(load)
  const missing = (words: string) => ({ missing: `${load.load}: ${words}` })
  if (end === undefined) return missing('nobody knows how it ended')
  if (end.exitCode !== 0) return missing(`k6 ended with ${end.exitCode}${end.said ? `: ${end.said}` : ''}`)
  if (end.dropped === null || end.sent === null) return missing('k6 did not say what it sent')
  if (end.dropped > 0) return missing(`k6 dropped ${end.dropped} of ${due} requests: dropped_iterations`)
  if (count === 0) return missing('there are no samples')
  if (end.sent !== due || count !== due) return missing(`${due} requests were due, k6 sent ${end.sent}, and ${count} are known`)
  const slots = slotsOf(load, batches)
  return slots
    ? { load, end, slots, batches }
    : missing('there are samples of nobody, of no time, or of no answer, or some that are told twice')
}

/** The change was in from the first request of the load to the last; what was sent before it, was over before it. */
function changeMissing(scenario: ScenarioHistory, parts: readonly Part[]): string | undefined {
  const changes = scenario.of('plan').filter(({ fault }) => fault === 'change')
  if (changes.length === 0) return 'nothing was changed, so that nothing could become slower by it'
  const timeOf = (lease: string, ...states: Event<'lease'>['state'][]) =>
    scenario.of('lease').find((event) => event.lease === lease && states.includes(event.state))?.atMs
  for (const { lease, fault } of changes) {
    const applyingMs = timeOf(lease, 'applying') ?? Number.NEGATIVE_INFINITY
    const fromMs = timeOf(lease, 'applied') ?? Number.POSITIVE_INFINITY
    const toMs = timeOf(lease, 'releasing', 'expired', 'failed') ?? Number.NEGATIVE_INFINITY
    const outside = parts.find(({ load, end }) => (load.when === 'during' ? load.atMs < fromMs || end.atMs > toMs : end.atMs > applyingMs))
    if (outside) return `${outside.load.load} was not sent wholly ${outside.load.when} the change: ${fault}`
  }
  return undefined
}

/** Whoever was changed was asked as the new while the change was in, and nobody whom it changed stood in for those who are left as they are. */
function changedUnasked(scenario: ScenarioHistory, parts: readonly Part[]): string | undefined {
  const changed = scenario.of('plan').flatMap(({ fault, radius }) => (fault === 'change' ? radius : []))
  const asked = new Set(parts.flatMap(({ load }) => (load.when === 'during' ? load.targets.flatMap(({ agents }) => agents.new) : [])))
  const unasked = changed.filter((agent) => !asked.has(agent))
  if (unasked.length > 0) return `these were changed, and the load did not ask them: ${unasked.join(', ')}`
  const control = parts.flatMap(({ load }) =>
    load.design === 'control' ? load.targets.flatMap(({ agents }) => [...agents.old, ...agents.twin]) : [],
  )
  const asNew = parts.flatMap(({ load }) => load.targets.flatMap(({ agents }) => agents.new))
  const unchanged = [...new Set(asNew.filter((agent) => !changed.includes(agent)))]
  if (unchanged.length > 0) return `these were asked as the new, and were not changed: ${unchanged.join(', ')}`
  const spoilt = [...new Set(control.filter((agent) => changed.includes(agent)))]
  return spoilt.length > 0 ? `these were changed as well, and are no control: ${spoilt.join(', ')}` : undefined
}

/**
 * Each arm is what it is called: the twin is the old once more, and no answer of the old counts as one of the new. A control is told from
 * the changed by its agents; where all arms ask the same agents, only the request and the answer tell the old from the new.
 */
function muddledArms(loads: readonly Event<'load'>[]): string | undefined {
  const kinds = (all: readonly object[]) => new Set(all.map((each) => JSON.stringify(each))).size
  const targets = loads.flatMap((load) => load.targets)
  const machines = new Set(targets.map(({ machine }) => machine)).size
  if (kinds(loads.map(({ asks }) => asks)) > 1 || kinds(targets) > machines) return 'the parts of the load are not asked alike'
  const [{ design, asks }] = loads as readonly [Event<'load'>]
  const { old, twin, new: changed } = asks
  if (twin.path !== old.path || twin.says !== old.says) return 'the twin is not asked what the old is asked'
  if (design === 'control') return undefined
  const isOther = (arm: 'twin' | 'new') => targets.some(({ agents }) => `${agents[arm].toSorted()}` !== `${agents.old.toSorted()}`)
  if (isOther('new')) return 'the old is asked of other agents than the new'
  if (isOther('twin')) return 'the twin is asked of other agents than the old'
  if (changed.path === old.path) return 'the old and the new are one and the same request'
  if (changed.says.includes(old.says) || old.says.includes(changed.says)) return 'an answer of one release counts as one of the other'
  return undefined
}

/** @returns comparisons by machine, or what keeps them from being made */
function strataOf(parts: readonly Part[]): ReadonlyMap<string, readonly Replicate[]> | string {
  const [first] = parts
  const slotsOn = (machine: string, when: 'before' | 'during') =>
    parts
      .filter(({ load }) => load.when === when)
      .flatMap(({ load, slots }) => slots[load.targets.findIndex((target) => target.machine === machine)] ?? [])
  const strata = new Map<string, readonly Replicate[]>()
  for (const { machine } of first?.load.targets ?? []) {
    const before = slotsOn(machine, 'before')
    const during = slotsOn(machine, 'during')
    const isControl = first?.load.design === 'control'
    if (before.length !== (isControl ? during.length : 0))
      return `on ${machine} there are ${many(before.length, 'slot')} before the change, and ${during.length} during it`
    strata.set(
      machine,
      during.map((slot, place) => ({ during: slot, ...(isControl && { before: before[place] as LoadSlot }) })),
    )
  }
  return strata
}

interface Terms {
  readonly replicates: number
  readonly level: number
  readonly scenario: ScenarioHistory
}

/** How many batches a finding names; the journal holds the rest between the load and its end. */
const namedBatches = 10

function found(seen: Look, parts: readonly Part[], terms: Terms): Finding {
  const { compared, noisy, blind, slower, outcome } = seen
  const own = compared.filter(({ arm, quantile }) => arm === 'new' && quantile !== 'p99')
  const how = howWords(parts, terms, compared)
  if (outcome === 'unknown' && noisy.length > 0) {
    const words = noisy.map((each) => `${placeOf(each)} ${atMostWords(each)}`).join(', ')
    return unknown(
      `the old compared with itself is not shown to be within the limit, so that this machine cannot tell: ${words}; ${how}`,
      'a quieter machine',
    )
  }
  if (outcome === 'unknown' && blind.length > 0) {
    const words = blind.map((each) => `${placeOf(each)} ${spanWords(each)}`).join(', ')
    return unknown(
      `a slowdown that was planted in the old was not found, so that this machine hides one: ${words}; ${how}`,
      'a quieter machine',
    )
  }
  if (outcome === 'unknown') {
    const open = own.filter(({ isWithin }) => !isWithin).map((each) => `${placeOf(each)} ${spanWords(each)}`)
    const because =
      open.length > 0 ? `neither shown to be within the limit nor beyond it: ${open.join(', ')}` : 'too few requests to compare'
    return unknown(`${because}; ${how}`, 'more slots, or a quieter machine')
  }
  const shown = (outcome === 'fail' ? slower : own).toSorted((a, b) => b.high / b.limit - a.high / a.limit)
  const worst = shown[0] as Compared
  const interval = Number.isFinite(worst.high) ? ({ interval: [worst.low, worst.high] } as const) : {}
  const measure = { value: worst.ratio, limit: worst.limit, unit: 'times', ...interval } as const
  const because =
    outcome === 'fail'
      ? `slower: ${shown.map((each) => `${placeOf(each)} ${spanWords(each)}`).join(', ')}; ${how}`
      : `${own.map((each) => `${placeOf(each)} ${atMostWords(each)}`).join(', ')}; ${how}`
  const changes = terms.scenario.of('plan').filter(({ fault }) => fault === 'change')
  const seqs = parts.flatMap(({ load, end, batches }) => [load.seq, end.seq, ...batches.slice(0, namedBatches).map(({ seq }) => seq)])
  return concluded(outcome, measure, because, [...seqs, ...changes.map(({ seq }) => seq)])
}

function placeOf({ stratum, quantile }: Compared): string {
  return `${quantile} on ${stratum}`
}

function atMostWords({ high, limit }: Compared): string {
  return Number.isFinite(high) ? `≤ ${percent(high)} % slower (limit ${percent(limit)} %)` : 'with failures among it, which have no end'
}

function spanWords({ ratio, low, high, limit }: Compared): string {
  const to = Number.isFinite(high) ? high.toFixed(3) : 'no end'
  return `${ratio.toFixed(3)} times as long (${low.toFixed(3)} to ${to}, limit ${limit.toFixed(3)})`
}

function percent(ratio: number): string {
  return (Math.max(0, ratio - 1) * 100).toFixed(1)
}

/** Design, replicates, confidence; whether the old agrees with itself; what p99 advises; and who failed. */
function howWords(parts: readonly Part[], { replicates, level }: Terms, compared: readonly Compared[]): string {
  const { load } = parts[0] as Part
  const twins = compared.filter(({ arm, quantile }) => arm === 'twin' && quantile !== 'p99')
  const advice = compared.filter(({ arm, quantile }) => arm === 'new' && quantile === 'p99')
  const sent = parts.reduce((sum, { end }) => sum + (end.sent ?? 0), 0)
  const failed = parts
    .flatMap(({ batches }) => batches)
    .reduce((sum, batch) => sum + batch.answers.filter((code) => answers[code] !== 'ok').length, 0)
  const widest = Math.max(...twins.map(({ high }) => high))
  return [
    `${load.design}, ${replicates} replicates of ${load.slotMs / 1000} s on each of ${many(load.targets.length, 'machine')}, at ${(100 * (1 - level)).toFixed(1)} % confidence`,
    ...(twins.length > 0 ? [`A/A ≤ ${Number.isFinite(widest) ? percent(widest) : '∞'} %`] : []),
    ...(advice.length > 0 ? [`for advice: ${advice.map((each) => `${placeOf(each)} ${atMostWords(each)}`).join(', ')}`] : []),
    `${failed} of ${sent} requests failed`,
  ].join('; ')
}
