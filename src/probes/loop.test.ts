import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Answer } from '../journal/event.ts'
import type { Sample } from './batch.ts'
import { type Hands, openLoop, type Terms } from './loop.ts'
import { instantOf } from './schedule.ts'
import type { Lag } from './wakefulness.ts'

const terms: Terms = { timeoutMs: 1000, latenessMs: 100, inFlight: 1000 }
const schedule = { originMs: 0, intervalMs: 250, phase: 0, targets: 2 }

/** A world in which time passes only when told, and each probe is answered after `delayMs`, or never. */
function world(behave: (target: number, sentMs: number) => { answer: Answer; delayMs: number } | 'hang', given: Partial<Terms> = {}) {
  const state = { nowMs: 0, wallShiftMs: 0, blocked: false }
  const samples: Sample[] = []
  const lags: Lag[] = []
  let coming: { atMs: number; deliver: () => void }[] = []
  const hands: Hands = {
    nowMs: () => state.nowMs,
    wallMs: () => state.nowMs + state.wallShiftMs,
    send(target, done) {
      const plan = behave(target, state.nowMs)
      if (plan === 'hang') return () => {}
      const answer = { atMs: state.nowMs + plan.delayMs, deliver: () => done(plan.answer) }
      if (plan.delayMs === 0) done(plan.answer)
      else coming.push(answer)
      return () => {
        coming = coming.filter((one) => one !== answer)
      }
    },
    settled: (sample) => samples.push(sample),
    lagged: (lag) => lags.push(lag),
    blocked: () => state.blocked,
  }
  const loop = openLoop(schedule, { ...terms, ...given }, hands)
  let plannedMs = 0
  /** Ticks when the loop wants to, until this instant; answers are read in between, as an event loop does. */
  const until = (toMs: number) => {
    for (;;) {
      const next = Math.min(plannedMs, ...coming.map(({ atMs }) => atMs))
      if (next > toMs) break
      state.nowMs = Math.max(state.nowMs, next)
      deliver()
      if (plannedMs <= state.nowMs) plannedMs = loop.tick()
    }
    state.nowMs = Math.max(state.nowMs, toMs)
  }
  const deliver = () => {
    const ready = coming.filter(({ atMs }) => atMs <= state.nowMs)
    coming = coming.filter(({ atMs }) => atMs > state.nowMs)
    for (const { deliver } of ready) deliver()
  }
  /** The process sleeps: nothing is read and nothing ticks. */
  const sleep = (ms: number) => {
    state.nowMs += ms
  }
  return { state, samples, lags, loop, until, sleep }
}

const slotsOf = (samples: readonly Sample[]) => samples.map(({ scheduledMs }) => Math.round(scheduledMs)).sort((a, b) => a - b)
const prompt = () => ({ answer: 'ok', delayMs: 5 }) as const

test('each slot is probed at its instant, and its latency runs from there', () => {
  const { samples, until } = world(prompt)
  until(999)
  expect(samples.map(({ scheduledMs, target, answer, latencyMs }) => [scheduledMs, target, answer, Math.round(latencyMs)])).toEqual(
    [0, 125, 250, 375, 500, 625, 750, 875].map((ms, index) => [ms, index % 2, 'ok', 5]),
  )
})

test('how late a probe was sent is told, and of one that was not sent nothing is', () => {
  const { samples, until, sleep } = world(prompt)
  until(240)
  sleep(60)
  until(490)
  sleep(2000)
  until(3000)
  const at = (wantedMs: number) => samples.find(({ scheduledMs }) => scheduledMs === wantedMs)
  expect(at(125)).toMatchObject({ answer: 'ok', lateMs: 0, latencyMs: 5 })
  expect(at(250)).toMatchObject({ answer: 'ok', lateMs: 50, latencyMs: 55 })
  expect(at(1000)).toMatchObject({ answer: 'unsent', lateMs: 0 })
})

test('neighbouring slots are sent together: it need not wake for each', () => {
  let nowMs = 0
  const sent: number[] = []
  const hands: Hands = {
    nowMs: () => nowMs,
    wallMs: () => nowMs,
    send: (target, done) => {
      sent.push(target)
      done('ok')
      return () => {}
    },
    settled: () => {},
    lagged: () => expect.unreachable('it was always awake'),
    blocked: () => false,
  }
  const loop = openLoop({ ...schedule, targets: 1000 }, terms, hands)
  let wakes = 0
  for (; nowMs < 250; wakes++) nowMs = Math.ceil(loop.tick())
  expect(sent.length).toBeGreaterThan(900)
  expect(wakes).toBeLessThan(70)
})

test('a hang of 3 s is 3 s of failures, and holds nothing back', () => {
  const hangs = (ms: number) => ms >= 1000 && ms < 4000
  const { samples, until } = world((target, sentMs) => (target === 0 && hangs(sentMs) ? 'hang' : prompt()))
  until(8000)
  const failed = samples.filter(({ answer }) => answer !== 'ok')
  expect(failed.map(({ answer }) => answer)).toEqual(Array(12).fill('timeout'))
  expect(failed.every(({ target, latencyMs }) => target === 0 && latencyMs === 1000)).toBe(true)
  expect(failed.length * schedule.intervalMs).toBe(3000)
})

test('an answer after the time allowed is a time-out, whatever it says', () => {
  const { samples, until } = world(() => ({ answer: 'ok', delayMs: 1001 }))
  until(3000)
  expect(new Set(samples.map(({ answer }) => answer))).toEqual(new Set(['timeout']))
  const inTime = world(() => ({ answer: 'ok', delayMs: 999 }))
  inTime.until(3000)
  expect(new Set(inTime.samples.map(({ answer }) => answer))).toEqual(new Set(['ok']))
})

