/** From samples to outages, and from outages to what can be said about uptime in a window (claim A of the statistics). */
import type { History } from '../journal/history.ts'
import { concluded, type Finding, unknown } from './finding.ts'
import { eachSlot, many, type Span, seconds, type Terms } from './scope.ts'

/** A run of failed slots of one agent; unknown slots inside it neither end it nor make it longer. */
export interface Outage {
  readonly agent: string
  readonly firstFailMs: number
  readonly lastFailMs: number
  readonly fails: number
  /** Good answers before and after it, where there were any: it lies between lastFail − firstFail and nextOk − prevOk. */
  readonly prevOkMs: number | null
  readonly nextOkMs: number | null
  /** Of the journal, where its first failure stands. */
  readonly batch: number
}

export interface Tally {
  readonly agents: number
  readonly spans: readonly Span[]
  /** Slots that were sent in time and can be believed. */
  readonly known: number
  readonly failed: number
  /** Not sent, not believed, missing from the journal, or more than were due. */
  readonly unknown: number
  readonly outages: readonly Outage[]
  /** First and last batch that was looked at. */
  readonly batches: readonly number[]
}

interface Open {
  seen: number
  prevOkMs: number | null
  firstFailMs: number
  lastFailMs: number
  fails: number
  batch: number
}

/** Counts what these agents answered; spans do not overlap. */
export function tally(history: History, terms: Terms, spans: readonly Span[], mask: Uint8Array): Tally {
  const agents = history.topology?.agents ?? []
  const outages: Outage[] = []
  const batches = { first: Number.POSITIVE_INFINITY, last: -1 }
  let known = 0
  let failed = 0
  let unsure = 0
  for (const span of spans) {
    const open: Open[] = agents.map(() => ({ seen: 0, prevOkMs: null, firstFailMs: 0, lastFailMs: 0, fails: 0, batch: 0 }))
    const close = (target: number, nextOkMs: number | null) => {
      const { seen: _seen, ...outage } = open[target] as Open
      if (outage.fails > 0) outages.push({ agent: agents[target]?.id ?? '', ...outage, nextOkMs })
      ;(open[target] as Open).fails = 0
    }
    eachSlot(history, terms, span, mask, (slot, target, atMs, index) => {
      const agent = open[target] as Open
      const batch = history.samples.batch[index] as number
      agent.seen += 1
      if (batch < batches.first) batches.first = batch
      if (batch > batches.last) batches.last = batch
      if (slot === 'unknown') {
        unsure += 1
        return
      }
      known += 1
      if (slot === 'ok') {
        if (agent.fails > 0) close(target, atMs)
        agent.prevOkMs = atMs
        return
      }
      failed += 1
      if (agent.fails === 0) Object.assign(agent, { firstFailMs: atMs, batch })
      agent.fails += 1
      agent.lastFailMs = atMs
    })
    for (const [target, agent] of open.entries()) {
      if (mask[target] !== 1) continue
      close(target, null)
      const least = slotsIn(span, terms)
      // More than there can be are of somebody else's schedule, or twice of the same: they would make any outage look small.
      unsure += Math.max(0, least - agent.seen, agent.seen - least - 1)
    }
  }
  const members = mask.reduce((sum, one) => sum + one, 0)
  return {
    agents: members,
    spans,
    known,
    failed,
    unknown: unsure,
    outages,
    batches: batches.last < 0 ? [] : [batches.first, batches.last],
  }
}

/** Of two that have no slot in common. Whoever is in the second for a part of the first's spans is no one more of its agents. */
export function added(whole: Tally, part: Tally): Tally {
  const batches = [...whole.batches, ...part.batches]
  return {
    agents: whole.agents,
    spans: whole.spans,
    known: whole.known + part.known,
    failed: whole.failed + part.failed,
    unknown: whole.unknown + part.unknown,
    outages: [...whole.outages, ...part.outages],
    batches: batches.length === 0 ? [] : [Math.min(...batches), Math.max(...batches)],
  }
}

/** Slots that each agent has at least in a span, wherever in the interval its own instants lie. */
function slotsIn({ fromMs, toMs }: Span, { intervalMs }: Terms): number {
  return Math.floor((toMs - fromMs) / intervalMs + 1e-9)
}

/** Share of slots that may be unknown in a window that passes. */
const unknownShare = 0.001
/** 1.96 standard errors; the mean square error of one outage's estimate is Δ²/6, and errors that go together add up. */
const z = 1.96
/** How many failing batches a finding names. */
const named = 20

/**
 * What follows from a tally for a promise of uptime in this window.
 * @param plannedMs of a window that was cut short, how long it was to be; 0 for one that was watched to its end
 */
