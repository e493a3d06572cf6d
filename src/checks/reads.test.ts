/** That each criterion names what it reads: without that it knows nothing, and without anything else it says the same. */
import { expect, test } from 'vitest'
import { alertingStory, eventsOf, historyFrom, journalOf, renumbered } from '../../fixtures/histories/build.ts'
import { changeStory } from '../../fixtures/histories/rollback.ts'
import type { Event } from '../journal/event.ts'
import { type ReadName, readNames } from '../journal/reads.ts'
import { judge } from '../verdict/judge.ts'
import { readsFor } from '../verdict/reads.ts'
import type { Check } from './check.ts'
import { checkOf } from './index.ts'

const good = eventsOf(alertingStory)

function findingsOf(events: readonly Event[]): ReadonlyMap<string, string> {
  const [scenario] = judge(historyFrom(journalOf(renumbered(events)))).scenarios
  return new Map(scenario?.findings.map(({ about, outcome }) => [about, outcome]))
}

const without = (events: readonly Event[], name: ReadName) => events.filter(({ kind }) => kind !== name)
const namedBy = (criterion: string) => (checkOf(criterion) as Check).reads.map(({ name }) => name)

test.each(readNames)('without the events of %s those are unknown that name it, and those alone', (name) => {
  const whole = findingsOf(good)
  const cut = findingsOf(without(good, name))
  const criteria = [...whole.keys()].filter((about) => checkOf(about) !== undefined)
  expect(criteria.filter((id) => whole.get(id) !== 'pass')).toEqual([])
  expect(criteria.filter((id) => cut.get(id) === 'unknown')).toEqual(criteria.filter((id) => namedBy(id).includes(name)))
  expect([...cut.values()]).not.toContain('fail')
})

test('a rollback names the processes, which can contradict what it was told; that they are there is asked by the stage', () => {
  const events = changeStory()
  const first = events.filter((event) => event.kind === 'processes')
  const stayed = events.map((event) =>
    event.kind === 'processes' ? { ...event, records: first.find(({ machine }) => machine === event.machine)?.records ?? [] } : event,
  )
  const said = (of: readonly Event[]) => ['rollback', 'held'].map((about) => findingsOf(of).get(about))
  expect([said(events), said(stayed), said(without(events, 'processes'))]).toEqual([
    ['pass', 'pass'],
    ['unknown', 'pass'],
    ['pass', 'unknown'],
  ])
  expect(namedBy('rollback')).toEqual(['processes'])
  expect(readNames.filter((name) => findingsOf(without(events, name)).get('rollback') !== 'pass')).toEqual([])
})

test('a stage is judged whatever the criteria are, so that what it reads is always read', () => {
  const whole = findingsOf(good)
  const open = readNames.filter((name) => {
    const cut = findingsOf(without(good, name))
    return ['steady', 'effective', 'held', 'recovered', 'clean'].some((stage) => cut.get(stage) !== whole.get(stage))
  })
  expect(readsFor([]).map(({ name }) => name)).toEqual(open)
  expect(readsFor(['exporter', 'leaks', 'uptime'])).toEqual([...readsFor([]), { name: 'exposition', when: 'after' }])
})
