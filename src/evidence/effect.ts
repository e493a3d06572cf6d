/**
 * Whether a fault was in effect for as long as it was held: an interval, from the first answer that shows it to the last, and from slot
 * to slot of those whom it silences. What is missing of it is unknown. A fault that never took effect was no test of the fleet, and is
 * unknown as well; one that did, and was seen not to be in effect while it was held, has failed.
 */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { holds, proofsOf } from '../journal/proof.ts'
import { concluded, type Finding, unknown } from './finding.ts'
import { askedIn, tally } from './outages.ts'
import { eachSlot, many, maskNaming, type See, type Span, seconds, type Terms, termsOf, wordsFor } from './scope.ts'
import { effectiveFromMs } from './timeline.ts'

/** Between the last of a fault's first proofs and the begin of its hold lies what the harness itself takes, and the clock's grain. */
const slackMs = 100

interface Leases {
  readonly applied: Event<'lease'>
  readonly releasing: Event<'lease'> | undefined
}

/** Whether it was in effect throughout, from end to end of its hold. */
export function effectOf(history: History, scenario: ScenarioHistory, plan: Event<'plan'>): Finding {
  return effect(history, scenario, plan, straySlots)
}

/** Why it may never have been in effect, or not to its end; undefined where all that was seen of it says that it was. */
export function withoutEffect(history: History, scenario: ScenarioHistory, plan: Event<'plan'>): string | undefined {
  const found = effect(history, scenario, plan, Number.POSITIVE_INFINITY)
  return found.outcome === 'pass' ? undefined : found.because
}

/** @param mayMiss slots of one silenced agent that need not have been seen */
function effect(history: History, scenario: ScenarioHistory, plan: Event<'plan'>, mayMiss: number): Finding {
  const leases = leasesOf(scenario, plan)
  if ('because' in leases) return leases
  if (!isInOrder(scenario, plan))
    return unknown(`${plan.fault}: the journal’s clock ran backwards while it was held`, 'a run on a host whose clock only goes forwards')
  const proven = provenThroughout(scenario, plan, leases)
  if ('outcome' in proven) return proven
  const silence = silentThroughout(history, scenario, plan, leases, mayMiss)
  if ('outcome' in silence) return silence
  const count = plan.expectations.length
  const measure = { value: count, limit: count, unit: 'proofs' } as const
  const machines = [...new Set(plan.expectations.map(({ machine }) => machine))].join(', ')
  const silent = silence.ids.length > 0 ? `, and ${wordsFor(history, silence.ids)} silent throughout` : ''
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
  if (lost) return wasLost(plan, lost, releasing)
  const seqs = steps.flatMap(({ first, last }) => [first?.seq, last?.seq]).filter((seq) => seq !== undefined)
  const means = meansOf(steps.flatMap(({ first }) => first ?? []))
  if (plan.lasts === 'instant') return { words: '', means, seqs }
  if (releasing === undefined) return unknown(`${fault}: its release never began`, 'a run that gets to the release')
  const open = steps.find(({ last }) => last === undefined || last.seq < releasing.seq)
  const fromMs = Math.max(...steps.flatMap(({ first }) => first?.atMs ?? []))
  if (open) {
    const untilMs = open.last?.atMs ?? fromMs
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
  /** The last answer, where it still shows the effect. */
  readonly last: Event<'proof'> | undefined
  /** The first answer behind one that showed it, and that contradicts it, and the last before it that did not. */
  readonly lost: { readonly proof: Event<'proof'>; readonly since: Event<'proof'> | undefined } | undefined
}

function stepOf(
  scenario: ScenarioHistory,
  plan: Event<'plan'>,
  step: number,
  { machine, effective }: Event<'plan'>['expectations'][number],
): Step {
  const asked = proofsOf(scenario, plan, step, 'effective')
  const answers = asked.map((proof) => ({ proof, shows: holds(proof, effective) }))
  const from = answers.findIndex(({ shows }) => shows === true)
  const lost = answers.slice(from + 1).find(({ shows }) => shows === false)
  const shownBefore = (end: number) => answers.slice(0, end).findLast(({ shows }) => shows === true)?.proof
  return {
    machine,
    asked,
    first: answers[from]?.proof,
    last: answers.findLast(({ shows }) => shows === true)?.proof,
    lost: lost && { proof: lost.proof, since: shownBefore(answers.indexOf(lost)) },
  }
}

function neverInEffect(fault: string, { machine, asked }: Step): Finding {
  const last = asked.at(-1)
  if (last === undefined) return unknown(`${fault} was not proven on ${machine}`, 'a run that asks for proof')
  return unknown(`${fault} did not take effect on ${machine}: ${seenIn(last)}`, 'a look at what was seen there')
}

function wasLost({ fault }: Event<'plan'>, { proof, since }: NonNullable<Step['lost']>, releasing: Event<'lease'> | undefined): Finding {
  const release = releasing ? `, and was released at ${seconds(releasing.atMs)}` : ''
  const because = `${fault} was in effect on ${proof.machine} until ${seconds((since ?? proof).atMs)}, no more at ${seconds(proof.atMs)} (${seenIn(proof)})${release}`
  return concluded('fail', { value: 1, limit: 0, unit: 'findings' }, because, [proof.seq, releasing?.seq])
}

function seenIn({ stdout, stderr, exitCode }: Event<'proof'>): string {
  return stdout.trim() || stderr.trim() || `exit code ${exitCode}`
}

/** How long it was to be held. Beside a load it is held for as long as that lasts, which the load decides. */
function dueOf(scenario: ScenarioHistory, { holdMs }: Event<'plan'>, releasing: Event<'lease'>): number {
  const load = scenario.of('load').at(-1)
  const loadEnd = scenario.of('load-end').findLast(({ seq }) => seq < releasing.seq)
  if (releasing.because === 'held' || load === undefined || loadEnd === undefined) return holdMs
  return Math.min(holdMs, loadEnd.atMs - load.atMs)
}

/** Where there is more than one way to do a thing, its proof has lines `means PART=WAY`. */
function meansOf(proofs: readonly Event<'proof'>[]): string {
  const lines = proofs.flatMap((proof) => [...proof.stdout.matchAll(/^means (\S+)=(\S+)$/gm)])
  const ways = [...new Set(lines.map(([, part, way]) => `${part} by ${way}`))]
  return ways.length > 0 ? ` (${ways.join(', ')})` : ''
}

interface Silence {
  readonly ids: readonly string[]
  readonly batches: readonly number[]
}

/** One slot that was answered or lost says nothing, as one that failed says nothing of an agent that is to be up; two do. */
const straySlots = 1

function silentThroughout(
  history: History,
  scenario: ScenarioHistory,
  plan: Event<'plan'>,
  { releasing, applied }: Leases,
  mayMiss: number,
): Silence | Finding {
  const terms = termsOf(history, scenario)
  const { fault, silences } = plan
  if (silences.length === 0) return { ids: [], batches: [] }
  if (terms === undefined) return unknown(`${fault}: no agent was ever asked`, 'a run with the observer on')
  const fromMs = effectiveFromMs(scenario, plan) ?? applied.atMs
  const span = { fromMs, toMs: (releasing?.atMs ?? fromMs) - terms.timeoutMs } // who was asked later may have answered after the release
  const seen = silences.map((id) => answersOf(history, scenario, terms, plan, id, span))
  const masked = seen.filter(({ alone }) => alone.length === 0 && span.toMs > span.fromMs)
  const namesOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id).join(', ')
  if (masked.length > 0)
    return unknown(`${fault}: another fault silenced these all the while: ${namesOf(masked)}`, 'faults that do not cover each other')
  const unfelt = seen.filter(({ failed }) => failed === 0)
  if (unfelt.length > 0) return unknown(`${fault} was applied, and these were never seen to be silent: ${namesOf(unfelt)}`, 'a longer hold')
  const answered = seen.filter(({ ok }) => ok > straySlots)
  if (answered.length > 0) {
    const words = answered.map(
      ({ id, ok, failed, alone }) =>
        `${id} answered ${ok} of ${ok + failed} probes, first at ${firstAnswerOf(history, terms, id, alone).map(seconds).join('')}`,
    )
    const because = `${fault} was held from ${seconds(fromMs)} to ${seconds(releasing?.atMs ?? fromMs)}, and ${words.join('; ')}`
    const seqs = answered.flatMap(({ batches }) => batches)
    return concluded('fail', { value: answered.length, limit: 0, unit: 'agents' }, because, [plan.seq, ...seqs])
  }
  const unseen = seen.filter(({ ok, unknown: lost }) => ok + lost > mayMiss)
  if (unseen.length > 0) {
    const words = unseen.map(({ id, unknown: lost }) => `${id} (${many(lost, 'slot')})`).join(', ')
    return unknown(
      `${fault}: the observer did not see these throughout the hold: ${words}`,
      'a machine on which the observer is not starved',
    )
  }
  return { ids: silences, batches: seen.flatMap(({ batches }) => batches) }
}

