/**
 * Watches, in what is being journaled, how those fare who are not meant to be hurt. It sees what the judge will see, only sooner, and
 * decides nothing but whether to go on.
 */
import { type Answer, answers, type EventBody, type SamplesEvent } from '../journal/event.ts'
import type { AbortCondition, Aborts } from './abort.ts'

/** One failed answer may be chance; two in a row of one agent are an outage. */
const failuresOfOutage = 2
/** Long enough that one lost answer of a small fleet is no drop, short enough that an old good time hides no new bad one. */
const windowMs = 5_000

interface Slot {
  readonly agent: string
  readonly scheduledMs: number
  /** When its answer had come, or its time was over; of a failure that came at once only its instant is known. */
  readonly knownMs: number
  readonly ok: boolean
}

/** @returns something to be told of every event, after it is written; it does nothing where no condition asks for it */
export function bystanderWatch({ conditions, trip }: Aborts, nowMs: () => number): (body: EventBody) => void {
  const watched = conditions.filter(({ kind }) => kind === 'uptime' || kind === 'bystanders')
  const [first] = watched
  if (first === undefined) return () => {}
  let agents: readonly string[] = []
  /** Undefined while nothing is to be watched: a fleet that comes up or goes down is not well. */
  let fromMs: number | undefined
  let seen = record()

  return (body) => {
    if (body.kind === 'topology') agents = body.agents.map(({ id }) => id)
    else if (body.kind === 'plan') seen.excuse(body.radius)
    else if (body.kind === 'scenario' || (body.kind === 'phase' && body.name === 'final')) {
      seen = record()
      fromMs = undefined
    } else if (body.kind === 'phase' && body.name === 'steady') fromMs = nowMs()
    else if (fromMs === undefined) return
    else if (body.kind === 'observer' && body.state === 'lost')
      trip(first.text, `nobody can see any more: the observer was lost${body.detail ? `: ${body.detail}` : ''}`, nowMs())
    else if (body.kind === 'samples') {
      for (const slot of slotsOf(body, agents)) {
        if (slot.scheduledMs < fromMs || !seen.add(slot)) continue
        for (const condition of watched) {
          const words = seen.met(condition, agents.length)
          if (words !== undefined) trip(condition.text, words, slot.knownMs)
        }
      }
    }
  }
}

/** What was seen of one scenario so far, as far as it can still matter. */
function record() {
  const radius = new Set<string>()
  const failing = new Map<string, number>()
  let recent: Slot[] = []
  const down = (times: number) => [...failing].flatMap(([agent, count]) => (count >= times ? [agent] : []))
  return {
    excuse(hurt: readonly string[]): void {
      for (const agent of hurt) {
        radius.add(agent)
        failing.delete(agent)
      }
      recent = recent.filter(({ agent }) => !radius.has(agent))
    },
    /** @returns false for whoever is meant to be hurt */
    add(slot: Slot): boolean {
      if (radius.has(slot.agent)) return false
      failing.set(slot.agent, slot.ok ? 0 : (failing.get(slot.agent) ?? 0) + 1)
      recent = recent.filter(({ scheduledMs }) => scheduledMs > slot.scheduledMs - windowMs)
      recent.push(slot)
      return true
    },
    /** @returns what was seen, in words, when the condition is met */
    met({ kind, limit }: AbortCondition, agents: number): string | undefined {
      const hurt = down(failuresOfOutage)
      if (kind === 'bystanders')
        return hurt.length >= limit ? `${hurt.length} hurt outside the blast radius: ${hurt.join(', ')}` : undefined
      if (recent.length < agents - radius.size) return undefined // nobody can speak of a share of what was not yet asked
      const share = recent.filter(({ ok }) => ok).length / recent.length
      if (share >= limit) return undefined
      return `${(100 * share).toFixed(1)} % of the last ${recent.length} answers outside the blast radius were good; failing: ${down(1).join(', ')}`
    },
  }
}

/** In the order in which they were known. What was never sent says nothing of anybody, and the sentinel is nobody's agent. */
function slotsOf({ baseMs, scheduled, targets, answers: codes, latency }: SamplesEvent, agents: readonly string[]): readonly Slot[] {
  return scheduled
    .flatMap((afterMs, place): Slot[] => {
      const answer = answers[codes[place] as number] as Answer
      const agent = agents[targets[place] as number]
      if (answer === 'unsent' || agent === undefined) return []
      const scheduledMs = baseMs + afterMs
      const tookMs = answer === 'ok' || answer === 'timeout' ? (latency[place] as number) : 0 // a refusal is written down with the whole time-out
      return [{ agent, scheduledMs, knownMs: scheduledMs + tookMs, ok: answer === 'ok' }]
    })
    .toSorted((a, b) => a.knownMs - b.knownMs)
}
