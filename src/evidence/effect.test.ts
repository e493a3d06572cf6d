/** Whether a fault was in effect while it was held, moment by moment, by what proves it. */
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
  proof,
  type Seen,
  step,
} from '../../fixtures/histories/one-fault.ts'
import { effectOf, withoutEffect } from './effect.ts'

function found(events: readonly Given[], seen?: Seen) {
  const { history, scenario, of } = looked(events, seen)
  const finding = effectOf(history, scenario, of)
  return [finding.outcome, finding.because]
}

const whole = [plan(), ...begun, ...held, ...ended]

test('of leases that say a thing twice the first time counts', () => {
  const again = [lease('applied', 10_050), proof(10_100), ...held, ...ended, lease('releasing', 21_000)]
  const { history, scenario, of } = looked([plan(), ...begun.slice(0, 2), ...again])
  expect(effectOf(history, scenario, of)).toMatchObject({ outcome: 'pass', because: inEffect, standsOn: [100, 102, 104, 115] })
})

test('shown from end to end of its hold it was in effect', () => {
  const { history, scenario, of } = looked(whole)
  expect(effectOf(history, scenario, of)).toEqual({
    outcome: 'pass',
    measure: { value: 1, limit: 1, unit: 'proofs' },
    because: inEffect,
    standsOn: [100, 102, 103, 114],
  })
  expect(withoutEffect(history, scenario, of)).toBe(undefined)
})

