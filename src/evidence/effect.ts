/**
 * Whether a fault was in effect for as long as it was held: an interval, from the first answer that shows it to the last, and from slot
 * to slot of those whom it silences. What is missing of it is unknown. A fault that never took effect was no test of the fleet, and is
 * unknown as well; one that did, and was seen not to be in effect while it was held, has failed.
 */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { begunMs, holds, proofsOf } from '../journal/proof.ts'
import { concluded, type Finding, unknown } from './finding.ts'
import { metIn, othersOnSame, othersThan } from './meetings.ts'
import { eachSlot, maskNaming, type Span, seconds, type Terms, termsOf, wordsFor } from './scope.ts'
import { effectiveFromMs, noticedMs } from './timeline.ts'

/** Between the last of a fault's first proofs and the begin of its hold lies what the harness itself takes, and the clock's grain. */
const slackMs = 100

interface Leases {
  readonly applied: Event<'lease'>
  readonly releasing: Event<'lease'> | undefined
}

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
  /** The last answer, where it still shows the effect. */
  readonly last: Event<'proof'> | undefined
  /** The first answer behind one that showed it, and that contradicts it. */
  readonly lost: { readonly proof: Event<'proof'>; readonly sinceMs: number } | undefined
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
    lost: lost && { proof: lost.proof, sinceMs: (shownBefore(answers.indexOf(lost)) ?? lost.proof).atMs },
  }
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

/** What contradicts it may be the other one's doing. */
function byAnother({ fault }: Event<'plan'>, other: Event<'plan'>, because: string): Finding {
  return unknown(`${fault}: ${other.fault} was done to the same meanwhile, and ${because}`, 'faults that do not meet on one target')
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
  /** Slots of these in which it was not seen, in words. */
  readonly but: string
  readonly batches: readonly number[]
}

/**
 * One slot that was answered says nothing beside enough that failed, as one that failed says nothing of an agent that is to be up; two do.
 */
const strayAnswers = 1
const slotsForAStray = 10
/** Between two failed slots of a silenced agent: what the observer did not see for longer than that is missing. */
const longestUnseenMs = 2_000

function silentThroughout(
  history: History,
  scenario: ScenarioHistory,
  plan: Event<'plan'>,
  { releasing, applied }: Leases,
  mayMissMs: number,
): Silence | Finding {
  const terms = termsOf(history, scenario)
  const { fault, silences } = plan
  // What does no work must not say that it is healthy, as soon as it can have noticed.
  const idles = plan.idles?.filter((id) => !silences.includes(id)) ?? []
  const wanted = [...silences, ...idles]
  if (wanted.length === 0) return { ids: [], but: '', batches: [] }
  if (terms === undefined) return unknown(`${fault}: no agent was ever asked`, 'a run with the observer on')
  const fromMs = effectiveFromMs(scenario, plan) ?? applied.atMs
  const span = { fromMs, toMs: (releasing?.atMs ?? fromMs) - terms.timeoutMs } // who was asked later may have answered after the release
  const spanOf = (id: string) => (idles.includes(id) ? { ...span, fromMs: fromMs + noticedMs } : span)
  const seen = wanted.map((id) => ({ id, ...answersOf(history, scenario, terms, plan, id, spanOf(id)) }))
  const masked = seen.filter(({ id, alone }) => alone.length === 0 && span.toMs > spanOf(id).fromMs)
  const namesOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id).join(', ')
  if (masked.length > 0)
    return unknown(`${fault}: another fault silenced these all the while: ${namesOf(masked)}`, 'faults that do not cover each other')
  // That one without work says it is healthy contradicts it, and not the fault, which the kernel shows.
  const unfelt = seen.filter(({ id, okMs, failed }) => failed === 0 && !(idles.includes(id) && okMs.length > strayAnswers))
  if (unfelt.length > 0) return unknown(`${fault} was applied, and these were never seen to be silent: ${namesOf(unfelt)}`, 'a longer hold')
  const answered = seen.filter(({ okMs }) => okMs.length > strayAnswers)
  if (answered.length > 0) {
    const words = answered.map(({ id, okMs, failed }) => {
      return `${id} answered ${okMs.length} of ${okMs.length + failed} probes, first at ${seconds(okMs[0] as number)}`
    })
    const because = `${fault} was held from ${seconds(fromMs)} to ${seconds(releasing?.atMs ?? fromMs)}, and ${words.join('; ')}`
    const seqs = answered.flatMap(({ batches }) => batches)
    const met = metIn(othersOnSame(scenario, plan), span)
    // What was sent before the other one began may still have been open when it did.
    const beforeMs = Math.min(span.toMs, (met?.fromMs ?? span.toMs) - terms.timeoutMs)
    const isOwn = answered.some(
      ({ id }) => answersOf(history, scenario, terms, plan, id, { ...spanOf(id), toMs: beforeMs }).okMs.length > strayAnswers,
    )
    if (met && !isOwn) return byAnother(plan, met.plan, because)
    return concluded('fail', { value: answered.length, limit: 0, unit: 'agents' }, because, [plan.seq, ...seqs])
  }
  const isStray = ({ okMs, failed }: { readonly okMs: readonly number[]; readonly failed: number }) =>
    okMs.length > 0 && failed < slotsForAStray
  const unseen = seen.filter((each) => each.unseenMs > mayMissMs || (isStray(each) && Number.isFinite(mayMissMs)))
  const words = (all: typeof seen) =>
    all.map(({ id, unseenMs, okMs }) => `${id} (${okMs.length > 0 ? 'one answer' : `not seen for ${seconds(unseenMs)}`})`).join(', ')
  if (unseen.length > 0) {
    return unknown(
      `${fault}: not seen to be silent throughout the hold: ${words(unseen)}`,
      'a machine on which the observer is not starved',
    )
  }
  const missed = seen.filter(({ okMs, unseenMs }) => okMs.length > 0 || unseenMs > 2 * terms.intervalMs)
  return { ids: wanted, but: missed.length > 0 ? `, but for ${words(missed)}` : '', batches: seen.flatMap(({ batches }) => batches) }
}

function answersOf(history: History, scenario: ScenarioHistory, terms: Terms, plan: Event<'plan'>, id: string, span: Span) {
  const alone = without(span, othersThatSilence(scenario, plan, id))
  const mask = maskNaming(history, [id])
  const okMs: number[] = []
  const batches = new Set<number>()
  let failed = 0
  let unseenMs = 0
  for (const part of alone) {
    let seenMs = part.fromMs
    const see = (atMs: number) => {
      unseenMs = Math.max(unseenMs, atMs - seenMs)
      seenMs = atMs
    }
    eachSlot(history, terms, part, mask, (slot, _target, atMs, index) => {
      if (slot === 'ok') okMs.push(atMs)
      if (slot !== 'failed') return
      failed += 1
      see(atMs)
      batches.add(history.samples.batch[index] as number)
    })
    see(part.toMs)
  }
  const named = [...batches]
  return { alone, okMs, failed, unseenMs, batches: [named[0], named.at(-1)].filter((batch) => batch !== undefined) }
}

/** When other faults that silence this one may have been in place: its silence then says nothing of this fault. */
function othersThatSilence(scenario: ScenarioHistory, plan: Event<'plan'>, id: string): readonly Span[] {
  return othersThan(scenario, plan).filter((other) => other.plan.silences.includes(id))
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
