/** What is done to a secret: who may be hurt by it, what proves it, and what is refused. */
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import type { AgentId, MachineId } from '../fleet/topology.ts'
import type { Query, Targets } from './fault.ts'
import { secret } from './secret.ts'

const configs = ['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, `../../suites/small/${machine}.startup.yaml`))
const { topology } = loadStartupConfigs(configs)
const hub: Targets = { agents: ['pc2/ObservabilityHub' as AgentId] }

function plan(params: object, targets = hub) {
  return secret.plan(topology, targets, Value.Default(secret.params, params) as never, 'tag-1')
}
const matches = ({ expect: expected }: Query, stdout: string) => 'matches' in expected && new RegExp(expected.matches).test(stdout)
const was = 'before=400 1000:1000 43 5e884898da280471'
const now = (state: string, rest = ' mode=400 owner=1000:1000 bytes=43 sha256=9f86d081884c7d65') =>
  `NATS_PASSWORD state=${state}${rest} ${was}\n`
const agent = (process: string, answers: string, says: string, value = 'unseen', behaviour = says === 'nothing' ? 'old' : 'other') =>
  `ObservabilityHub process=${process} behaviour=${behaviour} answers=${answers} value=${value} says ${says}\n`
const refused = '"the connection to NATS failed: NATS refuses NATS_PASSWORD"'
const missing = '"not started: secret NATS_PASSWORD is missing: no /run/secrets/NATS_PASSWORD"'

test('who needs it may be hurt; who cannot start without it falls silent; a rotation hurts nobody', () => {
  const of = (state: string) => {
    const { radius, silences } = plan({ state })
    return [radius.length, silences.length]
  }
  expect(['absent', 'unreadable', 'empty', 'wrong', 'truncated', 'rotated'].map(of)).toEqual([
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 0],
    [1, 0],
    [0, 0],
  ])
})

test('absent is proven by no file, a silent agent, and words that name it', () => {
  const { effective } = plan({ state: 'absent' }).steps[0]
  expect(matches(effective, now('none', '') + agent('none', 'ECONNREFUSED', missing))).toBe(true)
  expect(matches(effective, now('none', '') + agent('fresh', '200', missing))).toBe(false)
  expect(matches(effective, now('none', '') + agent('none', 'ECONNREFUSED', 'nothing'))).toBe(false)
  expect(matches(effective, now('none', '') + agent('none', 'ECONNREFUSED', '(withheld)', 'SHOWN'))).toBe(false)
  expect(matches(effective, now('old') + agent('none', 'ECONNREFUSED', missing))).toBe(false)
  expect(matches(effective, now('none', ''))).toBe(false)
})

test('wrong is proven by another value, a new process that answers, and words that name it', () => {
  const { effective } = plan({ state: 'wrong' }).steps[0]
  expect(matches(effective, now('other') + agent('fresh', '200', refused))).toBe(true)
  expect(matches(effective, now('other') + agent('stale', '200', refused))).toBe(false)
  expect(matches(effective, now('old') + agent('fresh', '200', refused))).toBe(false)
})

test('gone needs every file as it was and a process that was started since; after a rotation the same one', () => {
  const { gone } = plan({ state: 'absent' }).steps[0]
  const token = (state: string) => `VAULT_TOKEN state=${state} ${was}\n`
  expect(matches(gone, now('old') + token('old') + agent('fresh', '200', 'nothing'))).toBe(true)
  expect(matches(gone, now('old') + token('none') + agent('fresh', '200', 'nothing'))).toBe(false)
  expect(matches(gone, now('other') + agent('fresh', '200', 'nothing'))).toBe(false)
  expect(matches(gone, now('old') + agent('stale', '200', 'nothing'))).toBe(false)
  expect(matches(gone, now('old') + agent('fresh', 'ECONNREFUSED', 'nothing'))).toBe(false)
  expect(matches(plan({ state: 'rotated' }).steps[0].gone, now('old') + agent('same', '200', 'nothing'))).toBe(true)
})

test.each<[object, Targets, string]>([
  [{ name: 'NONE' }, hub, 'pc2/ObservabilityHub would not feel it: NONE is needed by nobody'],
  [
    {},
    { agents: ['mainpc/Worker' as AgentId] },
    'mainpc/Worker would not feel it: NATS_PASSWORD is needed by mainpc/ObservabilityHub, pc2/ObservabilityHub',
  ],
  [{}, { machines: ['pc2' as MachineId] }, 'its targets are machines; it takes agents that need one'],
])('%j of %j is refused', (params, targets, words) => {
  expect(() => plan(params, targets)).toThrow(words)
})

test.each([{ state: 'gone' }, { name: '../shadow' }, { name: 'lower' }, { value: 'x' }])('%j is no parameter', (params) => {
  expect(Value.Check(secret.params, Value.Default(secret.params, params))).toBe(false)
})
