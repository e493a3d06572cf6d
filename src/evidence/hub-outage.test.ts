import { expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story } from '../../fixtures/histories/build.ts'
import type { Event } from '../journal/event.ts'
import type { ScenarioHistory } from '../journal/history.ts'
import { longestHubOutage } from './hub-outage.ts'

const quick = { ...goodStory, steadyMs: 10_000, recoveryMs: 20_000 }
const [central, speech] = ['mainpc/ServiceRegistry', 'pc2/Speech']

/** @param hubs of the story's agents */
function lasted(hubs: readonly string[], story: Partial<Story> = {}, change: (event: Event) => Event = (event) => event) {
  const events = eventsOf({ ...quick, ...story }).map((event): Event => {
    if (event.kind !== 'topology') return change(event)
    return { ...event, agents: event.agents.map((agent) => (hubs.includes(agent.id) ? { ...agent, role: 'hub' } : agent)) }
  })
  const history = historyFrom(journalOf(renumbered(events.toSorted((a, b) => a.atMs - b.atMs))))
  return longestHubOutage(history, history.scenarios[0] as ScenarioHistory)?.lastedMs
}
const holdMs = quick.holdMs
const partition =
  (words: readonly string[] = []) =>
  (event: Event) =>
    event.kind === 'plan'
      ? {
          ...event,
          fault: 'partition',
          targets: ['pc2'],
          silences: [],
          radius: [],
          plan: { steps: [{ apply: { argv: ['tool', 'cut', ...words] } }] },
        }
      : event

test('a silenced hub is out for as long as it was seen silent, between proof and release', () => {
  const outMs = lasted([speech]) as number
  expect(outMs).toBeGreaterThan(holdMs - 3 * quick.intervalMs)
  expect(outMs).toBeLessThanOrEqual(holdMs)
})

test('one that answered again before its release was out until then', () => {
  const answer: Story['answer'] = (who, atMs) => (who === central && atMs > 10_400 && atMs < 14_400 ? 'timeout' : undefined)
  const silenced = (event: Event) => (event.kind === 'plan' ? { ...event, silences: [central] } : event)
  const outMs = lasted([central], { answer }, silenced) as number
  expect(outMs).toBeGreaterThan(3_500)
  expect(outMs).toBeLessThan(4_500)
})

test('of two hubs the one that was out longer counts, whichever is named first', () => {
  const answer: Story['answer'] = (who, atMs) => (who === central && atMs > 10_400 && atMs < 14_400 ? 'timeout' : undefined)
  for (const silences of [
    [central, speech],
    [speech, central],
  ]) {
    const outMs = lasted([central, speech], { answer }, (event) => (event.kind === 'plan' ? { ...event, silences } : event))
    expect(outMs).toBe(lasted([speech]))
  }
})

test('no hub, no proof, no release: no outage', () => {
  expect(lasted([])).toBe(undefined)
  expect(lasted([central])).toBe(undefined)
  const without = (is: (event: Event) => boolean) => (event: Event) => (is(event) ? ({ ...event, lease: 'other' } as Event) : event)
  expect(
    lasted(
      [speech],
      {},
      without(({ kind }) => kind === 'proof'),
    ),
  ).toBe(undefined)
  expect(
    lasted(
      [speech],
      {},
      without((event) => event.kind === 'lease' && event.state === 'releasing'),
    ),
  ).toBe(undefined)
  expect(lasted([speech], {}, (event) => (event.kind === 'proof' && event.query === 'effective' ? { ...event, stdout: '' } : event))).toBe(
    undefined,
  )
})

test('a hub whose machine is cut off is out from the proof of the cut to its release, whatever the observer sees of it', () => {
  const outMs = lasted([speech], { stopped: [speech], wakesAfterMs: 0 }, partition()) as number
  expect(outMs).toBe(holdMs - 10) // the story proves it that much later
  expect(lasted([central], {}, partition())).toBe(undefined)
})

test.each([['--peers'], ['--ports']])('a partition by %s may leave the hub its way', (word) => {
  expect(lasted([speech], {}, partition([word, 'x']))).toBe(undefined)
})
