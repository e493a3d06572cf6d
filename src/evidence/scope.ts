/** Which samples speak for what: whose they are, when they were due, and whether whoever took them can be believed. */
import type { Event, Kind } from '../journal/event.ts'
import type { History, Phase, ScenarioHistory } from '../journal/history.ts'
import { watchedIn } from '../journal/watched.ts'
import { type Slot, type Span, slotNames, slotsOf, type Terms } from './slots.ts'

export type { Slot, Span, Terms }

/** Of the observer that watched this scenario; a fleet that is kept keeps its observer, so it may have been started earlier. */
export function termsOf(history: History, scenario: ScenarioHistory): Terms | undefined {
  const upToHere = history.scenarios.slice(0, history.scenarios.indexOf(scenario) + 1)
  const started = [...(history.observer ? [history.observer] : []), ...upToHere.flatMap((each) => each.of('observer'))]
    .filter(({ state }) => state === 'started')
    .at(-1)
  if (started === undefined || started.intervalMs <= 0 || started.timeoutMs <= 0) return undefined
  const { intervalMs, timeoutMs, latenessMs, seq } = started
  return { intervalMs, timeoutMs, latenessMs, seq }
}

/**
 * Phases that were gone through to their end. The last one of a scenario never counts: when a run is cut short, or has made its
 * final reads, the fleet is taken down in it, and nobody could tell that from an outage.
 */
export function phasesOf(scenario: ScenarioHistory, ...names: readonly Phase['name'][]): readonly Phase[] {
  return scenario.phases.slice(0, -1).filter(({ name }) => names.includes(name))
}

/** Undisturbed. It ends early enough that no probe of it can still be open when the first fault is applied. */
export function steadySpans(scenario: ScenarioHistory, terms: Terms): readonly Span[] {
  const untilMs = disturbedFromMs(scenario, terms)
  return phasesOf(scenario, 'steady')
    .map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, untilMs) }))
    .filter(({ fromMs, toMs }) => toMs > fromMs)
}

/**
 * From the start of recovery to the last thing that was read of the fleet: behind it, it may be on its way to being taken down.
 * Recovery alone may be over in a moment, where everyone was back before it began.
 */
export function aftermath(scenario: ScenarioHistory): Span | undefined {
  const recovery = phasesOf(scenario, 'recovery').at(-1)
  const lastReadMs = scenario.of('snapshot').findLast(({ when }) => when === 'after')?.atMs ?? 0
  return recovery && { fromMs: recovery.fromMs, toMs: Math.max(recovery.toMs, lastReadMs) }
}

/** From when on probes may meet what the first fault does: one that was sent before it may still be open. */
export function disturbedFromMs(scenario: ScenarioHistory, { timeoutMs }: Terms): number {
  const applying = scenario.of('lease').find(({ state }) => state === 'applying')
  const phase = scenario.phases.find(({ name }) => name === 'fault' || name === 'recovery')
  return Math.min(phase?.fromMs ?? Number.POSITIVE_INFINITY, (applying?.atMs ?? Number.POSITIVE_INFINITY) - timeoutMs)
}

/** What was read before anything was done; what is read later may hold traces of it already. */
export function readBefore<K extends Kind>(scenario: ScenarioHistory, kind: K): readonly Event<K>[] {
  const begun = scenario.of('plan')[0]?.seq ?? Number.POSITIVE_INFINITY
  return scenario.of(kind).filter(({ seq }) => seq < begun)
}

/** What was read once all that was done had been taken back: whatever it says of the time before is stale. */
export function readAfter<K extends Kind>(scenario: ScenarioHistory, kind: K): readonly Event<K>[] {
  const over = lastEnd(scenario)?.seq ?? Number.NEGATIVE_INFINITY
  return scenario.of(kind).filter(({ seq }) => seq > over)
}

/** When the last of what was done began to be taken back, or was over by itself; undefined where nothing was done. */
function lastEnd(scenario: ScenarioHistory): Event<'lease'> | undefined {
  return scenario.of('lease').findLast(({ state }) => ['applied', 'releasing', 'expired'].includes(state))
}

/** Agent ids inside the declared blast radius of any fault of the scenario. */
export function radiusOf(scenario: ScenarioHistory): ReadonlySet<string> {
  return new Set(scenario.of('plan').flatMap(({ radius }) => radius))
}

/** Positions, in the topology, of the agents that are wanted: one byte each, so that a look-up a sample costs nothing. */
export function maskOf(history: History, wanted: (agent: string) => boolean): Uint8Array {
  return Uint8Array.from(history.topology?.agents ?? [], ({ id }) => (wanted(id) ? 1 : 0))
}

/** The same, of agents and services, for these alone. */
export function maskNaming({ topology }: History, ids: readonly string[]): Uint8Array {
  const named = new Set(ids)
  return Uint8Array.from(watchedIn(topology), (id) => (named.has(id) ? 1 : 0))
}

/** Is told of each sample of these agents in this span, in order of their instants, until it says 'enough'. */
export type See = (slot: Slot, target: number, scheduledMs: number, index: number) => unknown

export function eachSlot(history: History, terms: Terms, span: Span, mask: Uint8Array, see: See): void {
  const { scheduledMs, target } = history.samples
  const slots = slotsOf(history, terms)
  for (let i = firstAt(scheduledMs, span.fromMs), end = firstAt(scheduledMs, span.toMs); i < end; i++) {
    const who = target[i] as number
    if (mask[who] !== 1) continue
    if (see(slotNames[slots[i] as number] as Slot, who, scheduledMs[i] as number, i) === 'enough') return
  }
}

/** Position of the first sample scheduled at this instant or later. */
export function firstAt(scheduledMs: Float64Array, atMs: number): number {
  let low = 0
  let high = scheduledMs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((scheduledMs[middle] as number) < atMs) low = middle + 1
    else high = middle
  }
  return low
}

/** `1 agent`, `2 agents`. */
export function many(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

/** `2 agents`, `1 service`, `2 agents and 1 service`. */
export function wordsFor({ topology }: History, ids: readonly string[]): string {
  const services = new Set(topology?.services.map(({ id }) => id))
  const beside = ids.filter((id) => services.has(id)).length
  const agents = ids.length - beside
  return [...(agents > 0 || beside === 0 ? [many(agents, 'agent')] : []), ...(beside > 0 ? [many(beside, 'service')] : [])].join(' and ')
}

/** `12.3 s`; the same on every machine, whatever its locale. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(decimalsOf(ms))} s`
}

/** In seconds: what lasted less than one is told more exactly. */
export function decimalsOf(ms: number): number {
  return ms < 1000 ? 2 : 1
}
