/** Coverage and residue at their edges: what mutants of the checks showed that no other test would notice. */
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story, steadyAtMs } from '../../fixtures/histories/build.ts'
import { runs, stands } from '../../fixtures/histories/build-fault.ts'
import type { Json } from '../base/predicate.ts'
import type { Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import type { Check } from './check.ts'
import { coverage } from './coverage.ts'
import { checkOf } from './index.ts'

const quick = { ...goodStory, intervalMs: 500, steadyMs: 10_000, recoveryMs: 10_000 }

function find(check: 'coverage' | 'residue', story: Partial<Story> = {}, change: (event: Event) => readonly Event[] = (event) => [event]) {
  const history = historyFrom(journalOf(renumbered(eventsOf({ ...quick, ...story }).flatMap(change))))
  return (checkOf(check) as Check).judge(history, history.scenarios[0] as ScenarioHistory)
}
const saying = (outcome: 'pass' | 'fail' | 'unknown', because: RegExp) =>
  expect.objectContaining({ outcome, because: expect.stringMatching(because) })

describe('coverage', () => {
  test('asks whoever is hurt as well, before the fault and after it', () => {
    const before: Story['answer'] = (agent, atMs) => (agent === 'pc2/Speech' && atMs < 10_000 ? 'timeout' : undefined)
    expect(find('coverage', { answer: before })).toEqual(saying('fail', /^3\/4 report; 1 did not answer in time in steady: pc2\/Speech/))
    expect(find('coverage', { wakesAfterMs: Number.POSITIVE_INFINITY })).toEqual(saying('fail', /in recovery: pc2\/Speech$/))
  })
  test('rounds a promise of some of them up', () => {
    const some = (coverage: number) =>
      find('coverage', { limits: { ...quick.limits, coverage }, answer: (agent) => (agent === 'pc2/Vision' ? 'status' : undefined) })
    expect([some(0.75).outcome, some(0.76).outcome]).toEqual(['pass', 'fail'])
  })
  test('one agent that was not asked in a phase is unknown', () => {
    const answer: Story['answer'] = (agent, atMs) => (agent === 'pc2/Vision' && atMs < 10_000 ? 'unsent' : undefined)
    expect(find('coverage', { answer })).toEqual(
      saying('unknown', /^4\/4 report as far as they were asked; not asked in steady: pc2\/Vision$/),
    )
  })
  test('a fleet of one is a fleet', () => {
    expect(find('coverage', { agents: ['mainpc/Planner'], stopped: ['mainpc/Planner'] })).toEqual(saying('pass', /^1\/1 report$/))
  })
  test('of several reads of the registry the last counts', () => {
    const twice = (event: Event) => (event.kind === 'registrations' ? [{ ...event, records: [] }, event] : [event])
    expect(find('coverage', {}, twice).outcome).toBe('pass')
  })
  test('registered at once is registered, and pushed just now is fresh, as is what is as old as it may be', () => {
    const all = (ageMs: number, sinceStartMs = 0) =>
      find('coverage', { recoveryMs: 60_000 }, (event): Event[] => {
        if (event.kind === 'freshness' || event.kind === 'pushes')
          return [{ ...event, records: event.records.map(({ agent }) => ({ agent, ageMs })) } as Event]
        if (event.kind !== 'registrations') return [event]
        return [{ ...event, records: event.records.map((record) => ({ ...record, sinceStartMs })) }]
      }).outcome
    expect([all(0), all(30_000), all(30_001), all(0, 30_000), all(0, 30_001)]).toEqual(['pass', 'pass', 'fail', 'pass', 'fail'])
  })
  test('whoever is registered in two ways is in none, be it another status or another time', () => {
    const also = (other: object) => (event: Event) =>
      event.kind === 'registrations'
        ? [{ ...event, records: event.records.flatMap((record) => [record, { ...record, ...other }]) }]
        : [event]
    expect(find('coverage', {}, also({})).outcome).toBe('pass')
    for (const other of [{ status: 'DEAD' }, { sinceStartMs: 90_000 }])
      expect(find('coverage', {}, also(other))).toEqual(
        saying('unknown', /the registry says more than one thing of mainpc\/ServiceRegistry/),
      )
  })
  test('one Pushgateway that was not read leaves its agents unknown, and not missing', () => {
    const unread = (event: Event) => (event.kind === 'pushes' && event.machine === 'pc2' ? [] : [event])
    expect(find('coverage', {}, unread)).toEqual(saying('unknown', /^4\/4 report .*; the Pushgateway of pc2 was not read$/))
  })
  test('a phase is one to ask in when each agent must have had a slot in it', () => {
    const faultOf = (ms: number) => {
      const events = eventsOf({ ...quick, stopped: [] })
      const fromMs = events.find((event) => event.kind === 'phase' && event.name === 'fault')?.atMs as number
      const moved = events.map((event) => (event.kind === 'phase' && event.name === 'recovery' ? { ...event, atMs: fromMs + ms } : event))
      const history = historyFrom(journalOf(renumbered(moved.sort((a, b) => a.atMs - b.atMs))))
      return coverage.judge(history, history.scenarios[0] as ScenarioHistory)
    }
    expect(faultOf(1_000).outcome).toBe('pass')
    expect(faultOf(999)).toEqual(saying('unknown', /there was no fault phase to ask in$/))
  })
  test('without a fault there is no fault phase to ask in; with one there must be', () => {
    const unhurt = (event: Event) => ['plan', 'lease', 'proof'].includes(event.kind)
    const isFault = (event: Event) => event.kind === 'phase' && event.name === 'fault'
    expect(find('coverage', { stopped: [] }, (event) => (unhurt(event) || isFault(event) ? [] : [event])).outcome).toBe('pass')
    expect(find('coverage', { stopped: [] }, (event) => (isFault(event) ? [] : [event])).outcome).toBe('unknown')
  })
  test('of several faults each is asked about that stops work, if it was ever applied', () => {
    const idling = (event: Event, lease: string): Event => (event.kind === 'plan' ? { ...event, lease, idles: ['pc2/Speech'] } : event)
    const both = (event: Event): Event[] => {
      if (event.kind === 'plan') return [{ ...event, radius: [] }, idling(event, 'lease-2')]
      return event.kind === 'lease' ? [event, { ...event, lease: 'lease-2' }] : [event]
    }
    expect(find('coverage', { stopped: [] }, both)).toEqual(saying('fail', /well while they did no work: pc2\/Speech/))
    const never = (event: Event): Event[] => (event.kind === 'plan' ? [event, idling(event, 'lease-2')] : [event])
    expect(find('coverage', { stopped: [] }, never).outcome).toBe('pass')
  })
  test('whoever stops work and is of another fleet was not asked', () => {
    const ghost = (event: Event): Event[] => (event.kind === 'plan' ? [{ ...event, idles: ['pc2/Ghost'] }] : [event])
    expect(find('coverage', {}, ghost)).toEqual(saying('unknown', /not asked while it did no work: pc2\/Ghost$/))
  })
  test('metrics from the future are no evidence', () => {
    const future = (event: Event): Event[] =>
      event.kind === 'freshness' ? [{ ...event, records: event.records.map(({ agent }) => ({ agent, ageMs: -1 })) }] : [event]
    expect(find('coverage', {}, future)).toEqual(saying('unknown', /the metrics of pc2\/Vision at the hub are from the future/))
  })
})

describe('residue', () => {
  test('counts to 0, on one machine as on two', () => {
    expect(find('residue', { agents: ['mainpc/Planner'], stopped: ['mainpc/Planner'] })).toMatchObject({
      outcome: 'pass',
      measure: { value: 0, limit: 0 },
      because: expect.stringMatching(/^mainpc, this host as before; 1 fault verified reverted/),
    })
  })
  test('a place where a fault stood is looked at, whether a machine or not', () => {
    const beside = (event: Event): readonly Event[] =>
      event.kind === 'plan' ? [{ ...event, expectations: event.expectations.map((each) => ({ ...each, machine: 'nats-pc2' })) }] : [event]
    expect(find('residue', {}, beside)).toEqual(saying('unknown', /no snapshot of nats-pc2 before/))
  })
  test('compares the first look with the last', () => {
    const odd = (when: 'before' | 'after', isFirst: boolean) =>
      find('residue', {}, (event) => {
        if (event.kind !== 'snapshot' || event.when !== when) return [event]
        const other: Event = { ...event, lines: ['something else'] }
        return isFirst ? [other, event] : [event, other]
      }).outcome
    expect([odd('before', false), odd('before', true), odd('after', true), odd('after', false)]).toEqual(['pass', 'fail', 'pass', 'fail'])
  })
  test('a question that was answered says what is left, and one that was not says nothing, neither way', () => {
    const told = (answer: Json, problem: string | null = null) =>
      find('residue', {}, (event) => (event.kind === 'proof' && event.query === 'gone' ? [{ ...event, answer, problem }] : [event]))
    expect(told(runs).outcome).toBe('pass')
    expect(told(stands)).toEqual(saying('fail', /^process-stop on pc2: {"state":"T"}$/))
    const open = saying('unknown', /^what would show process-stop gone on pc2 could not be asked: no such container$/)
    expect(told(null, 'no such container')).toEqual(open)
    expect(told({ states: ['T'] })).toEqual(saying('unknown', /^what would show process-stop gone on pc2 cannot be read$/))
  })
  test('a fault that is seen after its end is left behind, unless another one was on the same from that end to the proof', () => {
    const releasedMs = steadyAtMs + quick.steadyMs + 400 + quick.holdMs
    const beside =
      (fromMs: number, toMs: number) =>
      (event: Event): readonly Event[] => {
        if (event.kind === 'proof' && event.query === 'gone') return [{ ...event, answer: stands }]
        if (event.kind !== 'plan') return [event]
        const lease = (state: Event<'lease'>['state'], atMs: number): Event => ({
          kind: 'lease',
          seq: event.seq,
          lease: 'lease-2',
          state,
          atMs,
        })
        const other = { ...event, lease: 'lease-2', fault: 'cpu' }
        return [event, other, lease('applying', fromMs), lease('applied', fromMs), lease('releasing', toMs), lease('released', toMs)]
      }
    const seen = (fromMs: number, toMs: number) => find('residue', {}, beside(releasedMs + fromMs, releasedMs + toMs))
    expect(seen(-5_000, 100)).toEqual(saying('unknown', /process-stop on pc2 is not shown to be gone while cpu was in place/))
    expect(seen(-5_000, -1_000)).toEqual(saying('fail', /process-stop on pc2: {"state":"T"}/))
  })
  test('of a run that was stopped, what one of its faults made is left behind, and all else may yet have gone', () => {
    const stopped =
      (line: string) =>
      (event: Event): Event[] => {
        if (event.kind === 'plan' || event.kind === 'lease') return [event, { ...event, lease: 'lease-2' }]
        if (event.kind === 'end')
          return [{ kind: 'abort', seq: event.seq, atMs: event.atMs, condition: 'stop', seen: 'x', causeMs: 0 } as Event, event]
        return event.kind === 'snapshot' && event.when === 'after' ? [{ ...event, lines: [...event.lines, line] }] : [event]
      }
    expect(find('residue', {}, stopped('rule of lease-2'))).toEqual(saying('fail', /^on mainpc new: rule of lease-2; /))
    expect(find('residue', {}, stopped('rule of another')).outcome).toBe('unknown')
  })
  test('a line that stands there twice before and after is no residue', () => {
    const twice = (event: Event): Event[] => (event.kind === 'snapshot' ? [{ ...event, lines: [...event.lines, ...event.lines] }] : [event])
    expect(find('residue', {}, twice).outcome).toBe('pass')
  })
  test.each(['expired', 'failed'] as const)(
    'a lease that %s is not known to be gone, and another lease is none of its business',
    (state) => {
      const ends = (lease: string) =>
        find('residue', {}, (event) =>
          event.kind === 'lease' && event.state === 'released' ? [event, { ...event, lease, state, detail: 'so' }] : [event],
        )
      expect(ends('lease-1')).toEqual(saying('unknown', new RegExp(`^the lease of process-stop ${state}: so$`)))
      expect(ends('lease-2').outcome).toBe('pass')
    },
  )
})