export function claimA(scope: string, counted: Tally, terms: Terms, uptime: number, standsOn: readonly number[], plannedMs = 0): Finding {
  const deltaS = terms.intervalMs / 1000
  const observedS = counted.known * deltaS
  const unknownS = counted.unknown * deltaS
  const downS = counted.failed * deltaS
  const errorS = z * deltaS * Math.sqrt(squaresOf(counted.outages, terms.intervalMs) / 6)
  const allowed = 1 - uptime
  const leastSlots = Math.ceil(Math.log(20) / allowed)
  // As if all errors went together: of fewer that do, one more outage could otherwise join two companies and take a failure back.
  const lowS = Math.max(0, downS - (z * deltaS * counted.outages.length) / Math.sqrt(6))
  const highS = downS + errorS + unknownS

  // Who is nobody's bystander in the end was one until its own fault, and may have been lost by then. Of a window that was cut short
  // nobody knows how much of it that would have been.
  const nobody = unknown(`${scope}: there is nobody in it`, 'a fleet with agents outside the blast radius')
  if (counted.agents === 0 && (counted.known === 0 || plannedMs > 0)) return nobody
  if (counted.known === 0) return unknown(`${scope}: no slot was sent and answered for`, 'a run with the observer on')

  const down = `${many(counted.outages.length, 'outage')}, ${seconds(downS * 1000)} down of ${seconds(allowed * observedS * 1000)} allowed`
  const lost = counted.unknown > 0 ? ` (${counted.unknown} more are unknown)` : ''
  const said = `${scope}: ${many(counted.agents, 'agent')}, ${counted.known} slots every ${terms.intervalMs} ms${lost}, ${down}${largest(counted, terms)}`
  const measure = {
    value: 1 - downS / observedS,
    limit: uptime,
    unit: 'ratio',
    interval: [Math.max(0, 1 - highS / (observedS + unknownS)), 1 - lowS / observedS],
  } as const
  const seqs = [...standsOn, terms.seq, ...counted.batches, ...counted.outages.slice(0, named).map(({ batch }) => batch)]

  // Had every unknown slot been a good one, and had there been as many as a pass needs and as were planned: even then it would be too
  // much. Whoever stops when it looks worst must not find more failures than whoever waits.
  const plannedS = (plannedMs / 1000) * counted.agents
  if (lowS > allowed * Math.max(observedS + unknownS, leastSlots * deltaS, plannedS)) return concluded('fail', measure, said, seqs)
  if (counted.agents === 0) return nobody // all were hurt in the end, and until then they kept it
  if (counted.unknown > unknownShare * (counted.known + counted.unknown))
    return unknown(`${said}; more than 0.1 % of the slots are unknown`, 'a machine on which the observer is not starved')
  if (allowed <= 0) return unknown(`${said}; no window is long enough for that`, 'a promise that allows for something')
  const more = (agentSeconds: number) => seconds((agentSeconds / counted.agents) * 1000)
  if (counted.known < leastSlots)
    return unknown(`${said}; a claim needs ${leastSlots} slots`, `${more((leastSlots - counted.known) * deltaS)} more at this rate`)
  if (highS <= allowed * observedS) return concluded('pass', measure, said, seqs)
  const close = `${said}; with an error of ±${seconds(errorS * 1000)} that is too close to call`
  return unknown(close, `${more(highS / allowed - observedS)} more without an outage, or faster probing`)
}

/**
 * Where in the probing interval one outage began says where others did: agents that are cut off together are probed one after the
 * other, and what comes back every minute comes at the same place of the schedule. Such errors do not cancel.
 */
function squaresOf(outages: readonly Outage[], intervalMs: number): number {
  return companies(outages, intervalMs, Number.POSITIVE_INFINITY).reduce((sum, { length }) => sum + length * length, 0)
}

/**
 * Outages that go together: those that overlap, of whichever agents, and those of one agent that follow each other.
 * @param relapseMs one agent's next outage belongs to the one before when it begins within this
 */
export function companies(outages: readonly Outage[], intervalMs: number, relapseMs: number): readonly (readonly Outage[])[] {
  const sorted = [...outages].sort((a, b) => a.firstFailMs - b.firstFailMs)
  const joined = sorted.map((_, place) => place)
  const root = (place: number): number => {
    let at = place
    while (joined[at] !== at) at = joined[at] = joined[joined[at] as number] as number
    return at
  }
  const latestOf = new Map<string, number>()
  let untilMs = Number.NEGATIVE_INFINITY
  for (const [place, { agent, firstFailMs, lastFailMs }] of sorted.entries()) {
    // Each may have begun up to an interval before its first failed slot, and ended up to one after its last.
    if (firstFailMs - intervalMs <= untilMs) joined[root(place)] = root(place - 1)
    const earlier = latestOf.get(agent)
    if (earlier !== undefined && firstFailMs - (sorted[earlier] as Outage).lastFailMs <= relapseMs) joined[root(place)] = root(earlier)
    latestOf.set(agent, place)
    untilMs = Math.max(untilMs, lastFailMs + intervalMs)
  }
  const groups = Map.groupBy(sorted.keys(), root)
  return [...groups.values()].map((places) => places.map((place) => sorted[place] as Outage))
}

function largest({ outages }: Tally, { intervalMs }: Terms): string {
  const worst = outages.reduce<Outage | undefined>((a, b) => (a && a.fails >= b.fails ? a : b), undefined)
  if (worst === undefined) return ''
  return `; the largest: ${worst.agent} for ${seconds(worst.fails * intervalMs)} from ${seconds(worst.firstFailMs)}`
}
