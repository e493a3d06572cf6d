/** Which runs may not be counted together, and what is said of them. */

import { describe, expect, test } from 'vitest'
import { type Change, eventsWith, member, named, requiring, times } from '../../fixtures/histories/pooled.ts'
import { GauntletError } from '../base/errors.ts'
import type { AskedFor } from '../journal/asked-for.ts'
import type { Event } from '../journal/event.ts'
import { type PoolMember, pool } from './pool.ts'

const pooled = (...members: readonly PoolMember[]) => pool(members as [PoolMember, ...PoolMember[]])
const onRecovery = requiring('recovery')
const good = member(eventsWith([onRecovery]))

describe('runs that are not of one kind', () => {
  const messagesOf = (...members: readonly PoolMember[]) => {
    try {
      pooled(...members)
    } catch (error) {
      if (error instanceof GauntletError && error.code === 'usage/pool') return error.problems.map(({ message }) => message)
      throw error
    }
    return []
  }
  const [first] = times(1, good, 'first') as [PoolMember]
  const against = (...changes: readonly Change[]) => messagesOf(first, ...times(1, member(eventsWith([onRecovery, ...changes])), 'other'))
  const ofRun =
    (change: (run: Event<'run'>) => object): Change =>
    (event) =>
      event.kind === 'run' ? change(event) : {}

  test.each<[Change, RegExp]>([
    [ofRun(() => ({ profile: 'day1' })), /^reports\/other-0 is of another kind than reports\/first-0: profile: day1, not phase0$/],
    [ofRun(() => ({ commit: 'cb0ee32' })), /commit of the harness: cb0ee32, not 5545adc$/],
    [ofRun(() => ({ timeScale: 10 })), /time scale: 10, not 1$/],
    [ofRun(() => ({ vault: 'image' })), /Vault: image, not one that is made up$/],
    [ofRun(() => ({ images: { machine: 'sha256:01' } })), /image machine: sha256:01, not sha256:00$/],
    [ofRun(({ images }) => ({ images: { ...images, extra: 'sha256:02' } })), /image extra: sha256:02, not absent$/],
    [ofRun(() => ({ defects: [{ id: 'D3', sentence: 's', owners: [], on: ['pc2/Vision'] }] })), /defects: D3 on pc2\/Vision, not none$/],
    [ofRun(({ promises }) => ({ promises: { ...promises, uptime: 0.99 } })), /promise uptime: 0\.99, not 0\.999$/],
    [ofRun(({ suite }) => ({ suite: { ...suite, name: 'gate' } })), /suite: gate, not drill$/],
    [
      ofRun(({ suite }) => ({ suite: { ...suite, requires: ['recovery', 'uptime'] } })),
      /required criteria: recovery, uptime, not recovery$/,
    ],
    [
      ofRun(({ suite }) => ({ suite: { ...suite, scenarios: ['agent-hang', 'x'] } })),
      /scenarios of the suite: agent-hang, x, not agent-hang$/,
    ],
    [
      (event) => (event.kind === 'topology' ? { agents: event.agents.map((each) => ({ ...each, port: 1 + each.port })) } : {}),
      /agent mainpc\/ServiceRegistry: registry on 7201/,
    ],
    [
      (event) => (event.kind === 'scenario' ? { limits: { ...event.limits, recoveryMs: 9_000 } } : {}),
      /scenario agent-hang: limit recoveryMs: 9000, not 60000$/,
    ],
    [
      (event) => (event.kind === 'scenario' ? { planned: { steadyMs: 9, disturbedMs: 105_000 } } : {}),
      /agent-hang: planned steadyMs: 9, not 80000$/,
    ],
    [(event) => (event.kind === 'scenario' ? { criteria: ['recovery'] } : {}), /criteria: recovery, not uptime, /],
    [
      (event) => (event.kind === 'plan' ? { fault: 'process-kill' } : {}),
      /fault 1 of agent-hang: process-kill of 1, until-undone, held for 10000 ms, not process-stop/,
    ],
    [(event) => (event.kind === 'plan' ? { targets: ['pc2/Vision', 'pc2/Speech'] } : {}), /process-stop of 2, .* not process-stop of 1,/],
    [(event) => (event.kind === 'scenario' ? { alerts: undefined } : {}), /agent-hang: alerts: not said, not none$/],
    [(event) => (event.kind === 'plan' ? { holdMs: 20_000 } : {}), /held for 20000 ms, not .* 10000 ms$/],
    [(event) => (event.kind === 'observer' ? { timeoutMs: 900 } : {}), /time-out of a probe: 900 ms, not 1000 ms$/],
  ])('are refused, and the difference is named %#', (change, words) => {
    expect(against(change).join('\n')).toMatch(words)
  })

  test('all differences are named at once, up to a number that a person reads', () => {
    expect(against(ofRun(() => ({ profile: 'day1', timeScale: 2 })))).toHaveLength(2)
    const all = messagesOf(first, ...times(30, member(eventsWith([onRecovery, ofRun(() => ({ profile: 'day1' }))])), 'other'))
    expect([all.length, all.at(-1)]).toEqual([21, 'and 10 more'])
    const other = member(eventsWith([onRecovery, ofRun(() => ({ profile: 'day1' }))]))
    const [twenty, more] = [20, 21].map((count) => messagesOf(first, ...times(count, other, 'other')))
    expect([twenty?.length, twenty?.at(-1), more?.at(-1)]).toEqual([20, expect.stringMatching(/day1/), 'and 1 more'])
  })
  test('what the first was cut off before is held against the next that was not', () => {
    const events = eventsWith([onRecovery])
    const cut = member(events.slice(0, 1))
    const later = member(eventsWith([onRecovery, (event) => (event.kind === 'plan' ? { holdMs: 20_000 } : {})]))
    expect(messagesOf(...times(1, cut, 'cut'), first, ...times(1, later, 'other'))).toEqual([
      expect.stringMatching(/^reports\/other-0 is of another kind than reports\/first-0: .* held for 20000 ms, not .* 10000 ms$/),
    ])
  })
  const asked = (what: Partial<AskedFor>) => ofRun(({ asked }) => ({ asked: { ...(asked as AskedFor), ...what } }))
  test('seeds, hosts, times and whom of them are nothing of a kind', () => {
    const elsewhere = ofRun(({ host, asked }) => ({
      seed: 8,
      startedAt: '2026-02-02T00:00:00.000Z',
      host: { ...host, cores: 64 },
      asked: { ...(asked as AskedFor), scenario: '/elsewhere/agent-hang.yaml', configs: ['elsewhere.yaml'], seed: 8 },
    }))
    expect(against(elsewhere, (event) => (event.kind === 'plan' ? { targets: ['pc2/Vision'] } : {}))).toEqual([])
  })
  test('whom somebody aimed at is of a kind, though nothing else differs', () => {
    const aimed = (...targets: string[]) => member(eventsWith([onRecovery, asked({ targets, seed: 8 })]))
    const [agent, registry, again] = ['Vision', 'ServiceRegistry', 'Vision'].flatMap((each) => times(1, aimed(each), each))
    expect(messagesOf(agent as PoolMember, registry as PoolMember)).toEqual([
      'reports/ServiceRegistry-0 is of another kind than reports/Vision-0: what was asked for: drill agent-hang --target ServiceRegistry, not drill agent-hang --target Vision',
    ])
    expect(messagesOf(agent as PoolMember, named(again as PoolMember, { id: 'again', startedAt: 'later' }, 'b'))).toEqual([])
    expect(messagesOf(first, agent as PoolMember)).toHaveLength(1)
    const [two, turned] = [aimed('Vision', 'Speech'), aimed('Speech', 'Vision')].flatMap((each) => times(1, each, 'two'))
    expect(messagesOf(two as PoolMember, named(turned as PoolMember, { id: 'turned', startedAt: 'later' }, 'turned'))).toEqual([])
  })
  test.each<[string, Partial<AskedFor>]>([
    ['gate agent-hang, not drill agent-hang', { command: 'gate' }],
    ['drill boot, not drill agent-hang', { scenario: 'boot' }],
    [
      'drill agent-hang --abort-if disk=9%,uptime=95% --only a,b, not drill agent-hang',
      { abortIf: ['uptime=95%', 'disk=9%'], only: ['b', 'a', 'b'] },
    ],
  ])('what was asked for is of a kind: %s', (words, what) => {
    expect(against(asked(what))).toEqual([`reports/other-0 is of another kind than reports/first-0: what was asked for: ${words}`])
  })
  test('what nobody wrote down is not the same as anything', () => {
    const [old, older] = ['old', 'older'].flatMap((id) =>
      times(1, member(eventsWith([onRecovery, ofRun(() => ({ id, asked: undefined }))])), id),
    ) as [PoolMember, PoolMember]
    expect(messagesOf(old, older)).toEqual([expect.stringMatching(/what was asked for: unknown in older, not unknown in old$/)])
    expect(messagesOf(first, old)).toHaveLength(1)
  })
  test('a run happened once, and of an unknown harness nobody knows whether it is the same', () => {
    expect(messagesOf(first, first)).toEqual(['first-0 is given twice, and happened once: reports/first-0'])
    const other = { ...first, folder: 'elsewhere' }
    expect(messagesOf(first, other, other)).toEqual(['first-0 is given 3 times, and happened once: reports/first-0, elsewhere'])
    expect(against(ofRun(() => ({ dirty: true })))).toEqual([
      'reports/other-0 was made with local changes to the harness, and nobody knows which',
    ])
    const [nobody] = times(1, member(eventsWith([onRecovery, ofRun(() => ({ commit: null }))])), 'nobody') as [PoolMember]
    expect(messagesOf(nobody, named(nobody, { id: 'b', startedAt: 'later' }, 'reports/b'))).toHaveLength(2)
  })
  test('a copy is no other run, whatever it is called; one that began with another seed is', () => {
    expect(messagesOf(first, named(first, { id: 'renamed' }, 'copy'))).toEqual([
      'these are copies of one run, by its start and its seed: reports/first-0, copy',
    ])
    expect(messagesOf(first, named(first, { id: 'renamed', seed: 8 }, 'other'))).toEqual([])
  })
  test('two that bear one name and are unlike are told apart by their folders, and each line is said once', () => {
    const { id, startedAt } = first.verdict.run
    const forged = named(member(eventsWith([onRecovery, ofRun(() => ({ profile: 'day1' }))])), { id, startedAt }, 'forged')
    expect(messagesOf(first, forged, forged)).toEqual([
      'first-0 is given 3 times, and happened once: reports/first-0, forged',
      'forged is of another kind than reports/first-0: profile: day1, not phase0',
    ])
  })
})
