/** Whether each expected alert was delivered when it had to be, and resolved when it had to be, as exactly as its times are known. */
import { seconds } from '../../evidence/scope.ts'
import type { ExpectedAlert } from '../../journal/event.ts'
import type { Delivered } from './delivered.ts'
import type { Held } from './held.ts'
import type { Window } from './stalls.ts'

export interface Timing {
  readonly held: Held
  /** When it was last read what was resolved. */
  readonly readMs: number
  /** Why it is not known that the faults took effect. */
  readonly noEffect: string | undefined
  /** What else than the fleet may have taken the time. */
  readonly stall: (window: Window) => string | undefined
}

export interface Judged {
  readonly wrong: readonly string[]
  readonly unsure: readonly string[]
}

type Found = { readonly sentence: string; readonly but: string | undefined }

export function judged(expected: ExpectedAlert, delivered: Delivered | undefined, timing: Timing): Judged {
  const found =
    delivered === undefined ? missing(expected, timing) : [...fired(expected, delivered, timing), ...resolved(expected, delivered, timing)]
  return {
    wrong: found.flatMap(({ sentence, but }) => (but === undefined ? [sentence] : [])),
    unsure: found.flatMap(({ sentence, but }) => (but === undefined ? [] : [but === '' ? sentence : `${sentence}, but ${but}`])),
  }
}

/** From this time on it need not have been delivered; before it, it cannot have been due. */
export function isTooEarlyFor({ afterMs }: ExpectedAlert, { appliedMs, toMs }: Held): boolean {
  return (toMs ?? appliedMs) - appliedMs < afterMs
}

function missing(expected: ExpectedAlert, { held, noEffect, stall }: Timing): Found[] {
  const { alert, level, channel, subjects = [], afterMs, withinMs } = expected
  if (isTooEarlyFor(expected, held)) return []
  const { appliedMs, toMs = appliedMs } = held
  const spareMs = toMs - appliedMs - afterMs - withinMs
  if (spareMs < 0) {
    const sentence = `${alert} may take ${seconds(afterMs + withinMs)}, and the fault was held for ${seconds(toMs - appliedMs)}`
    return [{ sentence, but: '' }]
  }
  const about = subjects.length === 0 ? '' : ` about ${subjects.join(' or ')}`
  const but = noEffect ?? stall({ fromMs: held.begunMs, toMs, excessMs: spareMs })
  return [{ sentence: `missing: ${level} ${alert} to ${channel}${about}`, but }]
}

function fired({ alert, afterMs, withinMs, subjects }: ExpectedAlert, { firedMs, uncertainMs }: Delivered, timing: Timing): Found[] {
  const { held, noEffect, stall } = timing
  const tookMs = firedMs - held.appliedMs
  const latestMs = afterMs + withinMs
  const words = `${alert} delivered ${seconds(Math.max(0, tookMs))} after the fault`
  const found: Found[] = []
  if (subjects === undefined) found.push({ sentence: `the journal does not say what ${alert} must be about`, but: '' })
  if (tookMs > latestMs) {
    const but = noEffect ?? stall({ fromMs: held.begunMs, toMs: firedMs, excessMs: tookMs - latestMs })
    found.push({ sentence: `late: ${words}, limit ${seconds(latestMs)}`, but: but ?? exact(tookMs - latestMs, uncertainMs) })
  }
  const soonestMs = held.begunMs + afterMs
  if (firedMs + uncertainMs < soonestMs) {
    const but = noEffect ?? stall({ fromMs: held.begunMs, toMs: firedMs, excessMs: Number.POSITIVE_INFINITY })
    found.push({ sentence: `too soon: ${words}, not before ${seconds(afterMs)}`, but })
  }
  return found
}

function resolved({ alert, resolvedMs: limitMs }: ExpectedAlert, delivered: Delivered, timing: Timing): Found[] {
  const { held, readMs, noEffect, stall } = timing
  const { resolvedMs, uncertainMs } = delivered
  const soonMs = (held.allUntilMs ?? Number.NEGATIVE_INFINITY) - (resolvedMs ?? Number.POSITIVE_INFINITY)
  if (soonMs > uncertainMs) return [{ sentence: `resolved too soon: ${alert}, ${seconds(soonMs)} before the release`, but: noEffect }]
  const { toMs } = held
  const endMs = resolvedMs ?? readMs
  if (toMs !== undefined && endMs - toMs > limitMs) {
    const tookMs = endMs - toMs
    const how = resolvedMs === null ? 'not resolved' : 'resolved late'
    const sentence = `${how}: ${alert}, ${seconds(tookMs)} after the release, limit ${seconds(limitMs)}`
    const but = stall({ fromMs: toMs, toMs: endMs, excessMs: tookMs - limitMs })
    return [{ sentence, but: but ?? exact(tookMs - limitMs, uncertainMs) }]
  }
  if (resolvedMs !== null) return []
  return [{ sentence: `${alert} was not resolved at the last read, and may take ${seconds(limitMs)} after the release`, but: '' }]
}

/** What is late by less than a read takes may have been in time. */
function exact(excessMs: number, uncertainMs: number): string | undefined {
  return excessMs <= uncertainMs ? `its time is known to within ${seconds(uncertainMs)}` : undefined
}