describe('not known', () => {
  test('of one that was not applied, or aimed at nothing', () => {
    expect(found([plan()])).toEqual(['unknown', 'stop was planned and not applied'])
    expect(found([plan({ targets: [] }), ...begun, ...ended])).toEqual(['unknown', 'stop was aimed at no target'])
    expect(found([plan(), ...[...begun, ...ended].map((event) => ({ ...event, lease: 'other' }))])[1]).toMatch(/planned and not applied/)
  })
  test('of one whose lease failed or expired, with what it said', () => {
    expect(found([...whole, lease('failed', 21_000, { detail: 'no hand' })])).toEqual(['unknown', 'stop: its lease failed: no hand'])
    const both = [lease('expired', 21_000), lease('failed', 22_000)]
    expect(found([...whole, ...both])).toEqual(['unknown', 'stop: its lease expired'])
    expect(found([...whole, lease('failed', 21_000, { lease: 'other' })])[0]).toBe('pass')
  })
  test('where the clock ran backwards, of this fault', () => {
    expect(found([plan(), ...begun, look(10_099), ...held, ...ended])).toEqual([
      'unknown',
      'stop: the journal’s clock ran backwards while it was held',
    ])
    expect(found([plan(), ...begun, look(10_100), ...held, ...ended])[0]).toBe('pass')
    expect(found([plan(), ...begun, proof(1, 'T', { lease: 'other' }), ...held, ...ended])[0]).toBe('pass')
  })
  test('of one without a proof, or whose proof never came true', () => {
    const without = (change: (event: Given) => readonly Given[]) => found(whole.flatMap(change))
    const as = (change: object) => without((event) => (event.kind === 'proof' ? [{ ...event, ...change }] : [event]))
    expect(found([plan({ expectations: [] }), ...begun, ...ended])).toEqual(['unknown', 'stop names nothing that would show it'])
    expect(without((event) => (event.kind === 'proof' ? [] : [event]))).toEqual(['unknown', 'stop was not proven on pc'])
    const awake = { answer: { state: 'S' } }
    expect(as({ ...awake, atMs: 20_100 })[1]).toMatch(/clock ran backwards/)
    expect(as(awake)).toEqual(['unknown', 'stop did not take effect on pc: {"state":"S"}'])
    expect(as({ answer: null, problem: 'no such process' })).toEqual(['unknown', 'stop did not take effect on pc: no such process'])
    expect(as({ answer: {} })).toEqual(['unknown', 'stop did not take effect on pc: {}'])
    const changing = [plan(), ...begun.slice(0, 2), proof(10_100, 'S'), proof(10_200, 'R'), ended[0] as Given]
    expect(found(changing)).toEqual(['unknown', 'stop did not take effect on pc: {"state":"R"}'])
  })
  test('of one that only looks show, which begin when it was shown', () => {
    const only = whole.map((event) => (event.query === 'effective' ? { ...event, answer: { state: 'S' } } : event))
    expect(found(only)).toEqual(['unknown', 'stop did not take effect on pc: {"state":"S"}'])
  })
  test('of one of whose steps the first that never came true is named', () => {
    const steps = ['a', 'b', 'c'].map((machine) => ({ ...step, machine }))
    const shown = steps.map(({ machine }, place) => proof(10_100, machine === 'a' ? 'T' : machine, { machine, step: place }))
    const never = ['unknown', 'stop did not take effect on b: {"state":"b"}']
    expect(found([plan({ expectations: steps }), ...begun, ...shown, ...held, ...ended])).toEqual(never)
  })
  test('of one whose release never began', () => {
    expect(found([plan(), ...begun])).toEqual(['unknown', 'stop: its release never began'])
    expect(found([plan({ lasts: 'instant' }), ...begun])).toEqual(['pass', 'stop in effect on pc'])
  })
  test('of the end of a hold that nothing shows', () => {
    const leases = ended.filter(({ kind }) => kind !== 'proof')
    const open = [plan(), ...begun, ...held, ...leases]
    expect(found(open)).toEqual(['unknown', 'stop is not shown on pc for the last 0.90 s of the time it was held'])
    expect(found([plan(), ...begun, ...looks(11_100, 18_100), ...leases])[1]).toMatch(/for the last 1\.9 s/)
    expect(found([plan(), ...begun, ...held, look(19_950), ...leases])[1]).toMatch(/for the last 0\.05 s/)
    const failed = ended.map((event) => (event.kind === 'proof' ? { ...event, answer: null, problem: 'gone' } : event))
    expect(found([plan(), ...begun, ...held, ...failed])[1]).toMatch(/for the last 0\.90 s/)
  })
  test('of the end of a hold whose last answer was asked for long before the release', () => {
    const aged = (ageMs: number) =>
      found([plan(), ...begun, ...held, ...ended.map((event) => (event.kind === 'proof' ? { ...event, ageMs } : event))])
    expect([aged(100)[0], aged(200)[0]]).toEqual(['pass', 'pass'])
    expect(aged(201)).toEqual(['unknown', 'stop is not shown on pc for the last 0.10 s of the time it was held'])
  })
  test('of the step whose end is not shown, of several', () => {
    const steps = ['pc', 'b', 'c'].map((machine) => ({ ...step, machine }))
    const on = (machine: string, place: number, atMs: number) => proof(atMs, 'T', { machine, step: place })
    const last = (machine: string, place: number) => look(20_100, 'T', { machine, step: place })
    const meanwhile = held.flatMap((event) => [
      event,
      ...[1, 2].map((place) => ({ ...event, machine: ['b', 'c'][place - 1], step: place })),
    ])
    const events = [...begun, on('b', 1, 10_200), on('c', 2, 10_300), ...meanwhile, ...ended.slice(0, 2)]
    expect(found([plan({ expectations: steps }), ...events])[1]).toBe('stop is not shown on b for the last 0.90 s of the time it was held')
    const all = [...events, last('b', 1), last('c', 2)]
    expect(found([plan({ expectations: steps, holdMs: 9_800 }), ...all])).toEqual([
      'pass',
      'stop in effect on pc, b, c from 10.3 s to 20.0 s, for 9.7 s',
    ])
    const twice = [step, step]
    const twin = held.flatMap((event) => [event, { ...event, step: 1 }])
    const both = [...begun, on('pc', 1, 10_200), ...twin, ...ended.slice(0, 2), last('pc', 1)]
    expect(found([plan({ expectations: twice, holdMs: 9_900 }), ...both])).toEqual([
      'pass',
      'stop in effect on pc from 10.2 s to 20.0 s, for 9.8 s',
    ])
  })
  test('of one that was held for a shorter time than it was to be, by more than the harness takes', () => {
    expect(found([plan({ holdMs: 10_000 }), ...whole.slice(1)])[0]).toBe('pass')
    expect(found([plan({ holdMs: 10_001 }), ...whole.slice(1)])).toEqual(['unknown', 'stop was held for 9.9 s, and was to be for 10.0 s'])
  })
  test('of one beside a load is how long that lasted, unless it was held for its time', () => {
    const load = [{ kind: 'load', atMs: 5_000 } as const, { kind: 'load', atMs: 9_500 } as const]
    const beside = (endMs: number, because?: string) => {
      const loadEnd: Given = { kind: 'load-end', atMs: endMs }
      const [releasing, ...rest] = ended as [Given, ...Given[]]
      return found([plan({ holdMs: 60_000 }), ...load, ...begun, ...held, loadEnd, { ...releasing, because }, ...rest])
    }
    expect(beside(19_500)[0]).toBe('pass')
    expect(beside(19_501)[0]).toBe('unknown')
    expect(beside(19_500, 'held')).toEqual(['unknown', 'stop was held for 9.9 s, and was to be for 60.0 s'])
    expect(beside(200_000)).toEqual(['unknown', 'stop was held for 9.9 s, and was to be for 60.0 s'])
    const later = { kind: 'load-end', atMs: 19_500 } as const
    expect(found([plan({ holdMs: 60_000 }), ...load, ...begun, ...held, ...ended, later])[0]).toBe('unknown')
    const last = { kind: 'load-end', atMs: 19_600 } as const
    expect(found([plan({ holdMs: 60_000 }), ...load, ...begun, ...held, later, last, ...ended])[0]).toBe('unknown')
    expect(found([plan({ holdMs: 60_000 }), ...begun, ...held, { kind: 'load-end', atMs: 19_999 }, ...ended])[0]).toBe('unknown')
  })
})

