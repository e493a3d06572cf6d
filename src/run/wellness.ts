/**
 * Who is well at this moment, as far as the observer has told. It only paces the run (when to go on, when to give up); the
 * verdict is judged from the journal alone.
 */
import { type Answer, answers } from '../journal/event.ts'

export interface Wellness {
  /** Samples may come in any order: a time-out is told a second after the answers to later probes. */
  note(target: number, scheduledMs: number, code: number): void
  last(target: number): Answer | undefined
  /** Its newest answer is ok; with `sustainedMs`, it was so for as long, and no older probe is still open that could say otherwise. */
  isWell(target: number, sustainedMs: number): boolean
}

interface State {
  answer: Answer
  seenMs: number
  badMs: number
  okFromMs: number
  okToMs: number
}

/** @param timeoutMs how long a probe may stay open */
export function wellness(timeoutMs: number): Wellness {
  const states = new Map<number, State>()

  return {
    note(target, scheduledMs, code) {
      const answer = answers[code] as Answer
      const state = states.get(target) ?? { answer, seenMs: -Infinity, badMs: -Infinity, okFromMs: Infinity, okToMs: -Infinity }
      states.set(target, state)
      if (scheduledMs >= state.seenMs) {
        state.seenMs = scheduledMs
        state.answer = answer
      }
      if (answer === 'unsent') return // unknown: neither breaks a run of good answers nor makes it longer
      if (answer !== 'ok') {
        state.badMs = Math.max(state.badMs, scheduledMs)
        // The good answers after it begin somewhere that was not kept: the next one counts as the first.
        if (state.okFromMs <= scheduledMs) state.okFromMs = Infinity
        return
      }
      if (scheduledMs <= state.badMs) return
      state.okFromMs = Math.min(state.okFromMs, scheduledMs)
      state.okToMs = Math.max(state.okToMs, scheduledMs)
    },
    last: (target) => states.get(target)?.answer,
    isWell(target, sustainedMs) {
      const state = states.get(target)
      if (state === undefined) return false
      if (sustainedMs <= 0) return state.answer === 'ok'
      return state.okToMs - state.okFromMs >= sustainedMs + timeoutMs
    },
  }
}
