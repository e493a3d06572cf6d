/** Whether a fault was in effect while it was held, moment by moment, by what proves it. */
import { describe, expect, test } from 'vitest'
import type { Given } from '../../fixtures/histories/by-hand.ts'
import { begun, ended, inEffect, lease, looked, plan, proof, type Seen, step } from '../../fixtures/histories/one-fault.ts'
import { effectOf, withoutEffect } from './effect.ts'

function found(events: readonly Given[], seen?: Seen) {
  const { history, scenario, of } = looked(events, seen)
  const finding = effectOf(history, scenario, of)
  return [finding.outcome, finding.because]
}

const whole = [plan(), ...begun, ...ended]

test('of leases that say a thing twice the first time counts', () => {
  const again = [lease('applied', 10_050), proof(10_100), ...ended, lease('releasing', 21_000)]
  const { history, scenario, of } = looked([plan(), ...begun.slice(0, 2), ...again])
  expect(effectOf(history, scenario, of)).toMatchObject({ outcome: 'pass', because: inEffect, standsOn: [100, 102, 104, 106] })
})

test('shown from end to end of its hold it was in effect', () => {
  const { history, scenario, of } = looked(whole)
  expect(effectOf(history, scenario, of)).toEqual({
    outcome: 'pass',
    measure: { value: 1, limit: 1, unit: 'proofs' },
    because: inEffect,
    standsOn: [100, 102, 103, 105],
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
    expect(found([plan(), ...begun, proof(10_099), ...ended])).toEqual([
      'unknown',
      'stop: the journal’s clock ran backwards while it was held',
    ])
    expect(found([plan(), ...begun, proof(10_100), ...ended])[0]).toBe('pass')
    expect(found([plan(), ...begun, proof(1, 'T', { lease: 'other' }), ...ended])[0]).toBe('pass')
  })
  test('of one without a proof, or whose proof never came true', () => {
    const without = (change: (event: Given) => readonly Given[]) => found(whole.flatMap(change))
    const as = (change: object) => without((event) => (event.kind === 'proof' ? [{ ...event, ...change }] : [event]))
    expect(found([plan({ expectations: [] }), ...begun, ...ended])).toEqual(['unknown', 'stop names nothing that would show it'])
    expect(without((event) => (event.kind === 'proof' ? [] : [event]))).toEqual(['unknown', 'stop was not proven on pc'])
    expect(as({ stdout: 'S', atMs: 20_100 })[1]).toMatch(/clock ran backwards/)
    expect(as({ stdout: ' S\n', stderr: 'no' })).toEqual(['unknown', 'stop did not take effect on pc: S'])
    expect(as({ stdout: ' \n', stderr: ' no\n' })).toEqual(['unknown', 'stop did not take effect on pc: no'])
    expect(as({ stdout: '', exitCode: 3 })).toEqual(['unknown', 'stop did not take effect on pc: exit code 3'])
    const changing = [plan(), ...begun.slice(0, 2), proof(10_100, 'S'), proof(10_200, 'R'), ended[0] as Given]
    expect(found(changing)).toEqual(['unknown', 'stop did not take effect on pc: R'])
  })
  test('of one of whose steps the first that never came true is named', () => {
    const steps = ['a', 'b', 'c'].map((machine) => ({ ...step, machine }))
    const shown = steps.map(({ machine }, place) => proof(10_100, machine === 'a' ? 'T' : machine, { machine, step: place }))
    expect(found([plan({ expectations: steps }), ...begun, ...shown, ...ended])).toEqual(['unknown', 'stop did not take effect on b: b'])
  })
  test('of one whose release never began', () => {
    expect(found([plan(), ...begun])).toEqual(['unknown', 'stop: its release never began'])
    expect(found([plan({ lasts: 'instant' }), ...begun])).toEqual(['pass', 'stop in effect on pc'])
  })
  test('of the end of a hold that nothing shows', () => {
    const open = [plan(), ...begun, ...ended.filter(({ kind }) => kind !== 'proof')]
    expect(found(open)).toEqual(['unknown', 'stop is not shown on pc for the last 9.9 s of the time it was held'])
    expect(found([plan(), ...begun, proof(15_000), ...ended.filter(({ kind }) => kind !== 'proof')])[1]).toMatch(/for the last 5\.0 s/)
    expect(found([plan(), ...begun, proof(19_950), ...ended.filter(({ kind }) => kind !== 'proof')])[1]).toMatch(/for the last 0\.05 s/)
    const failed = ended.map((event) => (event.kind === 'proof' ? { ...event, asked: false } : event))
    expect(found([plan(), ...begun, ...failed])[1]).toMatch(/for the last 9\.9 s/)
  })
  test('of the end of a hold whose last answer was asked for long before the release', () => {
    const aged = (ageMs: number) =>
      found([plan(), ...begun, ...ended.map((event) => (event.kind === 'proof' ? { ...event, ageMs } : event))])
    expect([aged(100)[0], aged(200)[0]]).toEqual(['pass', 'pass'])
    expect(aged(201)).toEqual(['unknown', 'stop is not shown on pc for the last 0.10 s of the time it was held'])
  })
  test('of the step whose end is not shown, of several', () => {
    const steps = ['pc', 'b', 'c'].map((machine) => ({ ...step, machine }))
    const on = (machine: string, place: number, atMs: number) => proof(atMs, 'T', { machine, step: place })
    const events = [...begun, on('b', 1, 10_200), on('c', 2, 10_300), ...ended.slice(0, 2)]
    expect(found([plan({ expectations: steps }), ...events])[1]).toBe('stop is not shown on b for the last 9.8 s of the time it was held')
    const all = [...events, on('b', 1, 20_100), on('c', 2, 20_100)]
    expect(found([plan({ expectations: steps, holdMs: 9_800 }), ...all])).toEqual([
      'pass',
      'stop in effect on pc, b, c from 10.3 s to 20.0 s, for 9.7 s',
    ])
    const twice = [step, step]
    const both = [...begun, on('pc', 1, 10_200), ...ended.slice(0, 2), on('pc', 1, 20_100)]
    expect(found([plan({ expectations: twice, holdMs: 9_900 }), ...both])).toEqual([
      'pass',
      'stop in effect on pc from 10.2 s to 20.0 s, for 9.8 s',
    ])
  })
  test('of one that was held for a shorter time than it was to be, by more than the harness takes', () => {
    expect(found([plan({ holdMs: 10_000 }), ...begun, ...ended])[0]).toBe('pass')
    expect(found([plan({ holdMs: 10_001 }), ...begun, ...ended])).toEqual(['unknown', 'stop was held for 9.9 s, and was to be for 10.0 s'])
  })
  test('of one beside a load is how long that lasted, unless it was held for its time', () => {
    const load = [{ kind: 'load', atMs: 5_000 } as const, { kind: 'load', atMs: 9_500 } as const]
    const beside = (endMs: number, because?: string) => {
      const loadEnd: Given = { kind: 'load-end', atMs: endMs }
      const [releasing, ...rest] = ended as [Given, ...Given[]]
      return found([plan({ holdMs: 60_000 }), ...load, ...begun, loadEnd, { ...releasing, because }, ...rest])
    }
    expect(beside(19_500)[0]).toBe('pass')
    expect(beside(19_501)[0]).toBe('unknown')
    expect(beside(19_500, 'held')).toEqual(['unknown', 'stop was held for 9.9 s, and was to be for 60.0 s'])
    expect(beside(200_000)).toEqual(['unknown', 'stop was held for 9.9 s, and was to be for 60.0 s'])
    const later = { kind: 'load-end', atMs: 19_500 } as const
    expect(found([plan({ holdMs: 60_000 }), ...load, ...begun, ...ended, later])[0]).toBe('unknown')
    const last = { kind: 'load-end', atMs: 19_600 } as const
    expect(found([plan({ holdMs: 60_000 }), ...load, ...begun, later, last, ...ended])[0]).toBe('unknown')
    expect(found([plan({ holdMs: 60_000 }), ...begun, { kind: 'load-end', atMs: 19_999 }, ...ended])[0]).toBe('unknown')
  })
})

