import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered } from '../../fixtures/histories/build.ts'
import { type Given, scenarioBy } from '../../fixtures/histories/by-hand.ts'
import type { Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import type { Finding } from './finding.ts'
import { newByTheirWord, restartedBystanders, sameProcesses } from './incarnations.ts'

const vision = 'pc2/Vision'
/** The one that the fault is aimed at. */
const speech = 'pc2/Speech'
type Process = Event<'processes'>['records'][number]
type Change = (event: Event) => readonly Event[]

const quick = { ...goodStory, intervalMs: 2_000, steadyMs: 10_000, recoveryMs: 20_000 }
const story = eventsOf(quick)

function find(change: Change = (event) => [event]): Finding {
  const history = historyFrom(journalOf(renumbered(story.flatMap(change))))
  return restartedBystanders(history, history.scenarios[0] as ScenarioHistory)
}
/** In one of the reads, another process, or none. */
const inRead = (when: 'before' | 'after', agent: string, turn: (process: Process) => readonly Process[]) => (event: Event) =>
  event.kind === 'processes' && event.when === when
    ? [{ ...event, records: event.records.flatMap((each) => (each.agent === agent ? turn(each) : [each])) }]
    : [event]
const another = (process: Process) => [{ ...process, pid: 702, startTicks: 9_000 }]
const saying = (outcome: Finding['outcome'], because: string) => ({ outcome, because })

test('bystanders that are the same processes before and after pass, with every read named', () => {
  expect(find()).toEqual({
    outcome: 'pass',
    because: '3 bystanders still the same processes (kernel pid and start time)',
    measure: { value: 0, limit: 0, unit: 'findings' },
    standsOn: expect.objectContaining({ length: 4 }),
  })
})

describe('a bystander that was restarted', () => {
  test('fails, with both processes, though it answered every probe', () => {
    expect(find(inRead('after', vision, another))).toMatchObject({
      ...saying('fail', 'pc2/Vision is another process than before (pid 302 → 702), and no fault of this scenario was aimed at it'),
      measure: { value: 1, limit: 0 },
    })
  })
  test('is told by its start where it was given the same id again', () => {
    expect(find(inRead('after', vision, (process) => [{ ...process, startTicks: 9_000 }]))).toMatchObject({
      outcome: 'fail',
      because: expect.stringContaining('(pid 302, start 4002 → 9000)'),
    })
  })
  test('outweighs what was not read', () => {
    const partly = inRead('after', 'mainpc/Planner', () => [])
    expect(find((event) => inRead('after', vision, another)(event).flatMap(partly)).outcome).toBe('fail')
  })
  test('is none where a fault was aimed at it', () => {
    expect(find(inRead('after', speech, another)).outcome).toBe('pass')
  })
})

describe('unknown', () => {
  const isRead = (when: 'before' | 'after', machine: string) => (event: Event) =>
    event.kind === 'processes' && event.when === when && event.machine === machine
  test.each<[string, Change]>([
    ['the processes of pc2 were not read before', (event) => (isRead('before', 'pc2')(event) ? [] : [event])],
    ['the processes of mainpc were not read after', (event) => (isRead('after', 'mainpc')(event) ? [] : [event])],
    ['no process of pc2/Vision was found before', inRead('before', vision, () => [])],
    ['no process of pc2/Vision was found after', inRead('after', vision, () => [])],
    ['more than one process is called pc2/Vision', inRead('after', vision, (process) => [process, ...another(process)])],
  ])('%s', (because, change) => {
    expect(find(change)).toMatchObject(saying('unknown', because))
  })
  test('a journal without processes', () => {
    expect(find((event) => (event.kind === 'processes' ? [] : [event]))).toMatchObject({
      outcome: 'unknown',
      because: expect.stringMatching(/^the processes of mainpc were not read before; the processes of pc2/),
    })
  })
  test('what was read before the release says nothing of after it', () => {
    const early = find((event) => (event.kind === 'processes' && event.when === 'after' ? [] : [event]))
    const plannedAt = story.findIndex(({ kind }) => kind === 'plan')
    const tooSoon = story.filter((event) => event.kind === 'processes' && event.when === 'after')
    const others = story.filter((event) => !tooSoon.includes(event))
    const moved = others.toSpliced(plannedAt, 0, ...tooSoon.map((event) => ({ ...event, atMs: others[plannedAt]?.atMs ?? 0 })))
    const history = historyFrom(journalOf(renumbered(moved)))
    expect(restartedBystanders(history, history.scenarios[0] as ScenarioHistory)).toEqual(early)
  })
  test('an agent that says it is another one, where the kernel says it is the same', () => {
    const begun: Change = (event) =>
      event.kind === 'accounts' && event.when === 'after'
        ? [{ ...event, records: event.records.map((each) => (each.agent === vision ? { ...each, incarnation: 900 } : each)) }]
        : [event]
    expect(find(begun)).toMatchObject(
      saying(
        'unknown',
        'pc2/Vision is another process than before (incarnation 102 → 900) by its own word, and the same one by the kernel’s',
      ),
    )
  })
  test('a fault that is aimed at all leaves no bystander', () => {
    const all: Change = (event) => [event.kind === 'plan' ? { ...event, radius: quick.agents } : event]
    expect(find(all)).toMatchObject(saying('unknown', 'no agent is outside the blast radius'))
  })
})

describe('between two scenarios on one fleet', () => {
  const end = story.findIndex(({ kind }) => kind === 'leftovers')
  const begin = story.findIndex(({ kind }) => kind === 'scenario')
  /** The same scenario once more, on the fleet that the first one left. */
  function second(change: (event: Event) => readonly Event[], coldStart = false): Finding {
    const laterMs = (story[end]?.atMs ?? 0) - (story[begin]?.atMs ?? 0)
    const again = story.slice(begin).flatMap((event): readonly Event[] => {
      if (event.kind === 'observer' && event.state === 'started') return []
      if (event.kind === 'boot') return []
      return change({
        ...event,
        atMs: event.atMs + laterMs,
        ...(event.kind === 'samples' ? { baseMs: event.baseMs + laterMs } : {}),
      } as Event)
    })
    const kept = again.map((event) => (event.kind === 'scenario' ? { ...event, coldStart } : event))
    const first = story.slice(0, end).filter((event) => !(event.kind === 'observer' && event.state === 'stopped'))
    const history = historyFrom(journalOf(renumbered([...first, ...kept])))
    return restartedBystanders(history, history.scenarios[1] as ScenarioHistory)
  }
  const lateVision: Change = (event) => inRead('before', vision, another)(event).flatMap(inRead('after', vision, another))

  test('no agent is restarted: no fault is in place then', () => {
    expect(second((event) => [event]).outcome).toBe('pass')
    expect(second(lateVision)).toMatchObject(
      saying('fail', 'pc2/Vision is another process than before (pid 302 → 702), restarted between two scenarios'),
    )
    const lateSpeech: Change = (event) => inRead('before', speech, another)(event).flatMap(inRead('after', speech, another))
    expect(second(lateSpeech).outcome).toBe('fail')
  })
  test('a fleet of its own has other processes', () => {
    expect(second(lateVision, true).outcome).toBe('pass')
  })
  test('a kept fleet whose scenario before is not there is not known to be the same', () => {
    expect(find((event) => [event.kind === 'scenario' ? { ...event, coldStart: false } : event])).toMatchObject(
      saying('unknown', 'the scenario before on this fleet is not known'),
    )
  })
})

describe('by hand', () => {
  const plan: Given = { kind: 'plan', atMs: 10, lease: 'one', radius: [] }
  const over: Given = { kind: 'lease', atMs: 20, lease: 'one', state: 'releasing' }
  const told = (when: 'before' | 'after', ...incarnations: readonly number[]): Given => ({
    kind: 'accounts',
    when,
    atMs: when === 'before' ? 1 : 30,
    records: incarnations.map((incarnation) => ({ agent: vision, incarnation })),
  })
  const read = (when: 'before' | 'after', ...pids: readonly number[]): Given => ({
    kind: 'processes',
    when,
    machine: 'pc2',
    atMs: when === 'before' ? 1 : 30,
    records: pids.map((pid) => ({ agent: vision, pid, startTicks: 5 })),
  })
  const isNew = (before: readonly Given[], ...after: readonly Given[]) =>
    newByTheirWord(scenarioBy({}, [...before, plan, over, ...after]), [vision]).join()

  test('of several reads of what an agent says the last counts, and of several processes the first other one', () => {
    expect(isNew([told('before', 7)], told('after', 7))).toBe('')
    expect(isNew([told('before', 7)], told('after', 8), told('after', 7))).toBe('')
    expect(isNew([told('before', 7)], told('after', 7, 8, 9))).toBe('pc2/Vision is another process than before (incarnation 7 → 8)')
    expect(isNew([told('before', 7, 8)], told('after', 8))).toBe('')
    expect(isNew([], told('after', 8))).toBe('')
  })
  test('a process is the same as one of those of its name before', () => {
    const same = (before: Given, after: Given) => sameProcesses(scenarioBy({}, [before, plan, over, after]), [vision]).map(({ pid }) => pid)
    expect(same(read('before', 1, 2), read('after', 2, 3))).toEqual([2])
    expect(same(read('before', 1), read('after', 3))).toEqual([])
    expect(same(read('before'), read('after', 3))).toEqual([])
  })
})
