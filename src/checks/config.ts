/**
 * The boot scripts' own answers, and our own reading of the same configs: both must find nothing wrong, a planted violation must be
 * refused, and each agent must be started after what it depends on. The order belongs here, and not to the steady stage: it is what the
 * configs ask for, and holds for every scenario on a fleet that was brought up once.
 */
import { concluded, type Finding, unknown } from '../evidence/finding.ts'
import { contradictionsIn, strangers, strayMachines } from '../evidence/membership.ts'
import { many } from '../evidence/scope.ts'
import { type StartOrder, startOrder } from '../evidence/start-order.ts'
import type { Event, Expectation, TopologyEvent } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { lastProof } from '../journal/proof.ts'
import type { Check } from './check.ts'

export const config: Check = {
  id: 'config',
  promise: 'both configs are validated against the schema, every script is found, and each agent is started after what it depends on',
  exercisedBy: 'boot',
  reads: [],
  limits: [],
  judge,
}

function judge(history: History, scenario: ScenarioHistory): Finding {
  const { topology } = history
  if (topology === undefined || topology.machines.length === 0 || topology.agents.length === 0)
    return unknown('the configs list no agent', 'configs with agents')
  const booted = bootedIn(history, scenario)
  const boots = booted?.of('boot') ?? []
  const ours = history.configFindings

  const said = boots.flatMap((boot) => complaints(topology, boot))
  const taken = takenInstead(scenario)
  const read = (ours?.findings ?? []).filter(({ severity }) => severity === 'error')
  const accepted = (booted?.of('validation') ?? []).filter(({ answer }) => answer === 'accepted')
  const order = startOrder(history, boots)
  const all = [
    ...read.map(({ rule, message, file, line }) => `${file}:${line}: ${rule}: ${message}`),
    ...said.filter((complaint, place) => said.indexOf(complaint) === place), // its dry run and its real one say the same
    ...accepted.map(({ machine, planted }) => `${machine}: its boot script accepted a config with ${planted}`),
    ...order.wrong,
    ...taken.map(({ machine }) => `${machine}: a change that must be refused was taken by its deploy path`),
  ]
  const measure = { value: all.length, limit: 0, unit: 'findings' } as const
  const asked = booted?.of('validation') ?? []
  const seqs = [topology.seq, ours?.seq, ...[...boots, ...asked, ...taken].map(({ seq }) => seq)]
  if (all.length > 0) return concluded('fail', measure, all.join('; '), seqs)
  const silent = topology.machines.flatMap(({ id }) =>
    [true, false]
      .filter((dryRun) => !boots.some((boot) => boot.machine === id && boot.dryRun === dryRun))
      .map((dryRun) => `${runOf(dryRun)} of ${id}`),
  )
  if (silent.length > 0)
    return unknown(`the boot script never answered: ${silent.join(', ')}`, 'a scenario that starts from cold, such as boot')
  if (ours === undefined) return unknown('our own reading of the configs is not in the journal', 'a run that reads the configs first')
  const open = [...unvalidated(topology, asked), ...inconsistent(topology, ours.findings, boots, asked), ...order.unknown]
  if (open.length > 0) return unknown(open.join('; '), 'a run whose reports all speak of the same fleet, in full')
  return concluded('pass', measure, shown(topology, boots, order), seqs)
}

function shown(topology: TopologyEvent, boots: readonly Event<'boot'>[], { dependencies }: StartOrder): string {
  const [agents, machines] = [topology.agents.length, topology.machines.length]
  const found = boots.filter(({ dryRun }) => !dryRun).reduce((sum, { scripts }) => sum + scripts.found, 0)
  const order =
    dependencies > 0
      ? `each of ${many(agents, 'agent')} started after its dependencies were healthy (${dependencies === 1 ? '1 dependency' : `${dependencies} dependencies`})`
      : 'no agent depends on another'
  return `${found}/${agents} scripts found; no finding by the boot scripts or by our own reading; a planted violation refused by ${machines}/${machines} boot scripts; ${order}`
}