describe('lost while it was held', () => {
  test('it has failed, and the first answer that says so is named with the last before it', () => {
    const events = [plan(), ...begun, look(12_000), look(13_000, 'R'), look(14_000), look(15_000, 'S'), ...ended]
    const { history, scenario, of } = looked(events)
    expect(effectOf(history, scenario, of)).toEqual({
      outcome: 'fail',
      measure: { value: 1, limit: 0, unit: 'findings' },
      because: 'stop was in effect on pc until 12.0 s, no more at 13.0 s ({"state":"R"}), and was released at 20.0 s',
      standsOn: [105, 108],
    })
  })
  test('before a release that never began, it has as well', () => {
    const because = 'stop was in effect on pc until 10.1 s, no more at 13.0 s ({"state":"R"})'
    expect(found([plan(), ...begun, look(13_000, 'R')])).toEqual(['fail', because])
    expect(found([plan(), ...begun, proof(13_000, 'R')])).toEqual(['fail', because])
  })
  test('an answer before it was first shown, or one that says nothing, takes nothing away', () => {
    expect(found([plan(), ...begun.slice(0, 2), proof(10_050, 'S'), proof(10_100), ...held, ...ended])[0]).toBe('pass')
    expect(found([plan(), ...begun.slice(0, 2), look(10_050, 'S'), proof(10_100), ...held, ...ended])[0]).toBe('pass')
    const silent = { answer: null, problem: 'no such container' }
    expect(found([plan(), ...begun, look(10_200, 'S', silent), ...held, ...ended])[0]).toBe('pass')
    expect(found([plan(), ...begun, look(10_200, 'S', { answer: {} }), ...held, ...ended])[0]).toBe('pass')
  })
  test('of two steps the one that was lost first', () => {
    const steps = ['pc', 'b'].map((machine) => ({ ...step, machine }))
    const b = (atMs: number, state = 'T', query = 'lasting') => proof(atMs, state, { machine: 'b', step: 1, query })
    const events = [...begun, b(10_200, 'T', 'effective'), b(12_000, 'S'), look(13_000, 'S'), ...ended]
    expect(found([plan({ expectations: steps }), ...events])[1]).toMatch(/on b until 10\.2 s, no more at 12\.0 s/)
    const other = [...begun, b(10_200, 'T', 'effective'), look(12_000, 'S'), b(13_000, 'S'), ...ended]
    expect(found([plan({ expectations: steps }), ...other])[1]).toMatch(/on pc until 10\.1 s, no more at 12\.0 s/)
  })
})

