/** The five questions of a scenario, each with its finding: was it steady, did the fault bite, did the rest hold, did all come back, is it clean? */
import type { Finding } from '../checks/finding.ts'
import { concluded, unknown, worstOf } from '../checks/finding.ts'
import { checks } from '../checks/index.ts'
import {
  aftermath,
  eachSlot,
  maskNaming,
  radiusOf,
  type Span,
  seconds,
  steadySpans,
  type Terms,
  termsOf,
  wordsFor,
} from '../checks/scope.ts'
import { bystanderUptime, fleetUptime } from '../checks/uptime.ts'
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { holds, lastProof } from '../journal/proof.ts'
import { watchedIn, withTheirWord } from '../journal/watched.ts'
import type { Stage } from '../verdict.ts'

export const judgeStage: Readonly<Record<Stage, (history: History, scenario: ScenarioHistory) => Finding>> = {
  steady: (history, scenario) =>
    worstOf([
      ...(scenario.declared.coldStart ? [cameUp(history, scenario)] : []),
      fleetUptime(history, scenario),
      wellAtTheEnd(history, scenario),
    ]),
  effective: (history, scenario) => {
    const plans = scenario.of('plan')
    if (plans.length === 0) return unknown('no fault was applied', 'a scenario with a fault; noop is one')
    return worstOf(plans.map((plan) => bit(history, scenario, plan)))
  },
  held: bystanderUptime,
  recovered: (history, scenario) => worstOf([checks.recovery.judge(history, scenario), othersWell(history, scenario)]),
  clean: checks.residue.judge,
}

/** From cold, every agent was healthy within the limit, by the boot scripts' own clocks. */
function cameUp(history: History, scenario: ScenarioHistory): Finding {
  const machines = history.topology?.machines.map(({ id }) => id) ?? []
  const boots = scenario.of('boot').filter(({ dryRun }) => !dryRun)
  const started = boots.flatMap((boot) => boot.started)
  const limit = scenario.declared.limits.bootMs
  const measure = { value: Math.max(0, ...started.map(({ healthyMs }) => healthyMs ?? limit)), limit, unit: 'ms' } as const
  const seqs = boots.map(({ seq }) => seq)
  const never = started.filter(({ healthyMs }) => healthyMs === null).map(({ agent }) => agent)
  if (never.length > 0) return concluded('fail', measure, `the fleet did not come up; never healthy: ${never.join(', ')}`, seqs)
  const failed = boots
    .filter(({ ok }) => !ok)
    .map(({ machine, findings }) => [machine, ...findings.map(({ message }) => message)].join(': '))
  if (failed.length > 0)
    return concluded('fail', measure, `the fleet did not come up; the boot script gave up on ${failed.join('; ')}`, seqs)
  const silent = machines.filter((id) => !boots.some(({ machine }) => machine === id))
  if (machines.length === 0 || silent.length > 0)
    return unknown(
      `the boot script never said how it went${silent.length > 0 ? ` on ${silent.join(', ')}` : ''}`,
      'a run whose bring-up gets to its end',
    )
  if (measure.value > limit) return concluded('fail', measure, `the last agent was healthy after ${seconds(measure.value)}`, seqs)
  const told = new Set(started.map(({ agent }) => agent))
  const untold = history.topology?.agents.map(({ id }) => id).filter((id) => !told.has(id)) ?? []
  if (untold.length > 0)
    return unknown(`the boot script did not say that it started these: ${untold.join(', ')}`, 'a boot script that tells of every agent')
  return concluded('pass', measure, `all healthy ${seconds(measure.value)} after the start`, seqs)
}

