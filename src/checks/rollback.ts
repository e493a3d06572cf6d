/**
 * How long it took to take a bad change back, and whether it is back. The clock runs from the trigger of the rollback until all agents
 * that the change touched answer for good; the proofs say that the state is the one before, that each agent is a process started since,
 * and that it does what it did. A commit that is reverted beside a process that is not restarted is no rollback.
 */
import { concluded, evidence, type Finding, unknown, worstOf } from '../evidence/finding.ts'
import { sameProcesses } from '../evidence/incarnations.ts'
import { metIn, othersThan } from '../evidence/meetings.ts'
import { many, phasesOf, seconds, type Terms, termsOf } from '../evidence/scope.ts'
import { askedBefore, conclude, recoveryOf, silenceOf, trialOf, triggerOf } from '../evidence/sustained.ts'
import type { Event, Promises } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { holds, lastProof, lastShown } from '../journal/proof.ts'
import { type TrialSet, trialsNeeded } from '../statistics/trials.ts'
import type { Check } from './check.ts'

export const rollback: Check = {
  id: 'rollback',
  promise: 'every change is reversible within 5 minutes',
  exercisedBy: 'rollback-config',
  reads: [{ name: 'processes', when: 'both' }],
  limits: ['rollbackMs', 'rollbackAgentMs', 'rollbackConfigMs'],
  judge,
}

/** Faults that are a change; what a machine's deploy path refuses was never one. */
const changes = ['change', 'secret']
/** Kinds of change with a limit of their own: those of one agent, and those of a config. All others have the longest. */
const ofOneAgent = ['port', 'baseagent', 'exporter', 'hub']
const ofConfig = ['config']
/** What a machine's repository may be instead of what it was, in the words of `tool changed`. */
const otherStates: Readonly<Record<string, string>> = {
  dirty: 'has changes that are not committed',
  moved: 'is on another branch, or has commits beside the change and its revert',
  settings: 'has other hooks or settings of git than before',
}

function judge(history: History, scenario: ScenarioHistory): Finding {
  const plans = changesOf(scenario)
  const terms = termsOf(history, scenario)
  if (plans.length === 0) return unknown('no change was made, so that none was taken back', 'a scenario with a change')
  if (terms === undefined) return unknown('no agent was ever asked', 'a run with the observer on')
  return worstOf(plans.map((plan) => judgeChange(history, scenario, terms, plan)))
}

/** Of each change, one rollback, where it is known how it went. */
export function trialsOf(history: History, scenario: ScenarioHistory): readonly TrialSet[] {
  const terms = termsOf(history, scenario)
  if (terms === undefined) return []
  return changesOf(scenario).flatMap((plan) => {
    const { kind } = wentBack(scenario, plan)
    return trialOf(kind, limitOf(scenario.declared.limits, kind), judgeChange(history, scenario, terms, plan))
  })
}

function changesOf(scenario: ScenarioHistory): readonly Event<'plan'>[] {
  return scenario.of('plan').filter(({ fault }) => changes.includes(fault))
}

function judgeChange(history: History, scenario: ScenarioHistory, terms: Terms, plan: Event<'plan'>): Finding {
  const states = scenario.of('lease').filter(({ lease }) => lease === plan.lease)
  const trouble = states.find(({ state }) => state === 'expired' || state === 'failed')
  if (trouble)
    return unknown(`${plan.fault}: its lease ${trouble.state}${trouble.detail ? `: ${trouble.detail}` : ''}`, 'a run without that')
  const trigger = triggerOf(scenario, plan)
  if (trigger === undefined || plan.lasts === 'instant')
    return unknown(`${plan.fault}: its rollback never began`, 'a run that gets to the release')
  const went = wentIn(scenario, plan)
  if (went.missing !== undefined) return unknown(went.missing, 'a look at what was seen there')
  const noticed = silenceOf(history, scenario, terms, plan, trigger.atMs) // where it silences nobody, its proof is what noticed it
  if (noticed.spared.length > 0)
    return unknown(`the bad change was not noticed: these answered all the same: ${noticed.spared.join(', ')}`, 'a longer hold')

  const back = wentBack(scenario, plan)
  const limit = limitOf(scenario.declared.limits, back.kind)
  const seqs = [plan.seq, trigger.seq, terms.seq, ...went.seqs, ...back.seqs, ...noticed.batches]
  if (back.missing.length > 0) return unknown(back.missing.join('; '), 'a run that asks for proof of what it took back')
  if (back.wrong.length > 0) {
    const other = changedMeanwhile(scenario, plan, trigger)
    if (other)
      return unknown(
        `${back.wrong.join('; ')}; but ${other.fault} was in on the same machine meanwhile`,
        'changes of one machine one after the other',
      )
    const measure = { value: back.wrong.length, limit: 0, unit: 'findings' } as const
    return concluded('fail', measure, `the change of ${back.kind} is not taken back: ${back.wrong.join('; ')}`, seqs)
  }
  return clocked(history, scenario, terms, plan, trigger, limit, back.kind, seqs)
}

