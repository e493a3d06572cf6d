/**
 * Whether a fault was in effect for as long as it was held: an interval, from the first answer that shows it to the last, and from slot
 * to slot of those whom it silences. What is missing of it is unknown. A fault that never took effect was no test of the fleet, and is
 * unknown as well; one that did, and was seen not to be in effect while it was held, has failed.
 */
import type { Event, Expectation } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { begunMs, holds, proofsOf, seenIn } from '../journal/proof.ts'
import { concluded, type Finding, unknown } from './finding.ts'
import { byAnother, metIn, othersOnSame } from './meetings.ts'
import { type Span, seconds, wordsFor } from './scope.ts'
import { type Leases, longestUnseenMs, silentThroughout } from './silence.ts'

/** Between the last of a fault's first proofs and the begin of its hold lies what the harness itself takes, and the clock's grain. */
const slackMs = 100

/** Whether it was in effect throughout, from end to end of its hold. */
export function effectOf(history: History, scenario: ScenarioHistory, plan: Event<'plan'>): Finding {
  return effect(history, scenario, plan, longestUnseenMs)
}

/** Why it may never have been in effect, or not to its end; undefined where all that was seen of it says that it was. */
export function withoutEffect(history: History, scenario: ScenarioHistory, plan: Event<'plan'>): string | undefined {
  const found = effect(history, scenario, plan, Number.POSITIVE_INFINITY)
  return found.outcome === 'pass' ? undefined : found.because
}

/** @param mayMissMs of the silence of one agent that need not have been seen, in one piece */
function effect(history: History, scenario: ScenarioHistory, plan: Event<'plan'>, mayMissMs: number): Finding {
  const leases = leasesOf(scenario, plan)
  if ('because' in leases) return leases
  if (!isInOrder(scenario, plan))
    return unknown(`${plan.fault}: the journal’s clock ran backwards while it was held`, 'a run on a host whose clock only goes forwards')
  const proven = provenThroughout(scenario, plan, leases)
  if ('outcome' in proven) return proven
  const silence = silentThroughout(history, scenario, plan, leases, mayMissMs)
  if ('outcome' in silence) return silence
  const count = plan.expectations.length
  const measure = { value: count, limit: count, unit: 'proofs' } as const
  const machines = [...new Set(plan.expectations.map(({ machine }) => machine))].join(', ')
  const silent = silence.ids.length > 0 ? `, and ${wordsFor(history, silence.ids)} silent throughout${silence.but}` : ''
  const because = `${plan.fault} in effect on ${machines}${proven.means}${proven.words}${silent}`
  return concluded('pass', measure, because, [plan.seq, leases.applied.seq, ...proven.seqs, ...silence.batches])
}

function leasesOf(scenario: ScenarioHistory, plan: Event<'plan'>): Leases | Finding {
  const own = scenario.of('lease').filter(({ lease }) => lease === plan.lease)
  const applied = own.find(({ state }) => state === 'applied')
  if (applied === undefined) return unknown(`${plan.fault} was planned and not applied`, 'a run that gets that far')
  if (plan.targets.length === 0) return unknown(`${plan.fault} was aimed at no target`, 'a fault with a target')
  const trouble = own.find(({ state }) => state === 'failed' || state === 'expired')
  if (trouble)
    return unknown(`${plan.fault}: its lease ${trouble.state}${trouble.detail ? `: ${trouble.detail}` : ''}`, 'a run without that')
  return { applied, releasing: own.find(({ state }) => state === 'releasing') }
}

/** What came later in the journal may not have been earlier by its clock: then no time between two of these means anything. */
function isInOrder(scenario: ScenarioHistory, { lease }: Event<'plan'>): boolean {
  const own = [...scenario.of('lease'), ...scenario.of('proof')].filter((event) => event.lease === lease)
  const times = own.sort((a, b) => a.seq - b.seq).map(({ atMs }) => atMs)
  return times.every((atMs, place) => atMs >= (times[place - 1] ?? atMs))
}

interface Proven {
  readonly words: string
  readonly means: string
  readonly seqs: readonly Event['seq'][]
}

function provenThroughout(scenario: ScenarioHistory, plan: Event<'plan'>, { releasing }: Leases): Proven | Finding {
  const { fault, expectations } = plan
  if (expectations.length === 0) return unknown(`${fault} names nothing that would show it`, 'a fault with a proof')
  const steps = expectations.map((expectation, step) => stepOf(scenario, plan, step, expectation))
  const never = steps.find(({ first }) => first === undefined)
  if (never) return neverInEffect(fault, never)
  const lost = steps.flatMap(({ lost }) => lost ?? []).sort((a, b) => a.proof.atMs - b.proof.atMs)[0]
  if (lost) return wasLost(scenario, plan, lost, releasing)
  const seqs = steps.flatMap(({ first, last }) => [first?.seq, last?.seq]).filter((seq) => seq !== undefined)
  const means = meansOf(steps.flatMap(({ first }) => first ?? []))
  if (plan.lasts === 'instant') return { words: '', means, seqs }
  if (releasing === undefined) return unknown(`${fault}: its release never began`, 'a run that gets to the release')
  const away = steps.flatMap(({ machine, looks }) => lookedAway(machine, looks, releasing)).sort((a, b) => a.fromMs - b.fromMs)[0]
  if (away) return notLookedAt(plan, away)
  const open = steps.find(({ last }) => last === undefined || last.seq < releasing.seq || begunMs(last) + slackMs < releasing.atMs)
  const fromMs = Math.max(...steps.flatMap(({ first }) => first?.atMs ?? []))
  if (open) {
    const untilMs = open.last ? begunMs(open.last) : fromMs
    const because = `${fault} is not shown on ${open.machine} for the last ${seconds(releasing.atMs - untilMs)} of the time it was held`
    return unknown(because, 'a run that asks for proof at the end of the hold')
  }
  const heldMs = releasing.atMs - fromMs
  const dueMs = dueOf(scenario, plan, releasing)
  if (heldMs + slackMs < dueMs)
    return unknown(`${fault} was held for ${seconds(heldMs)}, and was to be for ${seconds(dueMs)}`, 'a run that holds it for its time')
  return { words: ` from ${seconds(fromMs)} to ${seconds(releasing.atMs)}, for ${seconds(heldMs)}`, means, seqs }
}

