/** Whether a fault was in effect while it was held, slot by slot, by the silence of those whom it silences. */
import { describe, expect, test } from 'vitest'
import type { Given } from '../../fixtures/histories/by-hand.ts'
import {
  begun,
  ended,
  held,
  inEffect,
  lease,
  look,
  looked,
  looks,
  plan,
  planner,
  proof,
  type Seen,
  vision,
} from '../../fixtures/histories/one-fault.ts'
import type { Answer } from '../journal/event.ts'
import { effectOf, withoutEffect } from './effect.ts'

function found(events: readonly Given[], seen?: Seen) {
  const { history, scenario, of } = looked(events, seen)
  const finding = effectOf(history, scenario, of)
  return [finding.outcome, finding.because]
}

describe('those whom it silences', () => {
  const silencing = (...silences: readonly string[]) => [plan({ silences }), ...begun, ...held, ...ended]
  /** What vision answered at these moments; else it was silent. */
  const but = (said: Answer | undefined, ...atMs: readonly number[]): Seen => ({
    answer: (id, when) => (id === vision && atMs.includes(when) ? said : 'timeout'),
  })

  test('were silent, whatever they answered before it took effect and when a probe may have been open at its release', () => {
    const { history, scenario, of } = looked(silencing(planner, vision), but('ok', 9_500, 10_000, 19_500, 20_000))
    expect(effectOf(history, scenario, of)).toMatchObject({
      outcome: 'pass',
      because: `${inEffect}, and 2 agents silent throughout`,
      standsOn: [100, 102, 103, 114, 1010, 1019],
    })
  })
  test('one answer may be a stray, two have contradicted it', () => {
    expect(found(silencing(vision))).toEqual(['pass', `${inEffect}, and 1 agent silent throughout`])
    expect(found(silencing(vision), but('ok', 12_000))[1]).toBe(
      `${inEffect}, and 1 agent silent throughout, but for pc/Vision (one answer)`,
    )
    const { history, scenario, of } = looked(silencing(planner, vision), but('ok', 12_000, 14_000))
    expect(effectOf(history, scenario, of)).toEqual({
      outcome: 'fail',
      measure: { value: 1, limit: 0, unit: 'findings' },
      because: 'stop was held from 10.1 s to 20.0 s, and pc/Vision answered 2 of 18 probes, first at 12.0 s',
      standsOn: [100, 1010, 1019],
    })
    expect(withoutEffect(history, scenario, of)).toMatch(/answered 2 of 18/)
  })
  test('the first answer is named, and not the last before the silence', () => {
    expect(found(silencing(vision), but('ok', 10_500, 11_000))[1]).toMatch(/first at 10\.5 s/)
    expect(found(silencing(vision), but('ok', 18_500, 19_000))[1]).toMatch(/first at 18\.5 s/)
  })
  test('who never was silent shows that it may not have taken effect', () => {
    const all = found(silencing(planner, vision), { answer: (id) => (id === vision ? 'ok' : 'timeout') })
    expect(all).toEqual(['unknown', 'stop was applied, and these were never seen to be silent: pc/Vision'])
    const one = found(silencing(vision), { answer: (id, atMs) => (id === vision && atMs !== 12_000 ? 'ok' : 'timeout') })
    expect(one[0]).toBe('fail')
  })
  test('what was not seen for two seconds leaves nothing open, and is said; for longer, it is not known', () => {
    const said = (...slots: readonly number[]) => found(silencing(planner, vision), but('unsent', ...slots))
    const passed = `${inEffect}, and 2 agents silent throughout`
    expect(said(12_000, 15_000)).toEqual(['pass', passed])
    expect(said(12_000, 12_500)).toEqual(['pass', `${passed}, but for pc/Vision (not seen for 1.5 s)`])
    expect(said(12_000, 12_500, 13_000)).toEqual(['pass', `${passed}, but for pc/Vision (not seen for 2.0 s)`])
    const long = [12_000, 12_500, 13_000, 13_500]
    expect(said(...long)).toEqual(['unknown', 'stop: not seen to be silent throughout the hold: pc/Vision (not seen for 2.5 s)'])
    expect(said(10_500, 11_000, 11_500, 12_000)[0]).toBe('unknown')
    expect(said(17_500, 18_000, 18_500, 19_000)[0]).toBe('unknown')
    const { history, scenario, of } = looked(silencing(planner, vision), but('unsent', ...long))
    expect(withoutEffect(history, scenario, of)).toBe(undefined)
  })
  test('one answer is a stray beside ten slots that failed, and beside fewer it leaves it open', () => {
    const until = (releasingMs: number) => {
      const short = [lease('releasing', releasingMs), look(releasingMs + 100), lease('released', releasingMs + 300)]
      return looked([plan({ silences: [vision], holdMs: 0 }), ...begun, ...looks(11_100, releasingMs), ...short], but('ok', 12_000))
    }
    const [ten, nine] = [until(16_500), until(16_000)]
    expect(effectOf(ten.history, ten.scenario, ten.of).outcome).toBe('pass')
    const open = 'stop: not seen to be silent throughout the hold: pc/Vision (one answer)'
    expect(effectOf(nine.history, nine.scenario, nine.of)).toMatchObject({ outcome: 'unknown', because: open })
    expect(withoutEffect(nine.history, nine.scenario, nine.of)).toBe(undefined)
  })
  test('what does no work must not say that it is healthy, as soon as it can have noticed', () => {
    const idle = (seen: Seen, silences: readonly string[] = []) =>
      found([plan({ silences, idles: [vision] }), ...begun, ...held, ...ended], seen)
    expect(idle(but('ok', 11_000, 12_000, 14_500))).toEqual(['pass', `${inEffect}, and 1 agent silent throughout`])
    expect(idle(but('ok', 15_500, 16_000))[0]).toBe('fail')
    expect(idle({ answer: () => 'ok' })[0]).toBe('fail')
    expect(idle({ answer: (_, atMs) => (atMs === 16_000 ? 'ok' : 'unsent') })[1]).toMatch(/never seen to be silent/)
    expect(idle({ answer: () => 'unsent' })[1]).toMatch(/never seen to be silent: pc\/Vision/)
    expect(idle(but('ok', 11_000, 12_000), [vision])[0]).toBe('fail')
  })
  test('without an observer nothing is known of them', () => {
    expect(found(silencing(vision), { observer: false })).toEqual(['unknown', 'stop: no agent was ever asked'])
    expect(found(silencing(), { observer: false })[0]).toBe('pass')
  })
  test('a hold that is no longer than a probe may be open says nothing of them', () => {
    const late = [...begun.slice(0, 2), proof(19_500), ...ended]
    expect(found([plan({ silences: [vision], holdMs: 500 }), ...late])[1]).toMatch(/never seen to be silent: pc\/Vision/)
  })
  test('one that is instant is over before any of them was seen to be silent', () => {
    expect(found([plan({ silences: [vision], lasts: 'instant' }), ...begun])[1]).toMatch(/never seen to be silent: pc\/Vision/)
  })
})