test('slots that were slept through are unsent, not down, and the sleep is told', () => {
  const { samples, lags, until, sleep } = world(prompt)
  until(990)
  sleep(2000)
  until(3500)
  expect(slotsOf(samples)).toEqual(Array.from({ length: 28 }, (_, i) => i * 125))
  const unsent = samples.filter(({ answer }) => answer === 'unsent').map(({ scheduledMs }) => scheduledMs)
  expect(unsent).toEqual(Array.from({ length: 16 }, (_, i) => 1000 + i * 125))
  expect(samples.filter(({ answer }) => answer !== 'unsent').every(({ answer }) => answer === 'ok')).toBe(true)
  expect(lags).toEqual([{ fromMs: 1000, toMs: 2990, cause: 'event-loop' }])
})

test('a time-out over which the observer slept is unknown', () => {
  const { samples, until, sleep } = world((_, sentMs) => (sentMs < 900 ? 'hang' : prompt()))
  until(990)
  sleep(300)
  until(3000)
  const early = samples.filter(({ scheduledMs }) => scheduledMs < 900)
  expect(early).toHaveLength(8)
  expect(new Set(early.map(({ answer }) => answer))).toEqual(new Set(['unsent']))
})

test('a clock that jumps is told', () => {
  const { state, lags, until } = world(prompt)
  until(500)
  state.wallShiftMs = -60_000
  until(1000)
  expect(lags.map(({ cause }) => cause)).toEqual(['clock'])
  expect(lags[0]).toMatchObject({ fromMs: 500, toMs: 550 })
})

test('probes in flight are capped, and what does not fit is unsent', () => {
  const { samples, loop, until } = world(() => 'hang', { inFlight: 3 })
  until(900)
  expect(loop.outstanding()).toBe(3)
  expect(samples.filter(({ answer }) => answer === 'unsent').map(({ scheduledMs }) => scheduledMs)).toEqual([375, 500, 625, 750, 875])
  until(1500)
  expect(samples.some(({ answer, scheduledMs }) => answer === 'timeout' && scheduledMs === 0)).toBe(true)
})

test('while nobody takes the samples nothing is sent or held, and afterwards each slot is still told', () => {
  const { state, samples, until } = world(prompt)
  until(490)
  state.blocked = true
  until(100_000)
  expect(samples).toHaveLength(4)
  state.blocked = false
  until(101_000)
  expect(slotsOf(samples)).toEqual(Array.from({ length: samples.length }, (_, i) => i * 125))
  expect(samples.length).toBeGreaterThan(800)
  expect(samples.filter(({ answer }) => answer === 'unsent').length).toBeGreaterThan(780)
  expect(samples.every(({ answer }) => answer === 'ok' || answer === 'unsent')).toBe(true)
})

test('told to stop, it sends nothing more and lets what is outstanding end', () => {
  const { samples, loop, until } = world((target) => (target === 0 ? 'hang' : prompt()))
  until(300)
  loop.stop()
  expect(loop.outstanding()).toBe(2)
  until(2000)
  expect(loop.outstanding()).toBe(0)
  expect(slotsOf(samples)).toEqual([0, 125, 250])
})

test('whatever happens, each slot up to the end appears exactly once, and only the asked could fail', () => {
  const anyEpisode = fc.oneof(
    fc.record({ kind: fc.constant('run' as const), ms: fc.integer({ min: 1, max: 2000 }) }),
    fc.record({ kind: fc.constant('sleep' as const), ms: fc.integer({ min: 1, max: 3000 }) }),
    fc.record({ kind: fc.constant('block' as const), ms: fc.integer({ min: 1, max: 3000 }) }),
  )
  const anyBehaviour = fc.oneof(
    fc.constant('hang' as const),
    fc.record({ answer: fc.constantFrom<Answer>('ok', 'unreachable', 'malformed'), delayMs: fc.integer({ min: 0, max: 1500 }) }),
  )
  fc.assert(
    fc.property(
      fc.array(anyEpisode, { maxLength: 12 }),
      fc.array(anyBehaviour, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 20 }),
      (episodes, behaviours, inFlight) => {
        let sent = 0
        const { state, samples, loop, until, sleep } = world(() => behaviours[sent++ % behaviours.length] as 'hang', { inFlight })
        for (const { kind, ms } of episodes) {
          state.blocked = kind === 'block'
          if (kind === 'sleep') sleep(ms)
          else until(state.nowMs + ms)
        }
        state.blocked = false
        until(state.nowMs + 100)
        loop.stop()
        const endMs = state.nowMs
        until(endMs + 2 * terms.timeoutMs)
        expect(loop.outstanding()).toBe(0)
        const told = samples.map(({ scheduledMs, target }) => `${scheduledMs} ${target}`)
        expect(new Set(told).size).toBe(told.length)
        const instants = samples.map(({ scheduledMs }) => scheduledMs).sort((a, b) => a - b)
        expect(instants).toEqual(instants.map((_, index) => instantOf(schedule, index)))
        expect(instants.at(-1) ?? 0).toBeGreaterThan(endMs - 2 * schedule.intervalMs)
        for (const { latencyMs } of samples) expect(latencyMs).toBeLessThanOrEqual(terms.timeoutMs)
        expect(samples.filter(({ answer }) => answer !== 'unsent').length).toBeLessThanOrEqual(sent)
      },
    ),
  )
})