describe('lost while it was held', () => {
  test('it has failed, and the first answer that says so is named with the last before it', () => {
    const events = [plan(), ...begun, proof(12_000), proof(13_000, 'R'), proof(14_000), proof(15_000, 'S'), ...ended]
    const { history, scenario, of } = looked(events)
    expect(effectOf(history, scenario, of)).toEqual({
      outcome: 'fail',
      measure: { value: 1, limit: 0, unit: 'findings' },
      because: 'stop was in effect on pc until 12.0 s, no more at 13.0 s (R), and was released at 20.0 s',
      standsOn: [105, 108],
    })
  })
  test('before a release that never began, it has as well', () => {
    expect(found([plan(), ...begun, proof(13_000, 'R')])).toEqual(['fail', 'stop was in effect on pc until 10.1 s, no more at 13.0 s (R)'])
  })
  test('an answer before it was first shown, or one that says nothing, takes nothing away', () => {
    expect(found([plan(), ...begun.slice(0, 2), proof(10_050, 'S'), proof(10_100), ...ended])[0]).toBe('pass')
    expect(found([plan(), ...begun, proof(12_000, 'S', { asked: false }), ...ended])[0]).toBe('pass')
  })
  test('of two steps the one that was lost first', () => {
    const steps = ['pc', 'b'].map((machine) => ({ ...step, machine }))
    const b = (atMs: number, stdout = 'T') => proof(atMs, stdout, { machine: 'b', step: 1 })
    const events = [...begun, b(10_200), b(12_000, 'S'), proof(13_000, 'S'), ...ended]
    expect(found([plan({ expectations: steps }), ...events])[1]).toMatch(/on b until 10\.2 s, no more at 12\.0 s/)
    const other = [...begun, b(10_200), proof(12_000, 'S'), b(13_000, 'S'), ...ended]
    expect(found([plan({ expectations: steps }), ...other])[1]).toMatch(/on pc until 10\.1 s, no more at 12\.0 s/)
  })
})

test('the ways in which it was done are said, each once', () => {
  const one = found([plan(), ...begun.slice(0, 2), proof(10_100, 'T\nmeans cut=nftables\n'), ...ended])
  expect(one[1]).toMatch(/on pc \(cut by nftables\) from/)
  const by = 'T\nmeans cut=nftables\nmeans queue=netem\n'
  expect(found([plan(), ...begun.slice(0, 2), proof(10_100, by), ...ended])[1]).toBe(
    'stop in effect on pc (cut by nftables, queue by netem) from 10.1 s to 20.0 s, for 9.9 s',
  )
})
