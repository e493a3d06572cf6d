/** What happened in a window, held against a promise of uptime. What is unknown counts as failed for a pass, and as good for a failure. */
import { concluded, type Finding, unknown } from './finding.ts'
import { type Outage, outageGroups, type Tally } from './outages.ts'
import { many, seconds, type Terms } from './scope.ts'

/** Share of slots that may be unknown in a window that passes; one may be in any, as one that failed may. */
const unknownShare = 0.001
/** 1.96 standard errors; the mean square error of one outage's estimate is Δ²/6, and errors that go together add up. */
const z = 1.96
/** How many failing batches a finding names. */
const named = 20

export interface Window {
  /** Who and when, in words: `fleet in steady`. */
  readonly scope: string
  /** One of them; left out: `agent`. */
  readonly noun?: string
  readonly counted: Tally
  /** Of a window that was cut short, how long it was to be; left out for one that was watched to its end. */
  readonly plannedMs?: number
  /**
   * Of few agents, or for a short time, there are never as many slots as a share of 99.9 % needs. Where this is set, a window without an
   * outage is taken for what it is: one failed or unknown slot is no outage that the promise forbids, and more are held against it.
   */
  readonly few?: true
}

/** @param uptime promised, as a ratio of the time */
export function windowUptime(window: Window, terms: Terms, uptime: number, standsOn: readonly number[]): Finding {
  const { scope, counted, noun = 'agent', plannedMs = 0, few } = window
  const missing = nothingIn(window)
  if (missing) return missing
  const { observedS, downS, lowS, highS, errorS, unknownS } = downtime(counted, terms)
  const allowed = 1 - uptime
  const leastSlots = Math.ceil(Math.log(20) / allowed)
  const said = `${scope}: ${words(counted, noun, terms, downS, allowed * observedS)}`
  const measure = {
    value: 1 - downS / observedS,
    limit: uptime,
    unit: 'ratio',
    interval: [Math.max(0, 1 - highS / (observedS + unknownS)), 1 - lowS / observedS],
  } as const
  const seqs = [...standsOn, terms.seq, ...counted.batches, ...counted.outages.slice(0, named).map(({ batch }) => batch)]

  // Had every unknown slot been a good one, and had there been as many as a pass needs and as were planned: even then it would be too
  // much. Whoever stops when it looks worst must not find more failures than whoever waits.
  const plannedS = (plannedMs / 1000) * counted.members
  const leastS = (leastSlots * terms.intervalMs) / 1000
  if (lowS > allowed * Math.max(observedS + unknownS, leastS, plannedS)) return concluded('fail', measure, said, seqs)
  if (few && counted.failed + counted.unknown <= 1 && counted.failed < counted.known) return concluded('pass', measure, said, seqs)
  if (!few && counted.unknown > Math.max(1, unknownShare * (counted.known + counted.unknown)))
    return unknown(`${said}; more than 0.1 % of the slots are unknown`, 'a machine on which the observer is not starved')
  if (allowed <= 0) return unknown(`${said}; no window is long enough for that`, 'a promise that allows for something')
  const more = (agentSeconds: number) => seconds((agentSeconds / counted.members) * 1000)
  if (!few && counted.known < leastSlots)
    return unknown(`${said}; a claim needs ${leastSlots} slots`, `${more(leastS - observedS)} more at this rate`)
  if (highS <= allowed * observedS) return concluded('pass', measure, said, seqs)
  if (counted.unknown > counted.failed)
    return unknown(`${said}; the slots that are unknown may have failed`, 'a machine on which the observer is not starved')
  const close = `${said}; with an error of ±${seconds(errorS * 1000)} that is too close to call`
  return unknown(close, `${more(highS / allowed - observedS)} more without an outage, or faster probing`)
}

function nothingIn({ scope, counted }: Window): Finding | undefined {
  if (counted.members === 0) return unknown(`${scope}: there is no agent in it`, 'a fleet with agents outside the blast radius')
  if (counted.known === 0) return unknown(`${scope}: no slot was sent and answered for`, 'a run with the observer on')
  return undefined
}

/** Agent-seconds: what was seen, what of it was down, and between which bounds that lies whatever the unknown slots were. */
function downtime(counted: Tally, { intervalMs }: Terms) {
  const deltaS = intervalMs / 1000
  const perOutageS = (z * deltaS) / Math.sqrt(6)
  const errorS = perOutageS * (Math.sqrt(squaresOf(counted.atWorst, intervalMs)) + counted.misplaced)
  const downS = counted.failed * deltaS
  const unknownS = counted.unknown * deltaS
  return {
    observedS: counted.known * deltaS,
    downS,
    unknownS,
    errorS,
    // As if all errors went together: of fewer that do, one more outage could otherwise join two groups and take a failure back.
    lowS: Math.max(0, downS - perOutageS * counted.outages.length),
    highS: downS + errorS + unknownS,
  }
}

/**
 * Where in the probing interval one outage began says where others did: agents that are cut off together are probed one after the
 * other, and what comes back every minute comes at the same place of the schedule. Such errors do not cancel.
 */
function squaresOf(outages: readonly Outage[], intervalMs: number): number {
  return outageGroups(outages, intervalMs, Number.POSITIVE_INFINITY).reduce((sum, { length }) => sum + length * length, 0)
}

function words(counted: Tally, noun: string, { intervalMs }: Terms, downS: number, allowedS: number): string {
  const { members, known, unknown: lost, outages } = counted
  const unsure = lost > 0 ? ` (${lost} more are unknown)` : ''
  const down = `${many(outages.length, 'outage')}, ${seconds(downS * 1000)} down of ${seconds(allowedS * 1000)} allowed`
  return `${many(members, noun)}, ${known} slots every ${intervalMs} ms${unsure}, ${down}${largest(outages, intervalMs)}`
}

function largest(outages: readonly Outage[], intervalMs: number): string {
  const worst = outages.reduce<Outage | undefined>((a, b) => (a && a.fails >= b.fails ? a : b), undefined)
  if (worst === undefined) return ''
  return `; the largest: ${worst.agent} for ${seconds(worst.fails * intervalMs)} from ${seconds(worst.firstFailMs)}`
}
