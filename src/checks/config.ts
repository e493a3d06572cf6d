/** The boot scripts' own answers, and our own reading of the same configs: both must find nothing wrong. */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { holds, lastProof } from '../journal/proof.ts'
import type { Check } from './check.ts'
import { concluded, type Finding, unknown } from './finding.ts'

export const config: Check = { id: 'config', promise: 'schema validation is active for both configs, and every script is found', judge }

function judge(history: History, scenario: ScenarioHistory): Finding {
  const machines = history.topology?.machines ?? []
  const boots = bootsFor(history, scenario)
  const ours = history.configFindings
  if (machines.length === 0 || history.topology?.agents.length === 0) return unknown('the configs list no agent', 'configs with agents')

  const said = boots.flatMap((boot) => complaints(history, boot))
  const taken = takenInstead(scenario)
  const read = (ours?.findings ?? []).filter(({ severity }) => severity === 'error')
  const all = [
    ...read.map(({ rule, message, file, line }) => `${file}:${line}: ${rule}: ${message}`),
    ...said.filter((complaint, place) => said.indexOf(complaint) === place), // its dry run and its real one say the same
    ...taken.map(({ machine }) => `${machine}: a change that must be refused was taken by its deploy path`),
  ]
  const measure = { value: all.length, limit: 0, unit: 'findings' } as const
  const seqs = [history.topology?.seq, ours?.seq, ...boots.map(({ seq }) => seq), ...taken.map(({ seq }) => seq)]
  if (all.length > 0) return concluded('fail', measure, all.join('; '), seqs)
  const silent = machines.flatMap(({ id }) =>
    [true, false]
      .filter((dryRun) => !boots.some((boot) => boot.machine === id && boot.dryRun === dryRun))
      .map((dryRun) => `${runOf(dryRun)} of ${id}`),
  )
  if (silent.length > 0)
    return unknown(`the boot script never answered: ${silent.join(', ')}`, 'a scenario that starts from cold, such as boot')
  if (ours === undefined) return unknown('our own reading of the configs is not in the journal', 'a run that reads the configs first')
  const found = boots.filter(({ dryRun }) => !dryRun).reduce((sum, { scripts }) => sum + scripts.found, 0)
  return concluded(
    'pass',
    measure,
    `${found}/${history.topology?.agents.length ?? 0} scripts found; no finding, by the boot scripts or by us`,
    seqs,
  )
}

/** Changes that were offered to be refused, by the proofs of what was made of them. */
function takenInstead(scenario: ScenarioHistory): readonly Event<'proof'>[] {
  return scenario.of('plan').flatMap((plan) =>
    plan.expectations.flatMap(({ effective }, step) => {
      const proof = plan.fault === 'config-change' ? lastProof(scenario, plan, step, 'effective') : undefined
      const isOther = proof !== undefined && holds(proof, effective) === false && 'matches' in effective
      return isOther && effective.matches.includes('answer=refused') && proof.stdout.includes('answer=taken') ? [proof] : []
    }),
  )
}

/** Its own; where it used a fleet that was already up, the answers with which that fleet came up. */
function bootsFor(history: History, scenario: ScenarioHistory): readonly Event<'boot'>[] {
  const upToHere = history.scenarios.slice(0, history.scenarios.indexOf(scenario) + 1)
  return (
    upToHere
      .findLast((each) => (each === scenario ? each.declared.coldStart || each.of('boot').length > 0 : each.of('boot').length > 0))
      ?.of('boot') ?? []
  )
}

function complaints(history: History, { machine, dryRun, ok, scripts, findings, started }: Event<'boot'>): string[] {
  const listed = history.topology?.agents.filter((agent) => agent.machine === machine).length ?? 0
  const of = `boot of ${machine}`
  const never = started.filter(({ healthyMs }) => healthyMs === null).map(({ agent }) => agent)
  const list = [
    ...findings.map(({ rule, message }) => `${of}: ${rule}: ${message}`),
    ...(scripts.found === scripts.total ? [] : [`${of}: ${scripts.found}/${scripts.total} scripts found`]),
    ...(scripts.total === listed ? [] : [`${of}: it knows ${scripts.total} agents, and its config lists ${listed}`]),
    ...(never.length > 0 ? [`${of}: never healthy: ${never.join(', ')}`] : []),
  ]
  return ok || list.length > 0 ? list : [`${of}: its ${runOf(dryRun)} failed and did not say why`]
}

function runOf(dryRun: boolean): string {
  return dryRun ? 'dry run' : 'real run'
}