/** Machines whose boot script was not seen to refuse anything: that it found nothing may be because it looked for nothing. */
function unvalidated({ machines }: TopologyEvent, asked: readonly Event<'validation'>[]): string[] {
  return machines.flatMap(({ id }) => {
    const answers = asked.filter(({ machine }) => machine === id)
    if (answers.length === 0) return [`no planted violation was given to the boot script of ${id}`]
    const unclear = answers.find(({ answer }) => answer !== 'refused')
    return unclear ? [`the boot script of ${id} neither refused nor accepted a planted violation: ${unclear.said.join(' ')}`] : []
  })
}

/** What the reports and our own reading know that the topology does not. */
function inconsistent(
  topology: TopologyEvent,
  ours: Event<'config-findings'>['findings'],
  boots: readonly Event<'boot'>[],
  asked: readonly Event<'validation'>[],
): string[] {
  const found = ours.flatMap(({ agents }) => agents)
  return [
    ...contradictionsIn(topology),
    ...strayMachines(
      topology,
      'a boot report',
      [...boots, ...asked].map(({ machine }) => machine),
    ),
    ...strangers(topology, 'our own reading of the configs', found),
    ...boots.flatMap(({ machine, dryRun, scripts, layers, started, findings }) => {
      const of = `the ${runOf(dryRun)} of ${machine}`
      const listed = topology.agents.filter((agent) => agent.machine === machine).length
      const named = [
        ...layers.flat().map((name) => `${machine}/${name}`),
        ...started.flatMap(({ agent, waitedFor = [] }) => [agent, ...waitedFor.map((other) => other.agent)]),
        ...findings.flatMap(({ agents }) => agents),
      ]
      const elsewhere = started.map(({ agent }) => agent).filter((agent) => !agent.startsWith(`${machine}/`))
      return [
        ...strangers(topology, of, named),
        ...(scripts.total > listed ? [`${of} knows ${scripts.total} agents, and the topology lists ${listed}`] : []),
        ...(elsewhere.length > 0 ? [`${of} started agents of another machine: ${elsewhere.join(', ')}`] : []),
      ]
    }),
  ]
}

/** Changes that were offered to be refused, by the proofs of what was made of them. */
function takenInstead(scenario: ScenarioHistory): readonly Event<'proof'>[] {
  return scenario.of('plan').flatMap((plan) =>
    plan.expectations.flatMap((expectation, step) => {
      const proof = plan.fault === 'config-change' ? lastProof(scenario, plan, step, 'effective') : undefined
      const isTaken = (proof?.answer as { readonly answer?: string } | null | undefined)?.answer === 'taken'
      return proof !== undefined && isTaken && wantsRefusal(expectation) ? [proof] : []
    }),
  )
}

function wantsRefusal({ effective }: Expectation): boolean {
  const parts = 'all' in effective ? effective.all : [effective]
  return parts.some((part) => 'path' in part && part.path === '/answer' && part.op === 'is' && part.value === 'refused')
}

/** Itself; where it used a fleet that was already up, the scenario in which that fleet came up. */
function bootedIn(history: History, scenario: ScenarioHistory): ScenarioHistory | undefined {
  const upToHere = history.scenarios.slice(0, history.scenarios.indexOf(scenario) + 1)
  return upToHere.findLast((each) =>
    each === scenario ? each.declared.coldStart || each.of('boot').length > 0 : each.of('boot').length > 0,
  )
}

function complaints(topology: TopologyEvent, { machine, dryRun, ok, scripts, findings, started }: Event<'boot'>): string[] {
  const listed = topology.agents.filter((agent) => agent.machine === machine).length
  const of = `boot of ${machine}`
  const never = started.filter(({ healthyMs }) => healthyMs === null).map(({ agent }) => agent)
  const list = [
    ...findings.map(({ rule, message }) => `${of}: ${rule}: ${message}`),
    ...(scripts.found === scripts.total ? [] : [`${of}: ${scripts.found}/${scripts.total} scripts found`]),
    ...(scripts.total >= listed ? [] : [`${of}: it knows ${scripts.total} agents, and its config lists ${listed}`]),
    ...(never.length > 0 ? [`${of}: never healthy: ${never.join(', ')}`] : []),
  ]
  return ok || list.length > 0 ? list : [`${of}: its ${runOf(dryRun)} failed and did not say why`]
}

function runOf(dryRun: boolean): string {
  return dryRun ? 'dry run' : 'real run'
}