describe('looked at while it was held', () => {
  const leases = [ended[0] as Given]
  const of = (...all: readonly (Given | readonly Given[])[]) => found([plan(), ...begun, ...all.flat(), ...ended])
  const unlooked = (from: string, to: string, why = '') => [
    'unknown',
    `stop is not shown on pc from ${from} s to ${to} s of the time it was held${why}`,
  ]

  test('at least every two seconds and the moment that it takes, from an answer to the begin of the next', () => {
    expect(of(look(12_200), looks(13_000, 19_000))[0]).toBe('pass')
    expect(of(look(12_201), looks(13_000, 19_000))).toEqual(unlooked('10.1', '12.2'))
    expect(of(look(12_301, 'T', { ageMs: 101 }), looks(13_000, 19_000))[0]).toBe('pass')
    expect(of(looks(11_000, 13_000), looks(18_000, 19_000))).toEqual(unlooked('13.0', '18.0'))
    expect(of()).toEqual(unlooked('10.1', '20.0'))
  })
  test('to its release: what a look behind it shows says nothing of the time before', () => {
    expect(of(looks(11_000, 17_000), look(17_900))[0]).toBe('pass')
    expect(of(looks(11_000, 17_000), look(17_899))).toEqual(unlooked('17.9', '20.0'))
    const late = found([plan(), ...begun, ...looks(11_000, 17_000), ...leases, look(30_000, 'T', { ageMs: 15_000 })])
    expect(late[1]).toMatch(/is not shown on pc for the last 5\.0 s/)
    const open = found([plan(), ...begun, ...looks(11_000, 17_000), ...leases])
    expect(open).toEqual(unlooked('17.0', '20.0'))
  })
  test('a look that takes long is one all the while', () => {
    expect(of(look(19_500, 'T', { ageMs: 9_300 }))[0]).toBe('pass')
    expect(of(look(19_500, 'T', { ageMs: 7_000 }))).toEqual(unlooked('10.1', '12.5'))
  })
  test('by looks that were answered, and why one was not is said', () => {
    const lost = (atMs: number, problem: string) => look(atMs, 'T', { answer: null, problem })
    expect(of(look(11_000), lost(12_000, 'no hand'), looks(13_000, 19_000))[0]).toBe('pass')
    const two = [look(11_000), lost(12_000, 'no hand'), lost(13_000, 'no tool'), looks(14_000, 19_000)]
    expect(of(...two)).toEqual(unlooked('11.0', '14.0', ': no hand'))
    const strange = look(12_000, 'T', { answer: { states: [] } })
    expect(of(look(11_000), strange, looks(14_000, 19_000))).toEqual(unlooked('11.0', '14.0', ': {"states":[]}'))
    expect(of(lost(10_500, 'no hand'), looks(11_000, 13_000), looks(18_000, 19_000))).toEqual(unlooked('13.0', '18.0'))
    expect(of(looks(11_000, 13_000), looks(18_000, 18_000), lost(18_500, 'no hand'), look(19_000))).toEqual(unlooked('13.0', '18.0'))
    const toTheEnd = found([plan(), ...begun, ...looks(11_000, 17_000), lost(18_000, 'no hand'), ...leases, lost(20_100, 'no tool')])
    expect(toTheEnd).toEqual(unlooked('17.0', '20.0', ': no hand'))
    const atLast = found([plan(), ...begun, ...looks(11_000, 17_000), ...leases, lost(20_100, 'no tool')])
    expect(atLast).toEqual(unlooked('17.0', '20.0', ': no tool'))
  })
  test('on each machine: of two that were not, the first time is named', () => {
    const steps = [step, { ...step, machine: 'b' }]
    const b = { machine: 'b', step: 1 }
    const both = (...all: readonly Given[]) => {
      const sorted = [proof(10_100, 'T', b), ...all].toSorted((one, other) => one.atMs - other.atMs)
      const [releasing, last, ...rest] = ended as [Given, Given, ...Given[]]
      return found([plan({ expectations: steps }), ...begun, ...sorted, releasing, last, { ...last, ...b }, ...rest])
    }
    expect(both(...held, ...looks(11_100, 19_100, b))[0]).toBe('pass')
    expect(both(...held)).toEqual(['unknown', 'stop is not shown on b from 10.1 s to 20.0 s of the time it was held'])
    const late = [...looks(11_100, 16_100), ...looks(11_100, 13_100, b), ...looks(17_100, 19_100, b)]
    expect(both(...late)[1]).toMatch(/on b from 13\.1 s to 17\.1 s/)
    const soon = [...looks(11_100, 12_100), ...looks(16_100, 19_100), ...looks(11_100, 13_100, b), ...looks(17_100, 19_100, b)]
    expect(both(...soon)[1]).toMatch(/on pc from 12\.1 s to 16\.1 s/)
  })
  test('is by what lasts, and not by what shows that it took effect', () => {
    const lasting = { path: '/rules', op: 'atLeast', value: 1 } as const
    const other = { expectations: [{ ...step, lasting }] }
    const rules = (count: number) =>
      whole.slice(1).map((event) => (event.query === 'lasting' ? { ...event, answer: { rules: count } } : event))
    expect(found([plan(other), ...rules(1)])[0]).toBe('pass')
    expect(found([plan(other), ...rules(0)])[1]).toMatch(/no more at 11\.1 s \({"rules":0}\)/)
  })
  test('is not asked of what is over at once', () => {
    expect(found([plan({ lasts: 'instant' }), ...begun, ...ended])).toEqual(['pass', 'stop in effect on pc'])
  })
})

test('the ways in which it was done are said, each once', () => {
  const by = (...means: readonly string[]) => {
    const first = proof(10_100, 'T', { answer: { state: 'T', means } })
    return found([plan(), ...begun.slice(0, 2), first, ...held, ...ended])[1]
  }
  expect(by('cut by nftables')).toMatch(/on pc \(cut by nftables\) from/)
  const both = 'stop in effect on pc (cut by nftables, queue by netem) from 10.1 s to 20.0 s, for 9.9 s'
  expect(by('cut by nftables', 'queue by netem', 'cut by nftables')).toBe(both)
})
