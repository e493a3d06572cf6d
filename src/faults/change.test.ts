/** Changes of what is deployed: edits as data, what proves them, and what is refused. */
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { proves } from '../../fixtures/proves.ts'
import type { Json } from '../base/predicate.ts'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import type { AgentId, MachineId } from '../fleet/topology.ts'
import type { Targets } from './fault.ts'
import { faults } from './index.ts'

const configs = ['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, `../../suites/small/${machine}.startup.yaml`))
const { topology } = loadStartupConfigs(configs)
const worker: Targets = { agents: ['mainpc/Worker' as AgentId] }
const two: Targets = { agents: ['mainpc/Worker' as AgentId, 'mainpc/ObservabilityHub' as AgentId] }
type Kind = 'change' | 'config-change'

function plan(kind: Kind, params: object, targets = worker) {
  return faults[kind].plan(topology, targets, Value.Default(faults[kind].params, params) as never, 'tag-1')
}
function request(kind: Kind, params: object, targets = worker) {
  return JSON.parse(plan(kind, params, targets).steps[0].apply.stdin as string)
}

/** What `tool changed` answers, of a change that ended so. */
function answer(kind: string, word: string, state: string, more: object = {}): Json {
  return {
    ...{ kind, answer: word, said: null, state, tree: '8d3f', treeBefore: '41c0', commit: '9a2e', isReverted: state === 'old' },
    ...{ worktree: 'clean', stopped: [], stoppedCount: 0, agents: {} },
    ...more,
  }
}

test('each kind is an edit of one file; those of two agents in one config are one edit, in the order of their places', () => {
  const moved = request('change', { what: 'port' }, two)
  expect(moved.edits).toHaveLength(1)
  expect(moved.edits[0]).toMatchObject({ path: 'config/mainpc.startup.yaml', parts: [{ text: '9002' }, { text: '8301' }] })
  expect(moved.edits[0].parts[0].start).toBeLessThan(moved.edits[0].parts[1].start)
  expect(request('change', { what: 'config' }).edits[0].parts.map(({ text }: { text: string }) => text)).toEqual(['8300', '7300'])
  expect(request('change', { what: 'baseagent' }).edits).toEqual([{ path: 'mainpc/worker.py', agent: 'legacy' }])
  expect(request('change', { what: 'exporter' }).edits).toEqual([{ path: 'mainpc/worker.py', environment: { EXPORTER_SIDECAR: true } }])
  expect(request('change', { what: 'hub' }, two).edits).toHaveLength(2)
  expect(request('change', { what: 'log-handler' }).edits).toEqual([{ path: 'mainpc/worker.py', log: 'unbounded' }])
  expect(request('change', { what: 'release' }).edits).toEqual([{ path: 'mainpc/worker.py', environment: { WORK_RELEASE: '2' } }])
  expect(request('change', { what: 'both-releases' }).edits).toEqual([{ path: 'mainpc/worker.py', environment: { WORK_RELEASE: '1,2' } }])
  const boot = request('change', { what: 'boot-script' }, two)
  expect([boot.edits.length, boot.by, boot.restart]).toEqual([1, 'boot-script', ['Worker', 'ObservabilityHub']])
  expect(request('change', { what: 'hub' }).restart).toEqual(['Worker'])
})

test('a change is proven by the repository, a new process and the new behaviour; its rollback by the old tree, a newer process and the old one', () => {
  const { effective, gone } = plan('change', { what: 'port' }).steps[0]
  const worker = (process: string, behaviour: string) => ({
    ...{ stopped: ['Worker'], stoppedCount: 1, agents: { Worker: { process, behaviour, said: 'http://127.0.0.1:8300/health 200' } } },
  })
  expect(proves(effective, answer('port', 'taken', 'other', worker('fresh', 'new')))).toBe(true)
  expect(proves(effective, answer('port', 'taken', 'other', worker('none', 'new')))).toBe(true)
  expect(proves(effective, answer('port', 'taken', 'other', worker('stale', 'old')))).toBe(false)
  expect(proves(effective, answer('config', 'taken', 'other', worker('fresh', 'new')))).toBe(false)
  expect(proves(effective, answer('port', 'taken', 'other'))).toBe('unknown')
  expect(proves(gone, answer('port', 'taken', 'old', worker('fresh', 'old')))).toBe(true)
  for (const [state, process, behaviour] of [
    ['other', 'fresh', 'old'],
    ['old', 'stale', 'old'],
    ['old', 'none', 'old'],
    ['old', 'fresh', 'other'],
  ] as const)
    expect(proves(gone, answer('port', 'taken', state, worker(process, behaviour)))).toBe(false)
})

test('refused is proven by the deploy path’s own words, with nothing committed, nothing left and nothing stopped', () => {
  const { steps, lasts, radius } = plan('config-change', {})
  expect([lasts, radius]).toEqual(['instant', []])
  expect(JSON.parse(steps[0].apply.stdin as string)).toMatchObject({
    expect: 'refused',
    restart: [],
    edits: [{ parts: [{ text: '7200' }] }],
  })
  const { effective } = steps[0]
  const [kind, said] = ['config-change', 'port-clash: 7200']
  expect(proves(effective, answer(kind, 'refused', 'old', { said }))).toBe(true)
  expect(proves(effective, answer(kind, 'taken', 'other', { said }))).toBe(false)
  expect(proves(effective, answer(kind, 'refused', 'old', { said, stopped: ['Worker'], stoppedCount: 1 }))).toBe(false)
  expect(proves(effective, answer(kind, 'refused', 'old', { said, worktree: 'changed' }))).toBe(false)
  expect(proves(effective, answer(kind, 'refused', 'old'))).toBe(false)
})

test('taken is proven by another tree and nothing beside it, and where agents are restarted by new processes; back by the old tree', () => {
  const params = { key: 'port', value: 'free-port', expect: 'taken' }
  const [{ effective, gone }] = plan('config-change', { ...params, restart: true }).steps
  const worker = (process: string) => ({ agents: { Worker: { process, behaviour: 'other', said: '' } } })
  expect(proves(effective, answer('config-change', 'taken', 'other', worker('fresh')))).toBe(true)
  expect(proves(effective, answer('config-change', 'taken', 'other', worker('stale')))).toBe(false)
  expect(proves(effective, answer('config-change', 'taken', 'dirty', worker('fresh')))).toBe(false)
  expect(proves(gone, answer('config-change', 'taken', 'old', worker('fresh')))).toBe(true)
  expect(proves(gone, answer('config-change', 'taken', 'settings', worker('fresh')))).toBe(false)
  expect(proves(plan('config-change', params).steps[0].effective, answer('config-change', 'taken', 'other'))).toBe(true)
})

test.each<[Kind, object, Targets, string]>([
  ['config-change', { expect: 'refused', restart: true }, worker, 'restart: what is refused restarts nobody'],
  ['config-change', { key: 'colour' }, worker, 'mainpc.startup.yaml has no value of its own at colour'],
  ['config-change', { key: 'dependencies' }, worker, 'has no value of its own at dependencies'],
  ['config-change', {}, { machines: ['pc2' as MachineId] }, 'its targets are machines; it changes the entries of agents'],
  ['change', {}, { machines: ['pc2' as MachineId] }, 'its targets are machines; it changes agents'],
])('%s %j is refused', (kind, params, targets, words) => {
  expect(() => plan(kind, params, targets)).toThrow(words)
})

test.each<[Kind, object]>([
  ['change', { what: 'weather' }],
  ['change', { commit: 'HEAD' }],
  ['config-change', { expect: 'ignored' }],
  ['config-change', { key: 'a/b' }],
  ['config-change', { restart: 'yes' }],
])('%s %j is no parameter', (kind, params) => {
  expect(Value.Check(faults[kind].params, Value.Default(faults[kind].params, params))).toBe(false)
})