/** Another change on one of its machines that was in when this one was taken back: the state that is seen is of both. */
function changedMeanwhile(scenario: ScenarioHistory, plan: Event<'plan'>, trigger: Event<'lease'>): Event<'plan'> | undefined {
  const machines = plan.expectations.map(({ machine }) => machine)
  const others = othersThan(scenario, plan).filter(
    (other) => changes.includes(other.plan.fault) && other.plan.expectations.some(({ machine }) => machines.includes(machine)),
  )
  const proofs = plan.expectations.map((_, step) => lastProof(scenario, plan, step, 'gone')?.atMs ?? trigger.atMs)
  return metIn(others, { fromMs: trigger.atMs, toMs: Math.max(trigger.atMs, ...proofs) })?.plan
}

function clocked(
  history: History,
  scenario: ScenarioHistory,
  terms: Terms,
  plan: Event<'plan'>,
  trigger: Event<'lease'>,
  limit: number,
  kind: string,
  seqs: readonly number[],
): Finding {
  const agents = history.topology?.agents.map(({ id }) => id).filter((id) => plan.radius.includes(id)) ?? []
  if (agents.length === 0 || agents.length < plan.radius.length)
    return unknown('a change that touches no agent that is asked', 'a change of agents of this fleet')
  // Those whom another fault affects after this one's end are judged until then; how they recover from that is for recovery to say.
  const others = othersThan(scenario, plan).filter((other) => other.plan.radius.some((agent) => plan.radius.includes(agent)))
  const next = metIn(others, { fromMs: trigger.atMs, toMs: Number.POSITIVE_INFINITY })
  const untilMs = next && Math.max(trigger.atMs, next.plan.atMs - terms.timeoutMs)
  const askedMs = askedBefore(scenario, plan, trigger)
  const looked = { ...recoveryOf(history, scenario, terms, agents, trigger.atMs, untilMs), askedMs }
  const who = `rollback of ${kind}, ${many(agents.length, 'agent')}`
  const recovery = phasesOf(scenario, 'recovery').map(({ seq }) => seq)
  const limits = { limitMs: limit, uptime: scenario.declared.limits.uptime }
  const found = conclude(who, history, looked, terms, limits, [...seqs, ...recovery, ...looked.batches])
  if (found.outcome !== 'pass') return found
  const because = `${found.because}; old state, new process, old behaviour; at most ${seconds(found.measure.value)} in 1 trial, and ${trialsNeeded} would speak for 95 % of all`
  return { ...found, because }
}

interface Went {
  readonly missing?: string
  readonly seqs: readonly Event['seq'][]
}

/** The change was really in: what was never bad cannot be made good. */
function wentIn(scenario: ScenarioHistory, plan: Event<'plan'>): Went {
  const proofs = plan.expectations.map((expectation, step) => ({ expectation, proof: lastShown(scenario, plan, step) }))
  const open = proofs.some(({ expectation, proof }) => proof === undefined || holds(proof, expectation) !== true)
  const seqs = evidence(proofs.map(({ proof }) => proof?.seq))
  return open || proofs.length === 0 ? { missing: `${plan.fault}: nothing shows that the bad change was in`, seqs } : { seqs }
}

