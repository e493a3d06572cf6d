/**
 * What is known of a journal before any of it is judged: when its fleet was up, whom its plans mean not to answer and when, and how much
 * the promise allows. It is written apart from the judge, and more simply, since it is what the judge is held against.
 */
import { answers, type Event } from '../journal/event.ts'
import { watchedIn, withTheirWord } from '../journal/watched.ts'
import type { Window } from './samples.ts'
import { ofKind, type Tape } from './tape.ts'

export interface Ground {
  /** Ids by their place in `samples.targets`; one past the last is the sentinel. */
  readonly ids: readonly string[]
  readonly agents: number
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly scenarios: readonly Stretch[]
  readonly plans: readonly Done[]
  readonly lags: readonly Window[]
}

/** A scenario: from the end of bring-up, or of the one before, to the last thing that was read of its fleet. */
export interface Stretch extends Window {
  readonly name: string
  readonly uptime: number
}

/** A fault as it was done. */
export interface Done {
  readonly plan: Event<'plan'>
  /** Begin of applying, done, begin of the release. */
  readonly fromMs: number
  readonly appliedMs: number
  readonly toMs: number
  /** Whose answers it changes: targets by their place, silenced or not. */
  readonly silenced: ReadonlySet<number>
  readonly affected: ReadonlySet<number>
  /** How long they may take to be back once it is over. */
  readonly limitMs: number
  /** How long they may take to be back while it is held, where it changes them and does not mean to silence them. */
  readonly restartMs: number
}

/** A change may restart whom it changes, whether its plan says so or not; without a word of it, no longer than this. */
const leastRestartMs = 30_000

export function groundOf(tape: Tape): Ground {
  const topology = tape.find((event) => event.kind === 'topology')
  const started = tape.find((event) => event.kind === 'observer')
  const ids = watchedIn(topology)
  return {
    ids,
    agents: topology?.agents.length ?? 0,
    intervalMs: started?.intervalMs ?? 250,
    timeoutMs: started?.timeoutMs ?? 1_000,
    scenarios: stretchesIn(tape, started?.timeoutMs ?? 0),
    plans: plansIn(tape, ids, topology?.services ?? []),
    lags: ofKind(tape, 'lag').map(({ fromMs, toMs }) => ({ fromMs, toMs })),
  }
}

function stretchesIn(tape: Tape, timeoutMs: number): readonly Stretch[] {
  const scenarios = ofKind(tape, 'scenario')
  let before: number | undefined
  return scenarios.flatMap((scenario, nth) => {
    const untilSeq = scenarios[nth + 1]?.seq ?? Number.POSITIVE_INFINITY
    const own = tape.filter(({ seq }) => seq > scenario.seq && seq < untilSeq)
    const steady = own.find((event) => event.kind === 'phase' && event.name === 'steady')
    const read = own.findLast((event) => event.kind === 'snapshot' && event.when === 'after')
    const fromMs = scenario.coldStart ? steady?.atMs : (before ?? steady?.atMs)
    before = read?.atMs
    if (fromMs === undefined || read === undefined) return []
    return [{ name: scenario.name, uptime: scenario.limits.uptime, fromMs, toMs: read.atMs - timeoutMs }]
  })
}

function plansIn(
  tape: Tape,
  ids: readonly string[],
  services: readonly { readonly id: string; readonly agent?: string }[],
): readonly Done[] {
  const targetsOf = (named: readonly string[]) => new Set(withTheirWord(named, services).map((id) => ids.indexOf(id)))
  const leases = ofKind(tape, 'lease')
  const limits = ofKind(tape, 'scenario')
  return ofKind(tape, 'plan').flatMap((plan) => {
    const at = (...states: readonly string[]) => leases.find(({ lease, state }) => lease === plan.lease && states.includes(state))?.atMs
    const fromMs = at('applying')
    if (fromMs === undefined) return []
    const appliedMs = at('applied') ?? fromMs
    const toMs = at('releasing', 'expired') ?? Number.POSITIVE_INFINITY
    const limitMs = limits.findLast(({ seq }) => seq < plan.seq)?.limits.recoveryMs ?? Number.POSITIVE_INFINITY
    const { restarts } = plan as { readonly restarts?: { readonly ids: readonly string[]; readonly withinMs: number } }
    const silenced = targetsOf([...plan.silences, ...(plan.idles ?? [])])
    const affected = targetsOf([...plan.radius, ...(restarts?.ids ?? [])])
    return [{ plan, fromMs, appliedMs, toMs, silenced, affected, limitMs, restartMs: Math.max(leastRestartMs, restarts?.withinMs ?? 0) }]
  })
}

const ok = answers.indexOf('ok')
const unsent = answers.indexOf('unsent')
/** Whoever answered for so long after a release is back; what comes then is no part of the recovery any more. */
const backMs = 15_000

/** Of one scenario: how long those were down whom nothing excuses, in all, and how long the promise may be stretched to allow. */
export interface Down {
  readonly scenario: string
  readonly ids: readonly string[]
  readonly downMs: number
  readonly boundMs: number
}

/**
 * Where this finds someone down for longer than can be meant, no verdict may be GO. It excuses more than the judge should, and counts
 * only what nobody can doubt: failures of slots that were seen, twice as many as the promise allows all who are watched together.
 */
