/** When a journal can be made longer without a change of anything it shows: nothing is done, no agent is down, and no notification is under way. */
import { answers } from '../journal/event.ts'
import { type Ground, groundOf } from './ground.ts'
import type { Window } from './samples.ts'
import { ofKind, type Tape } from './tape.ts'

/** Long enough for any agent that was down to have recovered beyond doubt. */
const settledMs = 15_000
/** Shorter than this nothing can be put between two instants without touching what was due just before. */
const leastMs = 1_000

/** In steady, up to the last probe that can still be open at the first fault; and after the last fault, from when all had settled. */
export function calmWindows(tape: Tape, ground: Ground = groundOf(tape)): readonly Window[] {
  return ground.scenarios.flatMap((stretch) => {
    const steady = tape.find(({ kind, atMs }) => kind === 'phase' && atMs >= stretch.fromMs)
    const done = ground.plans.filter(({ fromMs }) => fromMs >= stretch.fromMs && fromMs < stretch.toMs)
    const first = Math.min(...done.map(({ fromMs }) => fromMs), ...faultPhases(tape, stretch))
    const over = done.map(({ plan, fromMs, toMs }) => (plan.lasts === 'instant' ? fromMs : toMs))
    const settled = Math.max(stretch.fromMs, ...over, lastFailure(tape, stretch), ...messages(tape, stretch)) + settledMs
    return [
      { fromMs: Math.max(stretch.fromMs, steady?.atMs ?? 0) + ground.timeoutMs, toMs: first - 2 * ground.timeoutMs },
      { fromMs: settled, toMs: stretch.toMs },
    ].filter(({ fromMs, toMs }) => toMs - fromMs >= leastMs && Number.isFinite(toMs))
  })
}

function faultPhases(tape: Tape, { fromMs, toMs }: Window): readonly number[] {
  return ofKind(tape, 'phase').flatMap(({ name, atMs }) => (name === 'fault' && atMs >= fromMs && atMs < toMs ? [atMs] : []))
}

function lastFailure(tape: Tape, { fromMs, toMs }: Window): number {
  const ok = answers.indexOf('ok')
  let last = fromMs
  for (const batch of ofKind(tape, 'samples'))
    for (const [place, answer] of batch.answers.entries()) {
      const atMs = batch.baseMs + (batch.scheduled[place] as number)
      if (answer !== ok && atMs > last && atMs < toMs) last = atMs
    }
  return last
}

function messages(tape: Tape, { fromMs, toMs }: Window): readonly number[] {
  return ofKind(tape, 'notices')
    .flatMap(({ notices }) => notices.flatMap(({ firedMs, resolvedMs }) => [firedMs, resolvedMs ?? 0]))
    .filter((ms) => ms >= fromMs && ms < toMs)
}