describe('beside another fault that silences the same one', () => {
  const other = (fromMs: number, toMs?: number, silences = [vision]) => ({
    plan: plan({ lease: 'two', silences }),
    leases: [lease('applying', fromMs, { lease: 'two' }), ...(toMs === undefined ? [] : [lease('released', toMs, { lease: 'two' })])],
  })
  const beside = (second: ReturnType<typeof other>, answer: Seen['answer'] = () => 'timeout') =>
    found([plan({ silences: [vision] }), second.plan, ...second.leases, ...begun, ...held, ...ended], { answer })

  test('nothing is known where the other was in place all the while', () => {
    const masked = ['unknown', 'stop: another fault silenced these all the while: pc/Vision']
    expect(beside(other(10_100, 19_500))).toEqual(masked)
    expect(beside(other(5_000))).toEqual(masked)
  })
  test('what is seen outside of the other counts', () => {
    expect(beside(other(10_100, 15_000))[0]).toBe('pass')
    expect(beside(other(15_000))[0]).toBe('pass')
    const between = (_: string, atMs: number): Answer => (atMs >= 12_000 && atMs < 15_000 ? 'ok' : 'timeout')
    expect(beside(other(12_000, 15_000), between)[0]).toBe('pass')
    const answered = (...slots: readonly number[]) => beside(other(12_000, 15_000), (_, atMs) => (slots.includes(atMs) ? 'ok' : 'timeout'))
    const because = 'stop: stop was done to the same meanwhile, and stop was held from 10.1 s to 20.0 s, and pc/Vision answered 2 of '
    expect(answered(15_500, 16_000)).toEqual(['unknown', expect.stringContaining(because)])
    expect(answered(11_000, 11_500)[0]).toBe('unknown') // the later one may have been open when the other began
    expect(answered(10_500, 11_000)[0]).toBe('fail')
    const both = other(12_000, 15_000, [planner, vision])
    const early = (id: string, atMs: number): Answer =>
      (id === vision ? [10_500, 11_000] : [15_500, 16_000]).includes(atMs) ? 'ok' : 'timeout'
    const events = [plan({ silences: [planner, vision] }), both.plan, ...both.leases, ...begun, ...held, ...ended]
    expect(found(events, { answer: early })[0]).toBe('fail') // of one of the two it is the fault’s own
  })
  test('the first answer outside of the other is named', () => {
    const answered = beside(other(12_000, 15_000), (_, atMs) => ([11_000, 16_000].includes(atMs) ? 'ok' : 'timeout'))
    expect(answered[1]).toMatch(/first at 11\.0 s$/)
  })
  test('of its leases that say a thing twice the first time counts', () => {
    const [two, again] = [other(10_100, 19_500), { lease: 'two' }]
    const late = { ...two, leases: [...two.leases.slice(0, 1), lease('applying', 15_000, again), ...two.leases.slice(1)] }
    expect(beside(late)[0]).toBe('unknown')
    const soon = { ...two, leases: [...two.leases.slice(0, 1), lease('released', 15_000, again), ...two.leases.slice(1)] }
    expect(beside(soon)[0]).toBe('pass')
  })
  test('that silences another, or was never applied, it counts as if alone', () => {
    expect(beside(other(5_000, undefined, [planner]))[0]).toBe('pass')
    expect(beside({ ...other(5_000), leases: [] })[0]).toBe('pass')
  })
})
