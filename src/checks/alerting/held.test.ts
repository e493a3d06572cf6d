/** When the first fault began, and from when until when faults were held. */
import { describe, expect, test } from 'vitest'
import type { ScenarioHistory } from '../../journal/history.ts'
import { begunAtMs, heldOf } from './held.ts'

type State = readonly [state: string, atMs: number, lease?: string]

function scenario(states: readonly State[], lasts = 'until-undone', leases = ['one']): ScenarioHistory {
  const events: Readonly<Record<string, readonly unknown[]>> = {
    lease: states.map(([state, atMs, lease = 'one']) => ({ state, atMs, lease, seq: atMs })),
    plan: leases.map((lease) => ({ lease, lasts })),
  }
  return { of: (kind: string) => events[kind] ?? [] } as unknown as ScenarioHistory
}

test('it begins when it begins to be applied, or is, and not when it is armed', () => {
  expect(
    begunAtMs(
      scenario([
        ['armed', 1],
        ['applying', 2],
        ['applied', 3],
      ]),
    ),
  ).toBe(2)
  expect(
    begunAtMs(
      scenario([
        ['armed', 1],
        ['applied', 3],
        ['releasing', 4],
      ]),
    ),
  ).toBe(3)
  expect(begunAtMs(scenario([['armed', 1]]))).toBeUndefined()
})

describe('faults are held', () => {
  const whole: readonly State[] = [
    ['applying', 2],
    ['applied', 3],
    ['releasing', 9],
    ['released', 10],
  ]
  test('from the first that is in to the last release', () => {
    expect(heldOf(scenario(whole))).toEqual({ begunMs: 2, appliedMs: 3, toMs: 9, allUntilMs: 9, seqs: [3, 9] })
    const second: readonly State[] = [
      ['applied', 5, 'two'],
      ['expired', 12, 'two'],
    ]
    expect(heldOf(scenario([...whole, ...second], 'until-undone', ['one', 'two']))).toMatchObject({ appliedMs: 3, toMs: 12, allUntilMs: 9 })
    const early: readonly State[] = [
      ['applied', 4, 'two'],
      ['releasing', 6, 'two'],
    ]
    expect(heldOf(scenario([...whole, ...early], 'until-undone', ['one', 'two']))).toMatchObject({ allUntilMs: 6 })
  })
  test('to no known time, where one is over at once, has no end, or no plan', () => {
    expect(heldOf(scenario(whole, 'instant'))).toMatchObject({ toMs: 9, allUntilMs: undefined })
    expect(heldOf(scenario(whole.slice(0, 2)))).toEqual({ begunMs: 2, appliedMs: 3, toMs: undefined, allUntilMs: undefined, seqs: [3] })
    expect(heldOf(scenario(whole, 'until-undone', []))).toMatchObject({ toMs: 9, allUntilMs: undefined })
  })
  test('not at all, where none was applied', () => expect(heldOf(scenario([['applying', 2]]))).toBeUndefined())
})
