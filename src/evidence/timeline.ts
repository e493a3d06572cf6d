/**
 * Who is judged by what, at every moment: each scenario's time is divided for each agent and service from plans, leases and phases
 * alone, before any sample is looked at, so that no outage can choose the judgement that excuses it.
 */
import type { Event } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { holds, proofsOf } from '../journal/proof.ts'
import { affectedBy, watchedIn, withTheirWord } from '../journal/watched.ts'
import { disturbedFromMs, type Span, type Terms } from './scope.ts'

export const roles = [
  'fleet', //      nothing is being done to any of them
  'bystander', //  something is, and not to this one
  'silenced', //   a plan means this one not to answer: an answer contradicts the plan
  'affected', //   a plan changes this one and does not silence it: it counts, with the budget of the promise
  'recovering', // its fault is over: until it has recovered, and from then on it stays, to the last read
] as const
export type Role = (typeof roles)[number]

/** A part of the time of one agent or service. Without a role it is judged by no samples, for the reason that it names. */
export interface Part extends Span {
  readonly role: Role | undefined
  readonly because?: string
}

/** Adjacent, and in order. */
export type Timeline = readonly Part[]

/** An agent may take this long to notice that its work stands still. */
export const noticedMs = 5_000

/**
 * From the bring-up of its fleet, or from the end of the scenario before on the same one, to the last thing that was read of it. Behind
 * that the fleet may be on its way to being taken down, and the phase in which a run is cut short counts for nothing: an outage and
 * the end of the fleet look alike in it.
 */
export function extentOf({ scenarios }: History, scenario: ScenarioHistory): Span | undefined {
  const [first] = scenario.phases
  const fromMs = scenario.declared.coldStart ? first?.fromMs : scenario.declared.atMs
  const next = scenarios[scenarios.indexOf(scenario) + 1]?.declared
  const lastRead = scenario.of('snapshot').findLast(({ when }) => when === 'after')
  const toMs = next && !next.coldStart ? next.atMs : (lastRead?.atMs ?? scenario.phases.at(-1)?.fromMs)
  return fromMs === undefined || toMs === undefined || toMs <= fromMs ? undefined : { fromMs, toMs }
}

/** Of each agent and service, by its id; undefined where the scenario has no extent. */
export function timelinesOf(history: History, scenario: ScenarioHistory, terms: Terms): ReadonlyMap<string, Timeline> | undefined {
  const extent = extentOf(history, scenario)
  if (extent === undefined) return undefined
  const steadyMs = scenario.phases.find(({ name }) => name === 'steady')?.fromMs ?? extent.toMs
  const disturbedMs = disturbedFromMs(scenario, terms)
  const faults = scenario.of('plan').flatMap((plan) => courseOf(history, scenario, plan, terms))
  const { recoveryMs } = scenario.declared.limits
  const divide = (id: string): Timeline => {
    const own = faults.filter(({ ids }) => ids.has(id))
    const borders = [steadyMs, disturbedMs, ...own.flatMap((fault) => [...fault.bordersOf(id), ...recoveringIn(fault, recoveryMs)])]
    const times = [...new Set([extent.fromMs, ...borders, extent.toMs])].sort((a, b) => a - b)
    const parts = times.slice(1).map((toMs, place): Part => {
      const fromMs = times[place] as number
      return { fromMs, toMs, ...roleAt(id, fromMs, steadyMs, disturbedMs, own, recoveryMs) }
    })
    return joined(parts.filter(({ fromMs, toMs }) => fromMs >= extent.fromMs && toMs <= extent.toMs))
  }
  return new Map(watchedIn(history.topology).map((id) => [id, divide(id)]))
}

/** When each of these has that role, and for how long. */
export function spansIn(timelines: ReadonlyMap<string, Timeline> | undefined, role: Role): ReadonlyMap<string, readonly Span[]> {
  const spans = [...(timelines ?? [])].map(([id, parts]) => [id, parts.filter((part) => part.role === role)] as const)
  return new Map(spans.filter(([, own]) => own.length > 0))
}

/** When all steps of a fault had been shown to be in effect for the first time. */
export function effectiveFromMs(scenario: ScenarioHistory, plan: Event<'plan'>): number | undefined {
  const firsts = plan.expectations.map(
    (expectation, step) => proofsOf(scenario, plan, step, 'effective').find((proof) => holds(proof, expectation))?.atMs,
  )
  return firsts.reduce<number | undefined>(
    (a, b) => (a === undefined || b === undefined ? undefined : Math.max(a, b)),
    Number.NEGATIVE_INFINITY,
  )
}