/** The last thing that each agent, and each service beside them, said before anything was done. */
function wellAtTheEnd(history: History, scenario: ScenarioHistory): Finding {
  const watched = watchedIn(history.topology)
  const agents = history.topology?.agents ?? []
  const terms = termsOf(history, scenario)
  const [span] = terms ? steadySpans(scenario, terms).slice(-1) : []
  if (terms === undefined || span === undefined) return unknown('there was no steady phase', 'a run that gets that far')
  const { ids, batches } = lastWords(history, terms, span, watched)
  const isAgent = new Set(agents.map(({ id }) => id as string))
  const measure = { value: ids('ok').filter((id) => isAgent.has(id)).length, limit: agents.length, unit: 'agents' } as const
  const seqs = [terms.seq, ...batches]
  if (ids('failed').length > 0) return concluded('fail', measure, `not well at the end of steady: ${ids('failed').join(', ')}`, seqs)
  const open = ids('doubtful', undefined)
  if (open.length > 0 || agents.length === 0)
    return unknown(`nobody knows how these were at the end of steady: ${open.join(', ') || 'no agent is listed'}`, 'a longer steady phase')
  return concluded('pass', measure, `all ${wordsFor(history, watched)} well at the end of steady`, seqs)
}

/** How each of these was at the end of a span: one bad slot behind a good one may be chance, two are not. */
function lastWords(history: History, terms: Terms, span: Span, wanted: readonly string[]) {
  const watched = watchedIn(history.topology)
  const last = new Map<number, 'ok' | 'doubtful' | 'failed'>()
  const batches = new Map<number, number>()
  eachSlot(history, terms, span, maskNaming(history, wanted), (slot, target, _atMs, index) => {
    if (slot === 'unknown') return
    last.set(target, slot === 'ok' ? 'ok' : last.get(target) === 'ok' ? 'doubtful' : 'failed')
    batches.set(target, history.samples.batch[index] as number)
  })
  const named = new Set(wanted)
  const ids = (...how: readonly ('ok' | 'doubtful' | 'failed' | undefined)[]) =>
    watched.filter((id, target) => named.has(id) && how.includes(last.get(target)))
  return { ids, batches: [...batches.values()] }
}

/** Whoever was not to be hurt, the services among them, is well when it is over: a budget of uptime is for being down, not for staying so. */
function othersWell(history: History, scenario: ScenarioHistory): Finding {
  const terms = termsOf(history, scenario)
  const span = aftermath(scenario)
  if (terms === undefined || span === undefined) return unknown('there was no recovery phase', 'a run that gets that far')
  const hurt = new Set(withTheirWord([...radiusOf(scenario)], history.topology?.services ?? []))
  const others = watchedIn(history.topology).filter((id) => !hurt.has(id))
  const { ids, batches } = lastWords(history, terms, span, others)
  const measure = { value: ids('failed').length, limit: 0, unit: 'findings' } as const
  const seqs = [terms.seq, ...scenario.phases.map(({ seq }) => seq), ...batches]
  if (ids('failed').length > 0)
    return concluded('fail', measure, `outside the blast radius, and not well when it was over: ${ids('failed').join(', ')}`, seqs)
  const open = ids('doubtful', undefined)
  if (open.length > 0)
    return unknown(`nobody knows how these were when it was over: ${open.join(', ')}`, 'a run that asks them until its end')
  return concluded('pass', measure, 'all others were well when it was over', seqs)
}

