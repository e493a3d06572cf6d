/** What is done to a secret: who may be hurt by it, what proves it, and what is refused. */
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { proves } from '../../fixtures/proves.ts'
import type { Json } from '../base/predicate.ts'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import type { AgentId, MachineId } from '../fleet/topology.ts'
import type { Targets } from './fault.ts'
import { secret } from './secret.ts'

const configs = ['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, `../../suites/small/${machine}.startup.yaml`))
const { topology } = loadStartupConfigs(configs)
const hub: Targets = { agents: ['pc2/ObservabilityHub' as AgentId] }

function plan(params: object, targets = hub) {
  return secret.plan(topology, targets, Value.Default(secret.params, params) as never, 'tag-1')
}

const was = { mode: '400', owner: '1000:1000', bytes: 43, sha256: '5e884898da280471' }
const now = { ...was, sha256: '9f86d081884c7d65' }
/** Of one agent, beside files that are in these states. */
function answer(files: Readonly<Record<string, string>>, agent: object | undefined): Json {
  const looks = Object.entries(files).map(([name, state]) => [name, { state, now: state === 'none' ? null : now, before: was }])
  const changedFiles = Object.values(files).filter((state) => state !== 'old').length
  const agents = agent === undefined ? {} : { ObservabilityHub: agent as Json }
  return { name: 'NATS_PASSWORD', files: Object.fromEntries(looks), changedFiles, agents }
}
const agent = (process: string, health: number, says: string | null, more: object = {}) => ({
  ...{ process, behaviour: says === null ? 'old' : 'other', health, problem: health === 0 ? 'ECONNREFUSED' : null },
  ...{ isShown: false, namesIt: says?.includes('NATS_PASSWORD') ?? false, says },
  ...more,
})
const refused = 'the connection to NATS failed: NATS refuses NATS_PASSWORD'
const missing = 'not started: secret NATS_PASSWORD is missing: no /run/secrets/NATS_PASSWORD'

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
  const [absent, silent] = [{ NATS_PASSWORD: 'none' }, agent('none', 0, missing)]
  expect(proves(effective, answer(absent, silent))).toBe(true)
  expect(proves(effective, answer(absent, agent('fresh', 0, missing)))).toBe(true) // its supervisor tries it again
  expect(proves(effective, answer(absent, agent('stale', 0, missing)))).toBe(false)
  expect(proves(effective, answer(absent, agent('fresh', 200, missing)))).toBe(false)
  expect(proves(effective, answer(absent, agent('none', 0, null)))).toBe(false)
  expect(proves(effective, answer(absent, { ...silent, isShown: true, says: null }))).toBe(false)
  expect(proves(effective, answer({ NATS_PASSWORD: 'old' }, silent))).toBe(false)
  expect(proves(effective, answer(absent, undefined))).toBe('unknown')
})

test('wrong is proven by another value, a new process that answers, and words that name it', () => {
  const { effective } = plan({ state: 'wrong' }).steps[0]
  expect(proves(effective, answer({ NATS_PASSWORD: 'other' }, agent('fresh', 200, refused)))).toBe(true)
  expect(proves(effective, answer({ NATS_PASSWORD: 'other' }, agent('stale', 200, refused)))).toBe(false)
  expect(proves(effective, answer({ NATS_PASSWORD: 'old' }, agent('fresh', 200, refused)))).toBe(false)
})

test.each([
  ['unreadable', { mode: '0' }],
  ['empty', { bytes: 0 }],
  ['truncated', { bytes: 20 }],
])('%s is proven by what the file has become', (state, change) => {
  const { effective } = plan({ state }).steps[0]
  const one = state === 'truncated' ? agent('fresh', 200, refused) : agent('none', 0, missing)
  const become = (more: object): Json => {
    const files = { NATS_PASSWORD: { state: 'other', now: { ...now, ...more }, before: was } }
    return { name: 'NATS_PASSWORD', files, changedFiles: 1, agents: { ObservabilityHub: one } }
  }
  expect(proves(effective, become(change))).toBe(true)
  if (state !== 'truncated') expect(proves(effective, become({}))).toBe(false)
})

test('gone needs every file as it was and a process that was started since; after a rotation the same one', () => {
  const { gone } = plan({ state: 'absent' }).steps[0]
  const [old, back] = [{ NATS_PASSWORD: 'old', VAULT_TOKEN: 'old' }, agent('fresh', 200, null)]
  expect(proves(gone, answer(old, back))).toBe(true)
  expect(proves(gone, answer({ ...old, VAULT_TOKEN: 'none' }, back))).toBe(false)
  expect(proves(gone, answer({ NATS_PASSWORD: 'other' }, back))).toBe(false)
  expect(proves(gone, answer(old, agent('stale', 200, null)))).toBe(false)
  expect(proves(gone, answer(old, agent('fresh', 0, null)))).toBe(false)
  expect(proves(plan({ state: 'rotated' }).steps[0].gone, answer(old, agent('same', 200, null)))).toBe(true)
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