interface Back {
  readonly kind: string
  readonly wrong: readonly string[]
  readonly missing: readonly string[]
  readonly seqs: readonly Event['seq'][]
}

/** What the last proofs say of the state, and of each agent that the change touched. */
function wentBack(scenario: ScenarioHistory, plan: Event<'plan'>): Back {
  const proofs = plan.expectations.map(({ machine }, step) => ({ machine, proof: lastProof(scenario, plan, step, 'gone') }))
  const wrong: string[] = []
  const missing = proofs.flatMap(({ machine, proof }) =>
    proof === undefined ? [`nothing shows what is on ${machine} after the rollback`] : [],
  )
  const kind = proofs.map(({ proof }) => kindIn(proof)).find((found) => found !== 'none')
  for (const [step, { machine, proof }] of proofs.entries()) {
    const into = kindIn(lastShown(scenario, plan, step))
    if (proof !== undefined && kindIn(proof) !== into)
      missing.push(`the change that went in on ${machine} is ${into}, and the one that was taken back is ${kindIn(proof)}`)
    const states = statesIn(proof)
    if (proof !== undefined && states.length === 0) missing.push(`nothing is said of the state of ${machine}`)
    const other = states.find((state) => state !== 'old')
    if (other !== undefined) wrong.push(`${machine} ${otherStates[other] ?? 'is in another state than before'}`)
  }
  for (const agent of plan.radius) {
    const { process, behaviour } = accountOf(agent, proofs)
    if (process === undefined || behaviour === undefined) missing.push(`nothing is said of ${agent}`)
    else if (!processWords.includes(process)) missing.push(`nothing is said of the process of ${agent}`)
    if (process === 'stale') wrong.push(`${agent} is still the process from before the rollback`)
    if (process === 'none') wrong.push(`${agent} does not run`)
    if (behaviour !== undefined && behaviour !== 'old') wrong.push(`${agent} does not do what it did before`)
  }
  const fresh = plan.radius.filter((agent) => accountOf(agent, proofs).process === 'fresh')
  for (const { agent, pid } of sameProcesses(scenario, fresh))
    missing.push(`${agent} is the process from before the change by the kernel (pid ${pid}), and a new one by its proof`)
  if (plan.radius.length === 0) missing.push('the change touches no agent')
  return { kind: kind ?? plan.fault, wrong, missing, seqs: evidence(proofs.map(({ proof }) => proof?.seq)) }
}

/** Of what `tool changed` and `tool secret-look` say of an agent's process. */
const processWords = ['fresh', 'stale', 'none', 'same']

/** What `tool changed` and `tool secret-look` say, as far as a rollback is judged by it. */
interface Account {
  readonly kind?: string
  /** Of the repository. */
  readonly state?: string
  /** Of secrets. */
  readonly files?: Readonly<Record<string, { readonly state: string }>>
  readonly agents?: Readonly<Record<string, { readonly process?: string; readonly behaviour?: string }>>
}

function accountIn(proof: Event<'proof'> | undefined): Account {
  return (proof?.answer ?? {}) as Account
}

/** A proof of a secret names no kind: there is only one. */
function kindIn(proof: Event<'proof'> | undefined): string {
  return accountIn(proof).kind ?? 'none'
}

function statesIn(proof: Event<'proof'> | undefined): readonly string[] {
  const { state, files = {} } = accountIn(proof)
  return [...(state === undefined ? [] : [state]), ...Object.values(files).map((file) => file.state)]
}

function accountOf(agent: string, proofs: readonly { readonly machine: string; readonly proof: Event<'proof'> | undefined }[]) {
  const [machine, name = ''] = agent.split('/')
  const { agents } = accountIn(proofs.find((each) => each.machine === machine)?.proof)
  return agents !== undefined && Object.hasOwn(agents, name) ? (agents[name] ?? {}) : {}
}

function limitOf({ rollbackMs, rollbackAgentMs, rollbackConfigMs }: Promises, kind: string): number {
  const own = ofOneAgent.includes(kind) ? rollbackAgentMs : ofConfig.includes(kind) ? rollbackConfigMs : rollbackMs
  return Math.min(own, rollbackMs) // any change is one of these as well
}