/** A fault that is in place by its own proof, and was felt by those it silences. Whatever else it was, it was no test of the fleet. */
function bit(history: History, scenario: ScenarioHistory, plan: Event<'plan'>): Finding {
  const leases = scenario.of('lease').filter(({ lease }) => lease === plan.lease)
  const applied = leases.find(({ state }) => state === 'applied')
  if (applied === undefined) return unknown(`${plan.fault} was planned and not applied`, 'a run that gets that far')
  if (plan.targets.length === 0) return unknown(`${plan.fault} was aimed at nobody`, 'a fault with a target')
  const trouble = leases.find(({ state }) => state === 'failed' || state === 'expired')
  if (trouble)
    return unknown(`${plan.fault}: its lease ${trouble.state}${trouble.detail ? `: ${trouble.detail}` : ''}`, 'a run without that')

  const proofs = plan.expectations.map(({ machine, effective }, step) => {
    const proof = lastProof(scenario, plan, step, 'effective')
    return { machine, proof, held: proof && holds(proof, effective) }
  })
  const open = proofs.find(({ held }) => held !== true)
  if (open?.proof) {
    const saw = open.proof.stdout.trim() || open.proof.stderr.trim() || `exit code ${open.proof.exitCode}`
    return unknown(`${plan.fault} did not bite on ${open.machine}: ${saw}`, 'a look at what was seen there')
  }
  if (open || proofs.length === 0)
    return unknown(`${plan.fault} was not proven${open ? ` on ${open.machine}` : ''}`, 'a run that asks for proof')

  const endMs = leases.find(({ state }) => state === 'releasing')?.atMs ?? applied.atMs
  const { felt, batches } = whoFelt(history, scenario, plan, applied.atMs, endMs)
  const spared = plan.silences.filter((agent) => !felt.has(agent))
  const masked = spared.filter((agent) => othersThatSilence(scenario, plan, agent).length > 0)
  if (masked.length > 0)
    return unknown(`${plan.fault}: another fault silenced these all the while: ${masked.join(', ')}`, 'faults that do not cover each other')
  if (spared.length > 0) return unknown(`${plan.fault} was applied, and these answered all the same: ${spared.join(', ')}`, 'a longer hold')
  const measure = { value: proofs.length, limit: proofs.length, unit: 'proofs' } as const
  const because = `${plan.fault} is proven on ${proofs.map(({ machine }) => machine).join(', ')}${meansOf(proofs)}${felt.size > 0 ? `, and ${wordsFor(history, [...felt])} fell silent` : ''}`
  return concluded('pass', measure, because, [plan.seq, applied.seq, ...proofs.map(({ proof }) => proof?.seq), ...batches])
}

/** Where there is more than one way to do a thing, its proof has lines `means PART=WAY`. */
function meansOf(proofs: readonly { readonly proof: Event<'proof'> | undefined }[]): string {
  const lines = proofs.flatMap(({ proof }) => [...(proof?.stdout ?? '').matchAll(/^means (\S+)=(\S+)$/gm)])
  const ways = [...new Set(lines.map(([, part, way]) => `${part} by ${way}`))]
  return ways.length > 0 ? ` (${ways.join(', ')})` : ''
}

/** When other faults that silence an agent may have been in place: its silence then says nothing of this one. */
function othersThatSilence(scenario: ScenarioHistory, plan: Event<'plan'>, agent: string): readonly Span[] {
  const others = scenario.of('plan').filter(({ lease, silences }) => lease !== plan.lease && silences.includes(agent))
  return others.map(({ lease, atMs: fromMs }) => {
    const released = scenario.of('lease').find((event) => event.lease === lease && event.state === 'released')
    return { fromMs, toMs: released?.atMs ?? Number.POSITIVE_INFINITY }
  })
}

function whoFelt(history: History, scenario: ScenarioHistory, plan: Event<'plan'>, fromMs: number, toMs: number) {
  const felt = new Set<string>()
  const batches: number[] = []
  const others = new Map(plan.silences.map((agent) => [agent, othersThatSilence(scenario, plan, agent)]))
  const terms = termsOf(history, scenario)
  const watched = watchedIn(history.topology)
  if (terms)
    eachSlot(history, terms, { fromMs, toMs }, maskNaming(history, plan.silences), (slot, target, atMs, index) => {
      const id = watched[target]
      if (slot !== 'failed' || id === undefined || felt.has(id)) return
      if (others.get(id)?.some((span) => atMs >= span.fromMs && atMs < span.toMs)) return
      felt.add(id)
      batches.push(history.samples.batch[index] as number)
    })
  return { felt, batches }
}
