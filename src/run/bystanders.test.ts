import { expect, test } from 'vitest'
import { type Answer, answers, type EventBody, type PlanEvent } from '../journal/event.ts'
import { type AbortCondition, openAborts } from './abort.ts'
import { bystanderWatch } from './bystanders.ts'

const agents = ['m/A', 'm/B', 'm/C', 'm/D']
const topology = { kind: 'topology', machines: [], agents: agents.map((id) => ({ id })) } as unknown as EventBody
const plan = (...radius: string[]) => ({ kind: 'plan', radius }) as unknown as PlanEvent
const steady: EventBody = { kind: 'phase', name: 'steady' }
const hurt: AbortCondition = { kind: 'bystanders', limit: 2, text: 'bystanders=2' }
const uptime: AbortCondition = { kind: 'uptime', limit: 0.8, text: 'uptime=0.8' }

/** One slot every 100 ms of each agent, from this instant on; the letters say who answers how. */
function slots(fromMs: number, count: number, said: Readonly<Record<number, Answer>> = {}, latencyMs = 3): EventBody {
  const all = Array.from({ length: count * agents.length }, (_, place) => ({
    target: place % agents.length,
    atMs: 100 * Math.floor(place / agents.length),
  }))
  const answer = (target: number) => said[target] ?? 'ok'
  return {
    kind: 'samples',
    baseMs: fromMs,
    scheduled: all.map(({ atMs }) => atMs),
    targets: all.map(({ target }) => target),
    answers: all.map(({ target }) => answers.indexOf(answer(target))),
    latency: all.map(({ target }) => (answer(target) === 'ok' ? 3 : latencyMs)),
    lateMs: 0,
  }
}

function told(conditions: readonly AbortCondition[], ...bodies: readonly EventBody[]) {
  const written: EventBody[] = []
  const aborts = openAborts(conditions, (body) => written.push(body))
  const watch = bystanderWatch(aborts, () => 1_000)
  for (const body of [topology, ...bodies]) watch(body)
  expect(aborts.signal.aborted).toBe(written.length > 0)
  return written
}

test('two failed answers in a row are an outage, and so many agents with one are enough', () => {
  const down = { 1: 'unreachable', 2: 'timeout' } as const
  expect(told([hurt], steady, slots(1_000, 5), slots(1_500, 1, down))).toEqual([])
  const [abort] = told([hurt], steady, slots(1_000, 5), slots(1_500, 2, down, 200))
  expect(abort).toEqual({ kind: 'abort', condition: 'bystanders=2', seen: '2 hurt outside the blast radius: m/B, m/C', causeMs: 1_800 })
})

test('it is met once, and only the first time is written down', () => {
  const down = { 1: 'unreachable', 2: 'timeout' } as const
  expect(told([hurt, uptime], steady, slots(1_000, 5), slots(1_500, 20, down), slots(3_500, 20, down))).toHaveLength(1)
})

test('who is meant to be hurt does not count, nor does the sentinel, nor what was never sent', () => {
  const down = { 1: 'unreachable', 2: 'timeout' } as const
  expect(told([hurt, uptime], steady, plan('m/B', 'm/C'), slots(1_000, 20, down))).toEqual([])
  expect(told([hurt, uptime], steady, slots(1_000, 20, { 1: 'unsent', 2: 'unsent' }))).toEqual([])
  const sentinel = { ...(slots(1_000, 20) as Extract<EventBody, { kind: 'samples' }>), targets: Array(80).fill(4) as number[] }
  expect(told([hurt, uptime], steady, { ...sentinel, answers: sentinel.answers.map(() => 1) })).toEqual([])
})

test('an agent that fails now and then is not hurt', () => {
  const flapping = Array.from({ length: 10 }, (_, round) => slots(1_000 + 100 * round, 1, round % 2 ? { 1: 'timeout', 2: 'timeout' } : {}))
  expect(told([hurt], steady, ...flapping)).toEqual([])
})

test('uptime is the share of good answers of the last seconds', () => {
  expect(told([uptime], steady, slots(1_000, 50), slots(6_000, 39, { 0: 'unhealthy' }))).toEqual([])
  const [abort] = told([uptime], steady, slots(1_000, 50), slots(6_000, 50, { 0: 'unhealthy' }))
  expect(abort).toMatchObject({
    condition: 'uptime=0.8',
    seen: expect.stringMatching(/^79\.\d % of the last \d+ answers .* failing: m\/A$/),
  })
  expect((abort as { causeMs: number }).causeMs).toBeGreaterThanOrEqual(6_000 + 3_900)
})

test('a fleet that comes up or goes down is not watched, nor what was asked before', () => {
  const down = { 1: 'unreachable', 2: 'timeout' } as const
  expect(told([hurt, uptime], slots(0, 20, down))).toEqual([])
  expect(told([hurt, uptime], steady, slots(0, 10, down))).toEqual([]) // asked before steady began at 1000
  expect(told([hurt, uptime], steady, { kind: 'phase', name: 'final' }, slots(1_000, 20, down))).toEqual([])
})

test('a condition that nobody can see any more counts as met', () => {
  const lost = { kind: 'observer', state: 'lost', detail: 'its stream broke' } as unknown as EventBody
  expect(told([hurt], steady, lost)).toMatchObject([{ condition: 'bystanders=2', seen: expect.stringContaining('its stream broke') }])
  expect(told([hurt], lost)).toEqual([])
})

test('nobody asks, nobody watches', () => {
  expect(told([], steady, slots(1_000, 50, { 0: 'timeout', 1: 'timeout', 2: 'timeout' }))).toEqual([])
})

test('it is decided with the batch that shows it, whatever the load, and not with a later one', () => {
  const down = { 1: 'unreachable', 2: 'timeout' } as const
  const batches = (count: number): readonly EventBody[] => [slots(1_000, count), slots(1_000 + 100 * count, 1, down)]
  for (const count of [1, 10, 500]) {
    const shown = slots(1_100 + 100 * count, count, down)
    const aborts = openAborts([hurt], () => {})
    const watch = bystanderWatch(aborts, () => 1_000)
    const aborted = [topology, steady, ...batches(count), shown].map((body) => {
      watch(body)
      return aborts.signal.aborted
    })
    expect([count, aborted]).toEqual([count, [false, false, false, false, true]])
  }
})
