/**
 * The five questions of a scenario, each with its finding: was the fleet healthy before, did the faults take effect, were bystanders
 * unaffected, did all recover, and is nothing left?
 */
import { recovery } from '../checks/recovery.ts'
import { residue } from '../checks/residue.ts'
import { bystanderUptime, fleetUptime, uptime } from '../checks/uptime.ts'
import { effectOf } from '../evidence/effect.ts'
import type { Finding } from '../evidence/finding.ts'
import { concluded, unknown, worstOf } from '../evidence/finding.ts'
import { restartedBystanders } from '../evidence/incarnations.ts'
import { lastAnswers } from '../evidence/last-answers.ts'
import { isBroken } from '../evidence/measure.ts'
import { phasesOf, radiusOf, type Span, seconds, type Terms, termsOf, wordsFor } from '../evidence/scope.ts'
import { extentOf, spansIn, timelinesOf } from '../evidence/timeline.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import type { Read } from '../journal/reads.ts'
import { watchedIn, withTheirWord } from '../journal/watched.ts'
import type { Stage } from '../verdict.ts'

/** What they are judged by beside what their criteria read, which are always read: whether a bystander was restarted. */
export const stagesRead: readonly Read[] = [
  { name: 'processes', when: 'both' },
  ...[uptime, recovery, residue].flatMap(({ reads }) => reads),
]

/** @param judgedBy what a criterion says of this scenario: two stages are judged by one */
type JudgeStage = (history: History, scenario: ScenarioHistory, judgedBy: (criterion: string) => Finding) => Finding

export const judgeStage: Readonly<Record<Stage, JudgeStage>> = {
  steady: (history, scenario) =>
    worstOf([
      ...(scenario.declared.coldStart ? [cameUp(history, scenario)] : []),
      fleetUptime(history, scenario),
      healthyBefore(history, scenario),
    ]),
  effective: (history, scenario) => {
    const plans = scenario.of('plan')
    if (plans.length === 0) return unknown('no fault was applied', 'a scenario with a fault; noop is one')
    return worstOf(plans.map((plan) => effectOf(history, scenario, plan)))
  },
  held: (history, scenario) => worstOf([bystanderUptime(history, scenario), restartedBystanders(history, scenario)]),
  recovered: (history, scenario, judgedBy) => worstOf([judgedBy('recovery'), bystandersHealthy(history, scenario)]),
  clean: (_history, _scenario, judgedBy) => judgedBy('residue'),
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
  if (isBroken(measure)) return concluded('fail', measure, `the last agent was healthy after ${seconds(measure.value)}`, seqs)
  const told = new Set(started.map(({ agent }) => agent))
  const untold = history.topology?.agents.map(({ id }) => id).filter((id) => !told.has(id)) ?? []
  if (untold.length > 0)
    return unknown(`the boot script did not say that it started these: ${untold.join(', ')}`, 'a boot script that tells of every agent')
  return concluded('pass', measure, `all healthy ${seconds(measure.value)} after the start`, seqs)
}

/** The last thing that each agent, and each service beside them, said before anything was done. */
function healthyBefore(history: History, scenario: ScenarioHistory): Finding {
  const agents = history.topology?.agents.map(({ id }) => id as string) ?? []
  const terms = termsOf(history, scenario)
  const span = terms && undisturbed(history, scenario, terms)
  if (terms === undefined || span === undefined) return unknown('there was no steady phase', 'a run that gets that far')
  const watched = watchedIn(history.topology)
  const { ids, batches } = lastAnswers(history, terms, span, watched)
  const healthy = ids('ok', 'stray').filter((id) => agents.includes(id)).length
  const measure = { value: healthy, limit: agents.length, unit: 'agents' } as const
  const seqs = [terms.seq, ...batches]
  if (ids('failed').length > 0) return concluded('fail', measure, `not healthy at the end of steady: ${ids('failed').join(', ')}`, seqs)
  const open = ids('unseen')
  if (open.length > 0 || agents.length === 0)
    return unknown(`not seen at the end of steady: ${open.join(', ') || 'no agent is listed'}`, 'a longer steady phase')
  return concluded('pass', measure, `all ${wordsFor(history, watched)} healthy at the end of steady${strayWords(ids('stray'))}`, seqs)
}

/** One bad slot behind a good one is no outage, and is told. */
function strayWords(ids: readonly string[]): string {
  return ids.length > 0 ? `, by the slot before the last of ${ids.join(', ')}` : ''
}

/** From the begin of steady until the first fault may be felt, which is one and the same for all of them. */
function undisturbed(history: History, scenario: ScenarioHistory, terms: Terms): Span | undefined {
  const [first] = [...spansIn(timelinesOf(history, scenario, terms), 'fleet').values()].flat()
  return first
}

/** Those outside the blast radius, the services among them, are healthy at the last read: a budget of uptime is for being down, not for staying so. */
function bystandersHealthy(history: History, scenario: ScenarioHistory): Finding {
  const terms = termsOf(history, scenario)
  const last = extentOf(history, scenario)
  if (terms === undefined || last === undefined || phasesOf(scenario, 'recovery').length === 0)
    return unknown('there was no recovery phase', 'a run that gets that far')
  const affected = new Set(withTheirWord([...radiusOf(scenario)], history.topology?.services ?? []))
  const others = watchedIn(history.topology).filter((id) => !affected.has(id))
  const { ids, batches } = lastAnswers(history, terms, last, others)
  const measure = { value: ids('failed').length, limit: 0, unit: 'findings' } as const
  const seqs = [terms.seq, ...scenario.phases.map(({ seq }) => seq), ...batches]
  if (ids('failed').length > 0)
    return concluded('fail', measure, `outside the blast radius, and not healthy at the last read: ${ids('failed').join(', ')}`, seqs)
  const open = ids('unseen')
  if (open.length > 0) return unknown(`not seen at the last read: ${open.join(', ')}`, 'a run that asks them until its end')
  return concluded('pass', measure, `all bystanders healthy at the last read${strayWords(ids('stray'))}`, seqs)
}
