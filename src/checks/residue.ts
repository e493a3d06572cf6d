/**
 * Nothing is left behind: machines and message servers look as before, every fault is verified reverted, and the engine holds nothing of
 * the run. What was never in place, could not be looked at, or was looked at too soon is unknown, and no residue.
 */
import { concluded, type Finding, unknown } from '../evidence/finding.ts'
import { metIn, othersOnSame } from '../evidence/meetings.ts'
import { many, readAfter, readBefore } from '../evidence/scope.ts'
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { hostPlace } from '../journal/places.ts'
import { holds, lastProof, seenIn } from '../journal/proof.ts'
import type { Check } from './check.ts'

export const residue: Check = {
  id: 'residue',
  promise: 'nothing is left behind',
  exercisedBy: 'baseline',
  reads: [],
  limits: [],
  judge,
}

function judge(history: History, scenario: ScenarioHistory): Finding {
  const machines = history.topology?.machines.map(({ id }) => id) ?? []
  const touched = scenario.of('plan').flatMap(({ expectations }) => expectations.map(({ machine }) => machine))
  const seen = scenario.of('snapshot').map(({ machine }) => machine)
  const listed = history.topology?.places ?? []
  const places = [...new Set([...machines, ...touched, ...seen, ...listed, hostPlace])]
  const snapshots = places.map((place) => compare(scenario, place))
  const plans = scenario.of('plan').map((plan) => gone(scenario, plan))
  const left = [...snapshots, ...plans].flatMap((part) => part.left)
  const missing = [...snapshots, ...plans].flatMap((part) => part.missing)
  const stray = [...new Set(seen)].filter((place) => !listed.includes(place))
  if (stray.length > 0) missing.push(`snapshots of places that the topology does not list: ${stray.join(', ')}`)
  const { leftovers } = history
  if (leftovers === undefined) missing.push('the engine was not asked what it still holds')
  else {
    left.push(...leftovers.containers.map((name) => `container ${name}`), ...leftovers.networks.map((name) => `network ${name}`))
    left.push(...leftovers.volumes.map((name) => `volume ${name}`))
    left.push(...leftovers.processes.map((name) => `process ${name}`), ...leftovers.files.map((name) => `file ${name}`))
  }
  if (machines.length === 0) missing.push('no machine is known')

  const seqs = [...[...snapshots, ...plans].flatMap((part) => part.seqs), leftovers?.seq]
  const measure = { value: left.length, limit: 0, unit: 'findings' } as const
  if (left.length > 0) return concluded('fail', measure, left.join('; '), seqs)
  if (missing.length > 0) return unknown(missing.join('; '), 'a run that gets to its end undisturbed')
  return concluded(
    'pass',
    measure,
    `${places.join(', ')} as before; ${many(plans.length, 'fault')} verified reverted; no containers, networks or volumes left`,
    seqs,
  )
}

interface Part {
  readonly left: readonly string[]
  readonly missing: readonly string[]
  readonly seqs: readonly Event['seq'][]
}

function compare(scenario: ScenarioHistory, place: string): Part {
  const before = readBefore(scenario, 'snapshot').find(({ when, machine }) => when === 'before' && machine === place)
  const after = readAfter(scenario, 'snapshot').findLast(({ when, machine }) => when === 'after' && machine === place)
  if (!before || !after) return { left: [], missing: [`no snapshot of ${place} ${before ? 'after' : 'before'}`], seqs: [] }
  const empty = [before, after].filter(({ lines }) => lines.length === 0)
  if (empty.length > 0) {
    return { left: [], missing: empty.map(({ when }) => `the snapshot of ${place} ${when} is empty`), seqs: [before.seq, after.seq] }
  }
  const added = surplus(after.lines, before.lines)
  const removed = surplus(before.lines, after.lines)
  const isStopped = scenario.of('abort').length > 0
  const left = isStopped ? added.filter((line) => isOurs(scenario, line)) : added
  const words = (lines: readonly string[], how: string) => lines.map((line) => `on ${place} ${how}: ${line}`)
  const early = isStopped ? [...words(surplus(added, left), 'new'), ...words(removed, 'no more')] : []
  return {
    left: [...words(left, 'new'), ...(isStopped ? [] : words(removed, 'no more'))],
    missing: early.length > 0 ? [`the run was stopped before all had recovered: ${early.join(', ')}`] : [],
    seqs: [before.seq, after.seq],
  }
}

/** What a fault makes carries the name of its lease; what stands in a tool container and belongs to no guard is ours as well. */
function isOurs(scenario: ScenarioHistory, line: string): boolean {
  return line.startsWith('process ours ') || scenario.of('plan').some(({ lease }) => line.includes(lease))
}

/** Lines of the one that the other has not, or has fewer of. */
function surplus(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1)
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0
    counts.set(line, count - 1)
    return count <= 0
  })
}

function gone(scenario: ScenarioHistory, plan: Event<'plan'>): Part {
  const left: string[] = []
  const missing: string[] = []
  const seqs: Event['seq'][] = [plan.seq]
  const states = scenario.of('lease').filter(({ lease }) => lease === plan.lease)
  if (!states.some(({ state }) => state === 'applied')) {
    // What its proofs find may be another fault's: this one was refused, or failed on its way.
    const why = states.find(({ state }) => state === 'failed')?.detail
    return {
      left,
      missing: [`${plan.fault} was not applied, so that nothing shows what is left of it${why ? `: ${why}` : ''}`],
      seqs,
    }
  }
  for (const { state, detail } of states)
    if (state === 'expired' || state === 'failed') missing.push(`the lease of ${plan.fault} ${state}${detail ? `: ${detail}` : ''}`)
  if (!states.some(({ state }) => state === 'released')) missing.push(`the lease of ${plan.fault} was not released`)
  plan.expectations.forEach((expectation, step) => {
    const { machine } = expectation
    const proof = lastProof(scenario, plan, step, 'gone')
    if (proof === undefined) missing.push(`${plan.fault} was not proven gone on ${machine}`)
    else if (proof.answer === null) missing.push(`what would show ${plan.fault} gone on ${machine} could not be asked: ${seenIn(proof)}`)
    else {
      seqs.push(proof.seq)
      const endMs = states.find(({ state }) => state === 'releasing' || state === 'expired')?.atMs ?? proof.atMs
      const met = metIn(othersOnSame(scenario, plan), { fromMs: endMs, toMs: proof.atMs })
      if (holds(proof, expectation) === false && met)
        missing.push(`${plan.fault} on ${machine} is not shown to be gone while ${met.plan.fault} was in place`)
      else if (holds(proof, expectation) === false) left.push(`${plan.fault} on ${machine}: ${seenIn(proof)}`)
      if (holds(proof, expectation) === undefined) missing.push(`what would show ${plan.fault} gone on ${machine} cannot be read`)
    }
  })
  if (plan.expectations.length === 0) missing.push(`${plan.fault} names nothing that would show it gone`)
  return { left, missing, seqs }
}
