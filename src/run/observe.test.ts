import { expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import { GauntletError } from '../base/errors.ts'
import { type Answer, answers, type EventBody } from '../journal/event.ts'
import { type ObserveOptions, observe } from './observe.ts'

const agents = ['mainpc/A', 'pc2/B']
const hello = { kind: 'hello', nowMs: 70_000, targets: 2, intervalMs: 250, timeoutMs: 1000, latenessMs: 100 }
const samples = (baseMs: number, ...rows: readonly (readonly [ms: number, target: number, answer: Answer])[]) => ({
  kind: 'samples',
  baseMs,
  scheduled: rows.map(([ms]) => ms),
  targets: rows.map(([, target]) => target),
  answers: rows.map(([, , answer]) => answers.indexOf(answer)),
  latency: rows.map(() => 1),
  lateMs: 4,
})
const bye = (sent: number, unsent: number) => ({ kind: 'bye', nowMs: 99_000, sent, unsent })
const never = new AbortController().signal

/** Lines by hand; the run's clock stands at 2000 while the observer's and this machine's monotonic clock stand at 70 100. */
function setUp(changes: Partial<ObserveOptions> = {}) {
  const events: EventBody[] = []
  const queue: (string | Error | undefined)[] = []
  let wake = () => {}
  async function* lines() {
    for (;;) {
      if (queue.length === 0)
        await new Promise<void>((done) => {
          wake = done
        })
      const next = queue.shift()
      if (next === undefined) return
      if (next instanceof Error) throw next
      yield next
    }
  }
  const push = (next: string | Error | undefined) => {
    queue.push(next)
    wake()
  }
  const time = { over: () => {} }
  const clock: Clock = {
    nowMs: () => 70_100,
    wall: () => new Date(0),
    sleep: (_, signal) =>
      new Promise((done, fail) => {
        time.over = done
        signal?.addEventListener('abort', () => fail(signal.reason))
      }),
  }
  const observation = observe(lines(), {
    write: (body) => events.push(body),
    clock,
    nowMs: () => 2000,
    watched: agents,
    startedMs: 1500,
    bootId: 'here',
    ...changes,
  })
  const say = async (...said: readonly object[]) => {
    for (const line of said) push(JSON.stringify(line))
    await new Promise(setImmediate)
  }
  return { observation, events, push, say, time, settle: () => new Promise(setImmediate) }
}

test('on one kernel the clocks are one: the offset is exact', async () => {
  const { say, events } = setUp()
  await say({ ...hello, bootId: 'here' })
  expect(events).toEqual([
    { kind: 'observer', state: 'started', intervalMs: 250, timeoutMs: 1000, latenessMs: 100, offsetMs: -68_100, offsetErrorMs: 0 },
  ])
})

test.each([
  ['another kernel', { ...hello, bootId: 'there' }],
  ['an unknown kernel', hello],
  ['a clock that cannot be ours, whatever it says', { ...hello, bootId: 'here', nowMs: 5_000_000 }],
])('%s: the offset lies between its start and the arrival of its hello', async (_, line) => {
  const { say, events } = setUp()
  await say(line)
  expect(events[0]).toMatchObject({ offsetMs: 2000 - line.nowMs, offsetErrorMs: 500 })
})

test("samples and lags are put on the run's clock, and the rest is left as it was", async () => {
  const { say, events } = setUp()
  const batch = samples(70_050, [0, 0, 'ok'], [12.5, 2, 'unsent'])
  await say({ ...hello, bootId: 'here' }, batch, { kind: 'lag', fromMs: 70_060, toMs: 70_070.25, cause: 'clock' })
  expect(events.slice(1)).toEqual([
    { ...batch, baseMs: 1950 },
    { kind: 'lag', cause: 'clock', fromMs: 1960, toMs: 1970.25 },
  ])
})

test('a proper end is a stop, with what was counted', async () => {
  const { say, events, observation } = setUp()
  await say(hello, samples(70_000, [0, 0, 'ok'], [1, 1, 'timeout'], [2, 2, 'unsent']), bye(2, 1))
  await observation.ended
  expect(events.at(-1)).toMatchObject({ kind: 'observer', state: 'stopped', sent: 2, unsent: 1, detail: '2 probes sent, 1 unsent' })
})

test.each([
  ['garbage', ['nonsense'], 'not JSON'],
  ['half a line', ['{"kind":"samples","baseMs":1,"sched'], 'not JSON'],
  ['columns of different length', [JSON.stringify({ ...samples(1, [0, 0, 'ok']), latency: [] })], 'columns differ'],
  ['an unknown answer', [JSON.stringify({ ...samples(1, [0, 0, 'ok']), answers: [99] })], 'no such code'],
  ['an unknown target', [JSON.stringify(samples(1, [0, 3, 'ok']))], 'beyond all 2'],
  ['a time that is none', ['{"kind":"lag","fromMs":null,"toMs":1,"cause":"clock"}'], 'must be a number'],
  ['an unknown kind', ['{"kind":"greeting"}'], 'no kind'],
  ['a second hello', [JSON.stringify(hello)], 'second hello'],
  ['a goodbye that counts otherwise', [JSON.stringify(bye(1, 0))], 'counted 1 and 0'],
  ['an end without goodbye', [undefined], 'without a goodbye'],
  ['a stream that breaks', [new Error('ECONNRESET')], 'ECONNRESET'],
])('%s: the observer is lost, and nothing after it counts', async (_, said, because) => {
  const { push, say, events, observation } = setUp()
  await say(hello)
  for (const one of said) push(one)
  await say(samples(70_000, [0, 0, 'ok']))
  await observation.ended
  expect(events.at(-1)).toMatchObject({ kind: 'observer', state: 'lost', detail: expect.stringContaining(because) })
  expect(events.filter(({ kind }) => kind === 'samples')).toEqual([])
})

test('an observer of another fleet, or one that never introduced itself, is lost', async () => {
  const other = setUp()
  await other.say({ ...hello, targets: 3 })
  expect(other.events).toMatchObject([{ state: 'lost', detail: expect.stringContaining('3 targets') }])
  const rude = setUp()
  await rude.say(samples(70_000, [0, 0, 'ok']))
  expect(rude.events).toMatchObject([{ state: 'lost', intervalMs: 0, detail: expect.stringContaining('before hello') }])
})

test('waiting ends when the last of the agents is well', async () => {
  const { say, observation } = setUp()
  let waited: unknown
  const wait = observation.untilWell(agents, { sustainedMs: 0, withinMs: 5000 }, never).then((outcome) => {
    waited = outcome
  })
  await say(hello, samples(70_000, [0, 0, 'ok'], [1, 1, 'unreachable']))
  expect(waited).toBeUndefined()
  expect([observation.last('mainpc/A'), observation.last('pc2/B')]).toEqual(['ok', 'unreachable'])
  await say(samples(70_250, [0, 0, 'ok'], [1, 1, 'ok']))
  await wait
  expect(waited).toEqual({ outcome: 'well' })
})

test('a sustained run is waited for to its end', async () => {
  const { say, observation } = setUp()
  let waited: unknown
  const wait = observation.untilWell(['pc2/B'], { sustainedMs: 500, withinMs: 5000 }, never).then((outcome) => {
    waited = outcome
  })
  await say(hello, samples(70_000, [0, 1, 'ok'], [1250, 1, 'ok']))
  expect(waited).toBeUndefined()
  await say(samples(71_500, [0, 1, 'ok']))
  await wait
  expect(waited).toEqual({ outcome: 'well' })
})

test('when time is over, those who are not well are named', async () => {
  const { say, observation, time } = setUp()
  const wait = observation.untilWell(agents, { sustainedMs: 0, withinMs: 5000 }, never)
  await say(hello, samples(70_000, [0, 0, 'ok'], [1, 1, 'stranger']))
  time.over()
  expect(await wait).toEqual({ outcome: 'late', waitingFor: ['pc2/B'] })
})

test('whoever waits is told when the observer is gone, also when it went properly or before', async () => {
  const { say, push, observation } = setUp()
  const wait = observation.untilWell(agents, { sustainedMs: 0, withinMs: 5000 }, never)
  await say(hello, samples(70_000, [0, 0, 'ok']))
  push(undefined)
  expect(await wait).toEqual({ outcome: 'lost', because: 'its stream ended without a goodbye' })
  expect(await observation.untilWell(agents, { sustainedMs: 0, withinMs: 5000 }, never)).toMatchObject({ outcome: 'lost' })
  const stopped = setUp()
  await stopped.say(hello, bye(0, 0))
  expect(await stopped.observation.untilWell(agents, { sustainedMs: 0, withinMs: 1 }, never)).toEqual({
    outcome: 'lost',
    because: 'the observer was stopped',
  })
})

test('an abort ends the waiting with its reason', async () => {
  const { observation } = setUp()
  const abort = new AbortController()
  const wait = observation.untilWell(agents, { sustainedMs: 0, withinMs: 5000 }, abort.signal)
  abort.abort(new Error('interrupted'))
  await expect(wait).rejects.toThrow('interrupted')
  await expect(observation.untilWell(agents, { sustainedMs: 0, withinMs: 5000 }, abort.signal)).rejects.toThrow('interrupted')
})

test('waiting for nobody, or for a stranger, is a mistake of ours', async () => {
  const { observation } = setUp()
  await expect(observation.untilWell([], { sustainedMs: 0, withinMs: 1 }, never)).rejects.toThrow('nobody')
  await expect(observation.untilWell(['pc2/C'], { sustainedMs: 0, withinMs: 1 }, never)).rejects.toThrow('pc2/C')
})

test('a journal that cannot be written ends it, and is not swallowed', async () => {
  const { say, observation } = setUp({
    write: () => {
      throw new GauntletError('harness/journal', 'no space left')
    },
  })
  const wait = observation.untilWell(agents, { sustainedMs: 0, withinMs: 5000 }, never)
  await say(hello)
  expect(await wait).toMatchObject({ outcome: 'lost', because: expect.stringContaining('no space left') })
  await expect(observation.ended).rejects.toThrow('no space left')
})