export function inexcusable(tape: Tape): readonly Down[] {
  const ground = groundOf(tape)
  const { ids, intervalMs, timeoutMs, scenarios, lags } = ground
  const rows = scenarios.map(() => new Float64Array(ids.length))
  const backAt = recoveries(tape, ground)
  const windows = excuses(ground, backAt)
  for (const batch of ofKind(tape, 'samples')) {
    for (let place = 0; place < batch.targets.length; place++) {
      const answer = batch.answers[place] as number
      if (answer === ok || answer === unsent) continue
      const target = batch.targets[place] as number
      const atMs = batch.baseMs + (batch.scheduled[place] as number)
      const nth = scenarios.findIndex(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)
      if (nth < 0 || target >= ids.length) continue
      if (windows[target]?.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)) continue
      if (lags.some(({ fromMs, toMs }) => atMs >= fromMs - timeoutMs && atMs < toMs + timeoutMs)) continue
      const row = rows[nth] as Float64Array
      row[target] = (row[target] as number) + intervalMs
    }
  }
  return scenarios.flatMap((stretch, nth) => {
    const row = rows[nth] as Float64Array
    const down = [...row.keys()].filter((target) => (row[target] as number) > 0)
    const downMs = down.reduce((sum, target) => sum + (row[target] as number), 0)
    const boundMs = boundOf(ground, stretch) + 3 * intervalMs * down.length
    const named = down.map((target) => ids[target] as string)
    return downMs > Math.max(boundMs, 4 * intervalMs) ? [{ scenario: stretch.name, ids: named, downMs, boundMs }] : []
  })
}

/** Twice what the promise allows to all who are watched, together, in the whole of a scenario. */
export function boundOf({ ids }: Ground, { uptime, fromMs, toMs }: Stretch): number {
  return 2 * (1 - uptime) * ids.length * (toMs - fromMs)
}

/** So many good answers in a row are none that were under way when a fault took effect. */
const inARow = 10

/** Whoever a plan silences and who answered so many times in a row while it was held: the plan was not in effect all the while. */
export function contradicted(tape: Tape): readonly string[] {
  const { ids, plans, timeoutMs } = groundOf(tape)
  const silent = plans.filter(({ plan }) => plan.lasts !== 'instant' && plan.silences.length > 0)
  if (silent.length === 0) return []
  const rows = silent.map(() => new Map<number, number>())
  const found = new Set<string>()
  for (const batch of ofKind(tape, 'samples'))
    for (let place = 0; place < batch.targets.length; place++) {
      const target = batch.targets[place] as number
      const atMs = batch.baseMs + (batch.scheduled[place] as number)
      for (const [nth, { plan, appliedMs, toMs }] of silent.entries()) {
        if (atMs < appliedMs + timeoutMs || atMs >= toMs - timeoutMs || !plan.silences.includes(ids[target] as string)) continue
        const row = batch.answers[place] === ok ? (rows[nth]?.get(target) ?? 0) + 1 : 0
        rows[nth]?.set(target, row)
        if (row >= inARow) found.add(ids[target] as string)
      }
    }
  return [...found]
}

/** By plan: when all whom it affects had answered for long enough after it was over. */
function recoveries(tape: Tape, { plans }: Ground): readonly number[] {
  const failedMs = plans.map(({ fromMs, toMs, plan }) => (plan.lasts === 'instant' ? fromMs : toMs))
  const ends = [...failedMs]
  const backs = plans.map(() => Number.POSITIVE_INFINITY)
  for (const batch of ofKind(tape, 'samples'))
    for (let place = 0; place < batch.targets.length; place++) {
      if (batch.answers[place] === ok || batch.answers[place] === unsent) continue
      const atMs = batch.baseMs + (batch.scheduled[place] as number)
      for (const [nth, { affected, silenced }] of plans.entries()) {
        const target = batch.targets[place] as number
        if (atMs <= (ends[nth] as number) || !(affected.has(target) || silenced.has(target))) continue
        if (atMs - (failedMs[nth] as number) < backMs) failedMs[nth] = Math.max(atMs, failedMs[nth] as number)
        else backs[nth] = Math.min(backs[nth] as number, (failedMs[nth] as number) + backMs)
      }
    }
  return backs.map((back, nth) => Math.min(back, (failedMs[nth] as number) + backMs))
}

/** By target: when its failing can be meant. */
function excuses({ ids, plans, timeoutMs }: Ground, backAt: readonly number[]): readonly (readonly Window[])[] {
  return ids.map((_, target) =>
    plans.flatMap(({ plan, fromMs, toMs, silenced, affected, limitMs, restartMs }, nth): Window[] => {
      if (!silenced.has(target) && !affected.has(target)) return []
      const endMs = plan.lasts === 'instant' ? fromMs : toMs
      const after = { fromMs: endMs - timeoutMs, toMs: Math.min(endMs + limitMs + backMs, backAt[nth] as number) }
      const begun = { fromMs: fromMs - timeoutMs, toMs: silenced.has(target) ? endMs : Math.min(endMs, fromMs + restartMs) }
      return [begun, after]
    }),
  )
}