interface Step {
  readonly machine: string
  readonly asked: readonly Event<'proof'>[]
  readonly first: Event<'proof'> | undefined
  /** All that was asked from the first answer that shows the effect on, and whether it does. */
  readonly looks: readonly Look[]
  /** The last answer that shows the effect. */
  readonly last: Event<'proof'> | undefined
  /** The first answer behind one that showed it, and that contradicts it. */
  readonly lost: { readonly proof: Event<'proof'>; readonly sinceMs: number } | undefined
}

interface Look {
  readonly proof: Event<'proof'>
  readonly shows: boolean | undefined
}

function stepOf(scenario: ScenarioHistory, plan: Event<'plan'>, step: number, expectation: Expectation): Step {
  const asked = proofsOf(scenario, plan, step, 'effective')
  const all = [...asked, ...proofsOf(scenario, plan, step, 'lasting')].sort((a, b) => a.seq - b.seq)
  const answers = all.map((proof) => ({ proof, shows: holds(proof, expectation) }))
  const from = answers.findIndex(({ proof, shows }) => shows === true && proof.query === 'effective')
  const looks = from < 0 ? [] : answers.slice(from)
  const lost = looks.find(({ shows }) => shows === false)
  const shownBefore = (end: number) => looks.slice(0, end).findLast(({ shows }) => shows === true)?.proof
  return {
    machine: expectation.machine,
    asked,
    first: looks[0]?.proof,
    looks,
    last: looks.findLast(({ shows }) => shows === true)?.proof,
    lost: lost && { proof: lost.proof, sinceMs: (shownBefore(looks.indexOf(lost)) ?? lost.proof).atMs },
  }
}

/** A fault may end unseen between two looks: for no longer than this. */
const looksApartMs = 2_000

interface Away extends Span {
  readonly machine: string
  /** Why there was no answer in between, where somebody asked. */
  readonly problem: string | undefined
}

/** When nobody looked for too long, while it was held: from an answer to the begin of the next look that is answered. */
function lookedAway(machine: string, looks: readonly Look[], releasing: Event<'lease'>): readonly Away[] {
  const shown = looks.filter(({ shows }) => shows === true)
  return shown.flatMap((look, place) => {
    const next = shown[place + 1]
    const [fromMs, toMs] = [look.proof.atMs, Math.min(releasing.atMs, next ? begunMs(next.proof) : releasing.atMs)]
    if (toMs - fromMs <= looksApartMs + slackMs) return []
    const between = looks.slice(looks.indexOf(look), next && looks.indexOf(next))
    const problem = between.find(({ shows }) => shows === undefined)
    return [{ machine, fromMs, toMs, problem: problem && seenIn(problem.proof) }]
  })
}

function notLookedAt({ fault }: Event<'plan'>, { machine, fromMs, toMs, problem }: Away): Finding {
  const why = problem === undefined ? '' : `: ${problem}`
  return unknown(
    `${fault} is not shown on ${machine} from ${seconds(fromMs)} to ${seconds(toMs)} of the time it was held${why}`,
    `a run that looks at it at least every ${seconds(looksApartMs)}`,
  )
}

function neverInEffect(fault: string, { machine, asked }: Step): Finding {
  const last = asked.at(-1)
  if (last === undefined) return unknown(`${fault} was not proven on ${machine}`, 'a run that asks for proof')
  return unknown(`${fault} did not take effect on ${machine}: ${seenIn(last)}`, 'a look at what was seen there')
}

function wasLost(
  scenario: ScenarioHistory,
  plan: Event<'plan'>,
  { proof, sinceMs }: NonNullable<Step['lost']>,
  releasing: Event<'lease'> | undefined,
): Finding {
  const release = releasing ? `, and was released at ${seconds(releasing.atMs)}` : ''
  const met = metIn(othersOnSame(scenario, plan), { fromMs: sinceMs, toMs: proof.atMs })
  const because = `${plan.fault} was in effect on ${proof.machine} until ${seconds(sinceMs)}, no more at ${seconds(proof.atMs)} (${seenIn(proof)})${release}`
  if (met) return byAnother(plan, met.plan, because)
  return concluded('fail', { value: 1, limit: 0, unit: 'findings' }, because, [proof.seq, releasing?.seq])
}

/** How long it was to be held. Beside a load it is held for as long as that lasts, which the load decides. */
function dueOf(scenario: ScenarioHistory, { holdMs }: Event<'plan'>, releasing: Event<'lease'>): number {
  const load = scenario.of('load').at(-1)
  const loadEnd = scenario.of('load-end').findLast(({ seq }) => seq < releasing.seq)
  if (releasing.because === 'held' || load === undefined || loadEnd === undefined) return holdMs
  return Math.min(holdMs, loadEnd.atMs - load.atMs)
}

/** Where there is more than one way to do a thing, its answer names the means. */
function meansOf(proofs: readonly Event<'proof'>[]): string {
  const ways = proofs.flatMap(({ answer }) => (answer as { readonly means?: readonly string[] } | null)?.means ?? [])
  return ways.length > 0 ? ` (${[...new Set(ways)].join(', ')})` : ''
}
