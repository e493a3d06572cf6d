/** The clock and the limits of a rollback; what only looks like one is among the golden histories (fixtures/histories/rollback.ts). */
import { expect, test } from 'vitest'
import { goodStory, historyFrom, journalOf, renumbered, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import { backAs, type Changed, changeStory, doing, isNew, wentBack, wentIn } from '../../fixtures/histories/rollback.ts'
import { wrongIn } from '../answers/index.ts'
import type { Json } from '../base/predicate.ts'
import type { Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { rollback, trialsOf } from './rollback.ts'

/** @param back what the last proof says; what went in was of the same kind */
function read(story: Partial<Story> = {}, back: Json = wentBack, change: (events: Event[]) => Event[] = (events) => events) {
  const { kind, ...rest } = { ...wentIn, kind: (back as Partial<Changed>).kind }
  const into = kind === undefined ? rest : { ...rest, kind }
  const events = change(changeStory(story, back, into)).sort((a, b) => a.atMs - b.atMs)
  const history = historyFrom(journalOf(renumbered(events)))
  return [history, history.scenarios[0] as ScenarioHistory] as const
}
const find = (...about: Parameters<typeof read>) => rollback.judge(...read(...about))
const trials = (...about: Parameters<typeof read>) => trialsOf(...read(...about))
const tookMs = (finding: ReturnType<typeof find>) => (finding.outcome === 'unknown' ? undefined : finding.measure.value)
const limitMs = (finding: ReturnType<typeof find>) => (finding.outcome === 'unknown' ? undefined : finding.measure.limit)

test.each([0, 2_000, 30_000])('runs from the trigger to the end of a sustained run: awake after %i ms', (wakesAfterMs) => {
  const took = tookMs(find({ wakesAfterMs })) as number
  expect(took).toBeGreaterThan(wakesAfterMs + 5_000)
  expect(took).toBeLessThanOrEqual(wakesAfterMs + 5_000 + 3 * goodStory.intervalMs)
})

test.each([
  ['port', 120_000],
  ['baseagent', 120_000],
  ['exporter', 120_000],
  ['hub', 120_000],
  ['config', 180_000],
  ['boot-script', 300_000],
  ['log-handler', 300_000],
  ['secret', 300_000],
])('a change of %s has %i ms', (kind, limit) => {
  expect(limitMs(find({}, { ...wentBack, kind }))).toBe(limit)
})

test('a change of a config may take what one of an agent may not', () => {
  const story = { recoveryMs: 200_000, wakesAfterMs: 130_000 }
  expect(find(story).outcome).toBe('fail')
  expect(find(story, { ...wentBack, kind: 'config' }).outcome).toBe('pass')
})

test('of a secret, the files are its state, each of them', () => {
  const before = { mode: '400', owner: '1000:1000', bytes: 43, sha256: '9f' }
  const saying = { health: 200, problem: null, isShown: false, namesIt: false, says: null }
  const agents = { Speech: { process: 'fresh', behaviour: 'old', ...saying } }
  const looked = (states: readonly string[]): Json => {
    const files = states.map((state, place) => [`KEY_${place}`, { state, now: state === 'none' ? null : before, before }] as const)
    return { name: 'KEY_0', files: Object.fromEntries(files), changedFiles: states.filter((state) => state !== 'old').length, agents }
  }
  const secret = (events: Event[]) => events.map((event) => (event.kind === 'plan' ? { ...event, fault: 'secret' } : event))
  const of = (...states: readonly string[]) => find({}, looked(states), secret)
  expect(wrongIn('secret-look', looked(['old', 'none']))).toBe(undefined)
  expect([of('old').outcome, limitMs(of('old'))]).toEqual(['pass', 300_000])
  expect(of('old', 'old').outcome).toBe('pass')
  expect(of('old', 'none').outcome).toBe('fail')
  expect(of('other').outcome).toBe('fail')
})

test('what the golden histories say of a change is what a tool can answer', () => {
  for (const answer of [wentIn, wentBack, backAs('stale', 'other')]) expect(wrongIn('changed', answer)).toBe(undefined)
})

test('every agent that it touched must be accounted for', () => {
  const two = { stopped: ['pc2/Speech', 'pc2/Vision'] }
  const withMore = (name: string, process: Parameters<typeof doing>[0] = 'fresh'): Changed => {
    return { ...wentBack, agents: { ...wentBack.agents, [name]: doing(process, 'old') } }
  }
  expect(find(two)).toMatchObject({ outcome: 'unknown', because: 'nothing is said of pc2/Vision' })
  expect(find(two, withMore('Vision')).outcome).toBe('pass')
  expect(find(two, withMore('Vision', 'none'))).toMatchObject({
    outcome: 'fail',
    because: expect.stringContaining('pc2/Vision does not run'),
  })
  expect(find({}, { ...wentBack, agents: { PreSpeech: doing('fresh', 'old') } }).outcome).toBe('unknown')
})

test('an expired lease was taken back by nobody’s decision, and an instant fault not at all', () => {
  const with_ = (change: (event: Event) => Event) => find({}, wentBack, (events) => events.map(change)).outcome
  expect(with_((event) => (event.kind === 'lease' && event.state === 'released' ? { ...event, state: 'expired' } : event))).toBe('unknown')
  const never = expect.objectContaining({ outcome: 'unknown', because: 'change: its rollback never began' })
  const instant = (events: Event[]): Event[] => events.map((event) => (event.kind === 'plan' ? { ...event, lasts: 'instant' } : event))
  expect(find({}, wentBack, instant)).toEqual(never)
  const held = (events: Event[]) => events.filter((event) => !(event.kind === 'lease' && event.state === 'releasing'))
  expect(find({}, wentBack, held)).toEqual(never)
})

test('whoever is said to be back must be one who is asked', () => {
  const ghost = (events: Event[]) =>
    events.map((event) => (event.kind === 'plan' ? { ...event, radius: [...event.radius, 'pc2/Ghost'] } : event))
  expect(find({}, { ...wentBack, agents: { ...wentBack.agents, Ghost: doing('fresh', 'old') } }, ghost)).toMatchObject({
    outcome: 'unknown',
    because: 'a change that touches no agent that is asked',
  })
})

test('an agent of which only its process is known is not known to do what it did', () => {
  expect(find({}, { ...wentBack, agents: { Speech: { process: 'fresh' } } })).toMatchObject({
    outcome: 'unknown',
    because: 'nothing is said of pc2/Speech',
  })
})

test('the bad change must have been in wherever it was made', () => {
  const onTwo = (seenOnOther: Changed) => (events: Event[]) =>
    events.flatMap((event): Event[] => {
      if (event.kind === 'plan')
        return [
          {
            ...event,
            expectations: [...event.expectations, { machine: 'mainpc', effective: isNew, lasting: isNew, gone: isNew }],
          },
        ]
      if (event.kind !== 'proof') return [event]
      const answer = event.query === 'gone' ? event.answer : seenOnOther
      return [event, { ...event, step: 1, machine: 'mainpc', answer }]
    })
  expect(find({}, wentBack, onTwo(wentIn)).outcome).toBe('pass')
  expect(find({}, wentBack, onTwo(wentBack)).outcome).toBe('unknown')
})

test('whoever was silent before the change was made did not notice it', () => {
  const armedEarly = (events: Event[]) =>
    events.map((event) => {
      if (event.kind === 'plan') return { ...event, silences: ['pc2/Vision'] }
      return event.kind === 'lease' && event.state === 'armed' ? { ...event, atMs: event.atMs - 30_000 } : event
    })
  const answer: Story['answer'] = (agent, atMs) => (agent === 'pc2/Vision' && atMs > 60_000 && atMs < 61_000 ? 'timeout' : undefined)
  expect(find({ answer }, wentBack, armedEarly)).toMatchObject({
    outcome: 'unknown',
    because: expect.stringContaining('answered all the same: pc2/Vision'),
  })
})

test('each change is one trial of its kind, where it is known how it went', () => {
  const trial = (tookMs: unknown) => ({ key: 'port', limitMs: 120_000, tookMs: [tookMs] })
  expect(trials()).toEqual([trial(expect.any(Number))])
  expect(trials({}, backAs('stale'))).toEqual([trial(Number.POSITIVE_INFINITY)])
  expect(trials({}, wentBack, (events) => events.filter(({ kind }) => kind !== 'observer'))).toEqual([])
  expect(trials({}, wentBack, (events) => events.filter((event) => !(event.kind === 'proof' && event.query === 'gone')))).toEqual([])
  const stop = (events: Event[]) => events.map((event) => (event.kind === 'plan' ? { ...event, fault: 'process-stop' } : event))
  expect(trials({}, wentBack, stop)).toEqual([])
})

test('of a process only that is believed which the tool can have said', () => {
  const young = { ...wentBack, agents: { Speech: { ...doing('fresh', 'old'), process: 'young' } } }
  expect(find({}, young)).toMatchObject({
    outcome: 'unknown',
    because: 'nothing is said of the process of pc2/Speech',
  })
})

test('where the kernel was not read, the proof alone says that it is a new process', () => {
  expect(find({}, wentBack, (events) => events.filter(({ kind }) => kind !== 'processes')).outcome).toBe('pass')
})

test('of what is not as it was, none is allowed', () => {
  const stale = backAs('stale')
  expect(find({}, stale)).toMatchObject({ outcome: 'fail', measure: { value: 1, limit: 0, unit: 'findings' } })
})

test('what passes says what was shown, of the state, the process and the behaviour', () => {
  expect(find()).toMatchObject({ because: expect.stringMatching(/ stayed healthy; old state, new process, old behaviour; at most /) })
})

test('the strictest limit counts', () => {
  const within = (limits: Partial<Story['limits']>) => find({ limits: { ...goodStory.limits, ...limits } })
  expect(limitMs(within({}))).toBe(120_000)
  expect(limitMs(within({ rollbackMs: 60_000 }))).toBe(60_000)
})

test('agents are watched until just before the first later fault that hits one of them', () => {
  const later =
    (lease: string, laterMs: number) =>
    (events: Event[]): Event[] => [
      ...events,
      ...events.flatMap((event): Event[] => {
        if (!('lease' in event) || event.lease !== 'lease-1') return []
        const atMs = event.atMs + laterMs
        if (event.kind === 'plan')
          return [{ ...event, lease, atMs, fault: 'process-stop', radius: ['mainpc/Planner', 'pc2/Speech'], silences: [] }]
        return event.kind === 'lease' ? [{ ...event, lease, atMs }] : []
      }),
    ]
  const releasedMs = goodStory.steadyMs + 400 + goodStory.holdMs
  // The second is planned 14.6 s after the release; from a time-out before that on the agent is down.
  const answer: Story['answer'] = (agent, atMs) =>
    agent === 'pc2/Speech' && atMs > releasedMs + 13_700 && atMs < releasedMs + 60_000 ? 'timeout' : undefined
  expect(find({ answer }).outcome).toBe('fail')
  expect(find({ answer }, wentBack, later('lease-2', 25_000)).outcome).toBe('pass')
  expect(find({ answer }, wentBack, (events) => later('lease-3', 45_000)(later('lease-2', 25_000)(events))).outcome).toBe('pass')
})

test('what is not as it was is no failure while another change was in on the same machine, and a failure beside any other fault', () => {
  const stale = backAs('stale')
  const releasedMs = steadyAtMs + goodStory.steadyMs + 400 + goodStory.holdMs
  const beside =
    (fault: string, applyingMs: number, ...machines: readonly string[]) =>
    (events: Event[]): Event[] => {
      const plan = events.find((event): event is Event<'plan'> => event.kind === 'plan') as Event<'plan'>
      const expectations = machines.map((machine) => ({ machine, effective: isNew, lasting: isNew, gone: isNew }))
      const other = { ...plan, lease: 'lease-2', fault, atMs: applyingMs - 1, targets: [], radius: [], silences: [], expectations }
      return [...events, other, { kind: 'lease', seq: 0 as Event['seq'], lease: 'lease-2', state: 'applying', atMs: applyingMs }]
    }
  const met = expect.objectContaining({
    outcome: 'unknown',
    because: expect.stringMatching(/ but secret was in on the same machine meanwhile$/),
  })
  expect(find({}, stale, beside('secret', releasedMs - 5_000, 'pc2'))).toEqual(met)
  expect(find({}, stale, beside('secret', releasedMs - 5_000, 'mainpc', 'pc2'))).toEqual(met)
  expect(find({}, stale, beside('secret', releasedMs + 100, 'pc2'))).toEqual(met) // before its last proof
  expect(find({}, stale, beside('secret', releasedMs + 300, 'pc2')).outcome).toBe('fail')
  expect(find({}, stale, beside('secret', releasedMs - 5_000, 'mainpc')).outcome).toBe('fail')
  expect(find({}, stale, beside('process-stop', releasedMs - 5_000, 'pc2')).outcome).toBe('fail')
})
