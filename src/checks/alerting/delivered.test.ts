/** Which alert of one read is which of another, to the millisecond, and what is known of a fleet before a scenario on it. */
import { expect, test } from 'vitest'
import type { ScenarioHistory } from '../../journal/history.ts'
import { deliveredIn, earlierOn, type Notice, type Read } from './delivered.ts'

const page: Notice = {
  service: 'pagerduty',
  channel: 'on-call',
  alert: 'BothHubsDown',
  level: 'critical',
  subject: 'both hubs',
  firedMs: 100_000,
  resolvedMs: null,
  times: 1,
}
const read = (uncertainMs: number, ...notices: readonly Notice[]) => ({ when: 'after', notices, uncertainMs }) as unknown as Read
const later = (ms: number): Notice => ({ ...page, firedMs: page.firedMs + ms })
const count = (...reads: readonly Read[]) => deliveredIn(reads).length

test('one of two reads is the same within what both may be off by, and is as it was last seen', () => {
  const apart = (uncertainMs: number, ms: number) => count(read(uncertainMs, page), read(uncertainMs, later(ms)))
  expect([apart(20, 40), apart(20, 41), apart(20, -40), apart(20, -41)]).toEqual([1, 2, 1, 2])
  expect([apart(60_000, 10_000), apart(60_000, 10_001)]).toEqual([1, 2]) // no read excuses more than that
  expect(count(read(20, page), read(10, later(30)))).toBe(1)
  expect(deliveredIn([read(20, page), read(20, { ...page, resolvedMs: 120_000 })])).toMatchObject([{ resolvedMs: 120_000 }])
})

test('what differs in its name, its channel, its service or its subject is another', () => {
  const others = [{ alert: 'HubDown' }, { level: 'warning' }, { channel: 'lead-sre' }, { service: 'slack' }, { subject: 'one hub' }]
  for (const other of others) expect(count(read(20, page), read(20, { ...page, ...other }))).toBe(2)
})

test('two that are alike in one read are two, and stay two', () => {
  expect(count(read(20, page), read(20, page, later(1)))).toBe(2)
  expect(count(read(20, page, later(1)), read(20, page, later(1)))).toBe(2)
})

test('before a scenario that brings its fleet up nothing is known of it, nor before the first', () => {
  const scenario = (coldStart: boolean, ...reads: readonly Read[]) =>
    ({ declared: { coldStart }, of: () => reads }) as unknown as ScenarioHistory
  const before = { ...read(20), when: 'before' } as Read
  const [first, second, third] = [scenario(true, before, read(20, page)), scenario(false, before), scenario(false, read(20))] as const
  expect(earlierOn([first, second, third], third)).toEqual({ read: before, scenario: second, unread: [second] })
  expect(earlierOn([first, second, third], second)).toMatchObject({ scenario: first, unread: [] })
  const nothing = { read: undefined, scenario: undefined, unread: [] }
  expect(earlierOn([first, second], first)).toEqual(nothing)
  expect(earlierOn([second, first], first)).toEqual(nothing)
  expect(earlierOn([second], second)).toEqual(nothing)
  const [silent, cold] = [scenario(false), scenario(true)]
  expect(earlierOn([first, silent, third], third)).toMatchObject({ scenario: first, unread: [silent] })
  expect(earlierOn([first, cold, third], third)).toMatchObject({ scenario: undefined, unread: [cold] })
})