type Standing = Pick<Part, 'role' | 'because'>

/** What one fault means for those in its blast radius, as time goes by. */
interface Course {
  readonly fault: string
  readonly ids: ReadonlySet<string>
  bordersOf(id: string): readonly number[]
  /** Undefined while it is not yet, or no more, its doing how they are. */
  at(id: string, atMs: number): Standing | undefined
  readonly endMs: number
}

function courseOf(history: History, scenario: ScenarioHistory, plan: Event<'plan'>, { timeoutMs }: Terms): readonly Course[] {
  const timeOf = (...states: readonly string[]) =>
    scenario.of('lease').find(({ lease, state }) => lease === plan.lease && states.includes(state))?.atMs
  const applyingMs = timeOf('applying')
  if (applyingMs === undefined) return []
  const fromMs = applyingMs - timeoutMs
  // An instant fault is over as soon as it began. What failed has ended somewhere: from its begin on it is owed a recovery.
  const endedMs = plan.lasts === 'instant' ? applyingMs : timeOf('releasing', 'expired')
  const endMs = Math.max(fromMs, (endedMs ?? Number.POSITIVE_INFINITY) - timeoutMs)
  const provenMs = effectiveFromMs(scenario, plan) ?? Number.POSITIVE_INFINITY
  const services = history.topology?.services ?? []
  const named = (ids: readonly string[] | undefined) => new Set(ids ?? [])
  const [silences, idles] = [named(plan.silences), named(plan.idles)]
  const restarts = named(withTheirWord(plan.restarts?.ids ?? [], services))
  // What speaks for an agent that is silenced falls silent with it, but nothing is concluded from that.
  const mayFail = named([...(plan.mayFail ?? []), ...withTheirWord([...silences, ...idles], services)])
  const restartedMs = applyingMs + (plan.restarts?.withinMs ?? 0)
  const dueMs = (id: string) => {
    if (silences.has(id)) return provenMs
    if (idles.has(id)) return provenMs + noticedMs
    return restarts.has(id) ? restartedMs : fromMs
  }
  const during = (id: string, atMs: number): Standing => {
    const isDue = atMs >= dueMs(id)
    if (silences.has(id) || idles.has(id))
      return isDue ? { role: 'silenced' } : { role: undefined, because: `while ${plan.fault} took effect` }
    if (mayFail.has(id)) return { role: undefined, because: `while ${plan.fault} was held, under which it may or may not answer` }
    return isDue ? { role: 'affected' } : { role: undefined, because: `while it restarted for ${plan.fault}` }
  }
  return [
    {
      fault: plan.fault,
      ids: new Set(affectedBy(plan, history.topology)),
      bordersOf: (id) => [fromMs, Math.min(endMs, Math.max(fromMs, dueMs(id))), endMs].filter(Number.isFinite),
      at: (id, atMs) => (atMs < fromMs || atMs >= endMs ? undefined : during(id, atMs)),
      endMs,
    },
  ]
}

/** From its end for as long as a recovery may take. */
function recoveringIn({ endMs }: Course, recoveryMs: number): readonly number[] {
  return Number.isFinite(endMs) ? [endMs, endMs + recoveryMs] : []
}

/**
 * Of several faults that are held, the one that leaves an answer least likely says how this one is judged. Where none of them silences it,
 * it may still be recovering from one that is over: that is no outage that these caused.
 */
function roleAt(id: string, atMs: number, steadyMs: number, disturbedMs: number, own: readonly Course[], recoveryMs: number): Standing {
  if (atMs < steadyMs) return { role: undefined, because: 'while the fleet came up' }
  const held = own.flatMap((fault) => fault.at(id, atMs) ?? [])
  const first = (role: Role | undefined) => held.find((standing) => standing.role === role)
  const least = first('silenced') ?? first(undefined)
  if (least) return least
  const over = own.find(({ endMs }) => atMs >= endMs && atMs < endMs + recoveryMs)
  if (held.length > 0 && over) return { role: undefined, because: `while it recovered from ${over.fault}, and another fault was held` }
  const [standing] = held
  if (standing) return standing
  if (own.some(({ endMs }) => atMs >= endMs)) return { role: 'recovering' }
  return { role: atMs < disturbedMs ? 'fleet' : 'bystander' }
}

function joined(parts: readonly Part[]): Timeline {
  const all: Part[] = []
  for (const part of parts) {
    const last = all.at(-1)
    if (last && last.role === part.role && last.because === part.because) all[all.length - 1] = { ...last, toMs: part.toMs }
    else all.push(part)
  }
  return all
}
