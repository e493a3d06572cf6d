/** Whose business an alert is that an earlier scenario on the same fleet has left behind. */
import { describe, expect, test } from 'vitest'
import type { ExpectedAlert } from '../../journal/event.ts'
import type { History, ScenarioHistory } from '../../journal/history.ts'
import { accountOf } from './accounting.ts'
import type { Notice } from './delivered.ts'

const page = (alert: string, firedMs: number, resolvedMs: number | null = null): Notice => {
  return { service: 'pagerduty', channel: 'on-call', alert, level: 'critical', subject: 'both hubs', firedMs, resolvedMs, times: 1 }
}
const expects = (alert: string): ExpectedAlert => {
  return { alert, channel: 'on-call', level: 'critical', subjects: ['both hubs'], afterMs: 0, withinMs: 60_000, resolvedMs: 60_000 }
}

interface Told {
  readonly name: string
  /** When its fault is applied; it ends 30 s later. */
  readonly atMs: number
  readonly alerts?: readonly ExpectedAlert[]
  /** Of its last read; undefined where it was not read. */
  readonly last?: readonly Notice[]
  readonly coldStart?: boolean
}

function scenario({ name, atMs, alerts = [], last, coldStart = false }: Told): ScenarioHistory {
  const events: Readonly<Record<string, readonly unknown[]>> = {
    lease: [{ kind: 'lease', lease: name, state: 'applied', atMs, seq: atMs }],
    notices: last === undefined ? [] : [{ kind: 'notices', when: 'after', notices: last, uncertainMs: 20 }],
  }
  const phases = [
    { name: 'fault', fromMs: atMs - 1_000, toMs: atMs + 10_000 },
    { name: 'recovery', fromMs: atMs + 10_000, toMs: atMs + 30_000 },
  ]
  return { declared: { name, coldStart, alerts }, phases, of: (kind: string) => events[kind] ?? [] } as unknown as ScenarioHistory
}
function account(...told: readonly Told[]) {
  const scenarios = told.map(scenario)
  return accountOf({ scenarios } as unknown as History, scenarios.at(-1) as ScenarioHistory)
}
const hub = page('HubDown', 101_000)

describe('an alert of an earlier scenario', () => {
  const second = (...last: readonly Notice[]): Told => ({ name: 'second', atMs: 200_000, last })
  test('that was over there has been judged there', () => {
    const over = page('HubDown', 101_000, 105_000)
    expect(account({ name: 'first', atMs: 100_000, last: [over], coldStart: true }, second(over))).toMatchObject({
      unexpected: [],
      explained: [{ of: 'first', how: 'judged' }],
    })
  })
  test('that was expected there and fires on is explained; one that was not is as unexpected here', () => {
    const first = { name: 'first', atMs: 100_000, alerts: [expects('HubDown')], coldStart: true }
    expect(account({ ...first, last: [hub] }, second(hub))).toMatchObject({ unexpected: [], explained: [{ of: 'first', how: 'expected' }] })
    const other = page('Other', 102_000)
    expect(account({ ...first, last: [hub, other] }, second(hub, other))).toMatchObject({
      unexpected: [{ delivered: { alert: 'Other' }, when: ', since first' }],
      explained: [{ delivered: { alert: 'HubDown' }, how: 'expected' }],
    })
    const two = { ...first, alerts: [expects('HubDown'), expects('Missing')] }
    expect(account({ ...two, last: [hub, other] }, second(hub))).toMatchObject({ explained: [{ how: 'expected' }] })
  })
  test('is followed through all scenarios since', () => {
    const third: Told = { name: 'third', atMs: 300_000, last: [hub] }
    const first = { name: 'first', atMs: 100_000, last: [hub], coldStart: true }
    expect(account({ ...first, alerts: [expects('HubDown')] }, second(hub), third)).toMatchObject({
      explained: [{ of: 'first', how: 'expected' }],
    })
    expect(account(first, second(hub), third)).toMatchObject({ unexpected: [{ when: ', since second' }], explained: [] })
  })
})

describe('an alert that came under a scenario whose end was not read', () => {
  const under = (firedMs: number) =>
    account(
      { name: 'first', atMs: 100_000, last: [], coldStart: true },
      { name: 'unread', atMs: 200_000 },
      { name: 'third', atMs: 300_000, last: [page('HubDown', firedMs)] },
    )
  test('is explained by it from its fault to its end, as exactly as its time is known', () => {
    for (const firedMs of [199_980, 220_000, 230_020])
      expect(under(firedMs)).toMatchObject({ unexpected: [], explained: [{ of: 'unread', how: 'unread' }] })
    for (const firedMs of [199_979, 230_021]) expect(under(firedMs)).toMatchObject({ unexpected: [{}], explained: [] })
  })
})