function answersOf(history: History, scenario: ScenarioHistory, terms: Terms, plan: Event<'plan'>, id: string, span: Span) {
  const alone = without(span, othersThatSilence(scenario, plan, id))
  const counted = tally(history, terms, askedIn([id], alone))
  const ok = counted.known - counted.failed
  return { id, alone, ok, failed: counted.failed, unknown: counted.unknown, batches: counted.batches }
}

/** One instant, or none. */
function firstAnswerOf(history: History, terms: Terms, id: string, spans: readonly Span[]): readonly number[] {
  const found: number[] = []
  const see: See = (slot, _target, atMs) => {
    if (slot === 'ok') found.push(atMs)
    return slot === 'ok' ? 'enough' : undefined
  }
  for (const span of spans) eachSlot(history, terms, span, maskNaming(history, [id]), see)
  return found.slice(0, 1)
}

/** When other faults that silence this one may have been in place: its silence then says nothing of this fault. */
function othersThatSilence(scenario: ScenarioHistory, plan: Event<'plan'>, id: string): readonly Span[] {
  const others = scenario.of('plan').filter(({ lease, silences }) => lease !== plan.lease && silences.includes(id))
  return others.flatMap(({ lease }) => {
    const own = scenario.of('lease').filter((event) => event.lease === lease)
    const fromMs = own.find(({ state }) => state === 'applying')?.atMs
    const toMs = own.find(({ state }) => state === 'released')?.atMs ?? Number.POSITIVE_INFINITY
    return fromMs === undefined ? [] : [{ fromMs, toMs }]
  })
}

/** What is left of a span, in order. */
function without(span: Span, gone: readonly Span[]): readonly Span[] {
  const left = gone.reduce<readonly Span[]>(
    (spans, { fromMs, toMs }) =>
      spans.flatMap((each) => [
        { fromMs: each.fromMs, toMs: Math.min(each.toMs, fromMs) },
        { fromMs: Math.max(each.fromMs, toMs), toMs: each.toMs },
      ]),
    [span],
  )
  return left.filter(({ fromMs, toMs }) => toMs > fromMs)
}
