import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story } from '../../fixtures/histories/build.ts'
import { isOfHold, runs } from '../../fixtures/histories/build-fault.ts'
import type { Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { recovery, trialsOf } from './recovery.ts'

const releasedAfterSteadyMs = goodStory.steadyMs + 400 + goodStory.holdMs

function find(story: Partial<Story> = {}, change: (events: Event[]) => Event[] = (events) => events) {
  const events = change(eventsOf({ ...goodStory, ...story })).sort((a, b) => a.atMs - b.atMs)
  const history = historyFrom(journalOf(renumbered(events)))
  return recovery.judge(history, history.scenarios[0] as ScenarioHistory)
}
function trials(story: Partial<Story> = {}, change: (events: Event[]) => Event[] = (events) => events) {
  const events = change(eventsOf({ ...goodStory, ...story })).sort((a, b) => a.atMs - b.atMs)
  const history = historyFrom(journalOf(renumbered(events)))
  return trialsOf(history, history.scenarios[0] as ScenarioHistory)
}
const speech =
  (...down: readonly (readonly [fromMs: number, toMs: number])[]): Story['answer'] =>
  (agent, atMs) =>
    agent === 'pc2/Speech' && down.some(([fromMs, toMs]) => atMs - releasedAfterSteadyMs >= fromMs && atMs - releasedAfterSteadyMs < toMs)
      ? 'unreachable'
      : undefined
const tookMs = (finding: ReturnType<typeof find>) => (finding.outcome === 'unknown' ? undefined : finding.measure.value)

describe('the clock', () => {
  test.each([0, 500, 2_000, 20_000])('runs from the release to the end of a sustained run: awake after %i ms', (wakesAfterMs) => {
    const took = tookMs(find({ wakesAfterMs })) as number
    expect(took).toBeGreaterThan(wakesAfterMs + 5_000)
    expect(took).toBeLessThanOrEqual(wakesAfterMs + 5_000 + 3 * goodStory.intervalMs)
  })

  test('runs from the blow where the fault is over at once', () => {
    const instant = (events: Event[]) => events.map((event) => (event.kind === 'plan' ? { ...event, lasts: 'instant' as const } : event))
    expect(tookMs(find({}, instant))).toBeGreaterThan(goodStory.holdMs + 7_000)
  })

  test('starts again when an agent is lost before the run was long enough', () => {
    const took = tookMs(find({ answer: speech([6_000, 6_500]) })) as number
    expect(took).toBeGreaterThan(11_400)
    expect(took).toBeLessThan(12_000)
  })

  test('waits for the last of several agents', () => {
    const both = { stopped: ['pc2/Speech', 'pc2/Vision'] }
    const answer: Story['answer'] = (agent, atMs) =>
      agent === 'pc2/Vision' && atMs < releasedAfterSteadyMs + 9_000 && atMs > releasedAfterSteadyMs ? 'timeout' : undefined
    expect(tookMs(find({ ...both, answer }))).toBeGreaterThan(14_000)
  })
})

describe('the outcome', () => {
  test('late is a failure', () => expect(find({ wakesAfterMs: 56_000 }).outcome).toBe('fail'))
  test('in time is a pass', () => expect(find({ wakesAfterMs: 54_000 }).outcome).toBe('pass'))
  test('never is a failure, if it was watched for as long as the limit', () => {
    expect(find({ wakesAfterMs: Number.POSITIVE_INFINITY }).outcome).toBe('fail')
    expect(find({ wakesAfterMs: Number.POSITIVE_INFINITY, recoveryMs: 30_000 }).outcome).toBe('unknown')
  })
  test('back and lost again is a failure; one bad slot is not', () => {
    expect(find({ answer: speech([30_000, 32_000]) })).toMatchObject({
      outcome: 'fail',
      because: expect.stringMatching(/but relapsed: .* 2\.0 s down/),
    })
    expect(find({ answer: speech([30_000, 30_100]) }).outcome).toBe('pass')
  })
  test('slots that nobody can know are neither', () => {
    const answer: Story['answer'] = (agent, atMs) => (agent === 'pc2/Speech' && atMs > releasedAfterSteadyMs + 2_000 ? 'unsent' : undefined)
    expect(find({ answer }).outcome).toBe('unknown')
  })
  test('one slot that is unknown breaks a run as one that failed would, and so do slots that are missing', () => {
    const unsent =
      (ms: number): Story['answer'] =>
      (agent, atMs) =>
        agent === 'pc2/Speech' && atMs > releasedAfterSteadyMs + 5_000 && atMs < releasedAfterSteadyMs + 5_000 + ms ? 'unsent' : undefined
    const missing = (events: Event[]) => events.filter((event) => !(event.kind === 'samples' && event.baseMs === 115_000))
    const undisturbed = tookMs(find()) as number
    expect(tookMs(find({ answer: unsent(100) }))).toBeGreaterThan(undisturbed + 2_000)
    expect(tookMs(find({}, missing))).toBeGreaterThan(undisturbed + 2_000)
  })
  test('a fault that never ended has no recovery', () => {
    expect(find({}, (events) => events.filter((event) => !(event.kind === 'lease' && event.state === 'releasing'))).outcome).toBe('unknown')
  })
})

describe('whom a fault hurt', () => {
  const radius =
    (...agents: readonly string[]) =>
    (events: Event[]) =>
      events.map((event) => (event.kind === 'plan' ? { ...event, radius: agents } : event))
  /** A second fault behind the first, or around its end, on these agents. */
  const again =
    (agents: readonly string[], appliedLaterMs: number, releasedLaterMs: number, lease = 'lease-2') =>
    (events: Event[]) => [
      ...events,
      ...events.flatMap((event): Event[] => {
        if (!('lease' in event) || event.lease !== 'lease-1') return []
        if (event.kind === 'plan') return [{ ...event, lease, radius: agents, silences: agents, atMs: event.atMs + appliedLaterMs }]
        if (event.kind !== 'lease') return []
        const isEnd = event.state === 'releasing' || event.state === 'released'
        return [{ ...event, lease, atMs: event.atMs + (isEnd ? releasedLaterMs : appliedLaterMs) }]
      }),
    ]

  test('is who must come back, and a bystander who does not is of no recovery', () => {
    const answer: Story['answer'] = (agent, atMs) => (agent === 'pc2/Vision' && atMs > releasedAfterSteadyMs ? 'unreachable' : undefined)
    expect(find({ answer }).outcome).toBe('pass')
  })
  test('is not known to be back where nobody knows one of them', () => {
    expect(find({}, radius('pc2/Speech', 'pc2/Ghost')).outcome).toBe('unknown')
  })
  test('has the last recovery decide, and the one that the next fault cut short shown', () => {
    expect(find({ wakesAfterMs: 30_000 }, again(['pc2/Speech'], 15_000, 15_000))).toMatchObject({
      outcome: 'pass',
      because: expect.stringMatching(
        /^process-stop affected 1 agent: recovered within .*; before that, of process-stop, until affected again, 1 agent: not recovered in the/,
      ),
    })
  })
  test('must come back even where others of them were still held by another fault', () => {
    const both = ['pc2/Speech', 'pc2/Vision']
    const answer: Story['answer'] = (agent, atMs) => (agent === 'pc2/Vision' && atMs > goodStory.steadyMs + 400 ? 'unreachable' : undefined)
    const change = (events: Event[]) => again(['pc2/Speech'], 2_000, 2_000)(radius(...both)(events))
    expect(find({}, change).outcome).toBe('pass')
    expect(find({ answer }, change).outcome).toBe('fail')
  })
  test('cannot come back where nobody saw that they were gone, and that is no trial', () => {
    const unfelt = (events: Event[]) =>
      events.map((event) => (event.kind === 'samples' ? { ...event, answers: event.answers.map(() => 0) } : event))
    expect(find({}, unfelt)).toMatchObject({ outcome: 'unknown', because: expect.stringMatching(/never seen to be down.*: pc2\/Speech$/) })
    expect(trials({}, unfelt)).toEqual([])
    const overAtOnce = (events: Event[]) => events.map((event) => (event.kind === 'plan' ? { ...event, lasts: 'instant' as const } : event))
    expect(find({}, (events) => overAtOnce(unfelt(events))).outcome).toBe('unknown')
    expect(find({}, overAtOnce).outcome).toBe('pass')
  })
  test('fails where it must not say that it is healthy, and does all the while that the fault is in place', () => {
    const idle = (events: Event[]) => events.map((event) => (event.kind === 'plan' ? { ...event, idles: event.silences } : event))
    const unfelt = (events: Event[]) =>
      idle(events).map((event) => (event.kind === 'samples' ? { ...event, answers: event.answers.map(() => 0) } : event))
    const because = 'process-stop in place, and these answered as healthy all the while, which they must not: pc2/Speech'
    expect(find({}, unfelt)).toMatchObject({ outcome: 'fail', because })
    expect(find({}, (events) => unfelt(events).filter(({ kind }) => kind !== 'proof')).outcome).toBe('unknown')
    expect(
      find({}, (events) =>
        unfelt(events).map((event) => (event.kind === 'samples' ? { ...event, answers: event.answers.map(() => 7) } : event)),
      ).outcome,
    ).toBe('unknown')
    expect(find({}, idle).outcome).toBe('pass')
  })
  describe('must not say that it is healthy', () => {
    const idle = (events: Event[]): Event[] => events.map((event) => (event.kind === 'plan' ? { ...event, idles: event.silences } : event))
    /** It answers all the while, but for these. */
    const answering = (story: Partial<Story> = {}, change = idle) => find({ wakesAfterMs: -goodStory.holdMs, ...story }, change)
    const unsent =
      (fromMs: number, toMs: number): Story['answer'] =>
      (agent, atMs) =>
        agent === 'pc2/Speech' && atMs - releasedAfterSteadyMs >= fromMs && atMs - releasedAfterSteadyMs < toMs ? 'unsent' : undefined

    test('and is counted', () => expect(answering()).toMatchObject({ outcome: 'fail', measure: { value: 1, limit: 0, unit: 'findings' } }))
    test('which two answers show, and one does not', () => {
      // From the proof, 10 ms behind the blow, to a time-out before the release.
      expect(answering({ holdMs: 1_110 }).outcome).toBe('unknown')
      expect(answering({ holdMs: 1_210 }).outcome).toBe('fail')
    })
    test('and may have been down in two slots that nobody knows, not in one, nor in what a probe may still wait for', () => {
      expect(answering({ answer: unsent(-5_000, -4_900) }).outcome).toBe('fail')
      expect(answering({ answer: unsent(-5_000, -4_800) }).outcome).toBe('unknown')
      expect(answering({ answer: unsent(-950, 900) }).outcome).toBe('fail')
    })
    test('while each step of the fault is shown to be in place', () => {
      const plans =
        (change: (plan: Event<'plan'>) => Event<'plan'>) =>
        (events: Event[]): Event[] =>
          idle(events).map((event) => (event.kind === 'plan' ? change(event) : event))
      expect(
        answering(
          {},
          plans((plan) => ({ ...plan, expectations: [] })),
        ).outcome,
      ).toBe('unknown')
      const two = plans((plan) => ({ ...plan, expectations: [...plan.expectations, ...plan.expectations] }))
      expect(answering({}, two).outcome).toBe('unknown')
      const awake = (events: Event[]) => idle(events).map((event) => (isOfHold(event) ? { ...event, answer: runs } : event))
      expect(answering({}, awake).outcome).toBe('unknown')
      const woken = (event: Event<'proof'>): Event<'proof'> => {
        return isOfHold(event) && event.atMs > 110_000 ? { ...event, answer: runs } : event // at its end, no more
      }
      const inTheEnd = (events: Event[]) => idle(events).map((event) => (event.kind === 'proof' ? woken(event) : event))
      expect(answering({}, inTheEnd).outcome).toBe('unknown')
      const ofTwo = (events: Event[]) =>
        two(events).flatMap((event): Event[] => (event.kind === 'proof' ? [event, { ...woken(event), step: 1 }] : [event]))
      expect(answering({}, ofTwo).outcome).toBe('unknown')
    })
  })
  test('that the next fault cut short is looked at until just before that one, and by those whom it hits', () => {
    // From what a probe may wait for before the second one to its release.
    const answer = speech([13_700, 26_000])
    expect(find({ answer }, again(['pc2/Speech'], 25_000, 25_000))).toMatchObject({
      outcome: 'pass',
      because: expect.stringMatching(
        /; before that, of process-stop, until affected again, 1 agent: recovered within .* and stayed healthy$/,
      ),
    })
    const both = { stopped: ['pc2/Speech', 'pc2/Vision'], wakesAfterMs: 30_000 }
    expect(find(both, again(['pc2/Vision'], 15_000, 15_000))).toMatchObject({
      because: expect.stringMatching(/until affected again, 1 agent: not recovered/),
    })
  })
  test('three times is looked at until the second', () => {
    const thrice = (events: Event[]) => again(['pc2/Speech'], 30_000, 30_000, 'lease-3')(again(['pc2/Speech'], 15_000, 15_000)(events))
    expect(find({ wakesAfterMs: 31_000 }, thrice)).toMatchObject({
      outcome: 'pass',
      because: expect.stringMatching(
        /before that, of process-stop, until affected again, 1 agent: not recovered in the 3\.6 s they were watched/,
      ),
    })
  })
  test('before it could recover within the limit is a trial that failed', () => {
    const trial = (tookMs: unknown) => ({ key: 'process-stop', limitMs: 12_000, tookMs: [tookMs] })
    const story = { limits: { ...goodStory.limits, recoveryMs: 12_000 }, wakesAfterMs: 26_000 }
    expect(trials(story, again(['pc2/Speech'], 25_000, 25_000))).toEqual([trial(Number.POSITIVE_INFINITY), trial(expect.any(Number))])
  })
  test('makes one trial each, where it is known how it went', () => {
    const trial = (tookMs: unknown) => ({ key: 'process-stop', limitMs: 60_000, tookMs: [tookMs] })
    expect(trials()).toEqual([trial(expect.any(Number))])
    expect(trials({ wakesAfterMs: Number.POSITIVE_INFINITY })).toEqual([trial(Number.POSITIVE_INFINITY)])
    expect(trials({ answer: speech([30_000, 32_000]) })).toEqual([trial(Number.POSITIVE_INFINITY)])
    expect(trials({ wakesAfterMs: Number.POSITIVE_INFINITY, recoveryMs: 30_000 })).toEqual([])
    expect(trials({ stopped: [] }, radius())).toEqual([])
    expect(trials({}, (events) => events.filter(({ kind }) => kind !== 'observer'))).toEqual([])
  })
  test('of faults inside each other makes one trial of the outer one, for whom both hurt', () => {
    expect(trials({ wakesAfterMs: 5_000 }, again(['pc2/Speech'], 2_000, 2_000))).toHaveLength(1)
  })
})

describe('a fault without a radius', () => {
  const harmless = (events: Event[]) =>
    events.map((event) => (event.kind === 'plan' ? { ...event, targets: ['mainpc'], radius: [], silences: [] } : event))

  test('passes when the fleet that answered before answers after', () => {
    expect(find({ stopped: [] }, harmless)).toMatchObject({
      outcome: 'pass',
      because: 'process-stop affected no agent; 4 agents healthy from its end at 110.4 s to the last read',
      measure: { value: 0, limit: 60_000, unit: 'ms' },
    })
  })
  test('is unknown when one of them was not seen at the last read', () => {
    const answer: Story['answer'] = (agent, atMs) =>
      agent === 'pc2/Vision' && atMs > releasedAfterSteadyMs + 60_000 ? 'unsent' : undefined
    expect(find({ stopped: [], answer }, harmless)).toMatchObject({
      outcome: 'unknown',
      because: 'the fleet after process-stop: not seen at the last read: pc2/Vision',
    })
  })
  test('is not answerable for whom the next one hurts', () => {
    const withNoop = (events: Event[]) => {
      const beginsMs = events.find((event) => event.kind === 'lease' && event.state === 'applying')?.atMs as number
      const first = events.flatMap((event): Event[] => {
        if (event.kind === 'plan')
          return [{ ...event, lease: 'lease-0', fault: 'noop', targets: ['pc2'], radius: [], silences: [], atMs: beginsMs - 19 }]
        return event.kind === 'lease' ? [{ ...event, lease: 'lease-0', atMs: beginsMs - 10 }] : []
      })
      return [...first, ...events]
    }
    expect(find({}, withNoop)).toMatchObject({ outcome: 'pass' })
    const lostMeanwhile: Story['answer'] = (agent, atMs) =>
      agent === 'pc2/Vision' && atMs > goodStory.steadyMs + 400 ? 'unreachable' : undefined
    expect(find({ answer: lostMeanwhile }, withNoop)).toMatchObject({
      outcome: 'fail',
      because: expect.stringMatching(/^the fleet after noop/),
    })
  })
  test('counts the good answers before its release: who was never hurt need not come back', () => {
    expect(tookMs(find({ stopped: [], recoveryMs: 600 }, harmless))).toBeLessThanOrEqual(goodStory.intervalMs + 100)
  })
  test('is unknown when nobody answered, before or after', () => {
    expect(find({ stopped: [], answer: () => 'unreachable' }, harmless).outcome).toBe('unknown')
    expect(find({ stopped: [] }, (events) => harmless(events).filter(({ kind }) => kind !== 'samples')).outcome).toBe('unknown')
  })
  test('fails when it does not', () => {
    const answer: Story['answer'] = (agent, atMs) => (agent === 'pc2/Vision' && atMs > releasedAfterSteadyMs ? 'unreachable' : undefined)
    expect(find({ stopped: [], answer }, harmless).outcome).toBe('fail')
  })
})
