/** Changes of what is deployed: edits as data, what proves them, and what is refused. */
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import type { AgentId, MachineId } from '../fleet/topology.ts'
import type { Query, Targets } from './fault.ts'
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
const matches = ({ expect: expected }: Query, stdout: string) => 'matches' in expected && new RegExp(expected.matches).test(stdout)
const first = (kind: string, answer: string, state: string) =>
  `change=${kind} answer=${answer} state=${state} tree=8d3f before=41c0 commit=9a2e\n`
const second = (stopped: string, worktree = 'clean') => `worktree=${worktree} stopped=${stopped}\n`

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
  const worker = (process: string, behaviour: string) => `Worker process=${process} behaviour=${behaviour} http://127.0.0.1:8300/health x\n`
  expect(matches(effective, first('port', 'taken', 'other') + second('Worker') + worker('fresh', 'new'))).toBe(true)
  expect(matches(effective, first('port', 'taken', 'other') + second('none') + worker('stale', 'old'))).toBe(false)
  expect(matches(effective, first('port', 'taken', 'other') + second('Worker'))).toBe(false)
  expect(matches(gone, first('port', 'taken', 'old') + second('Worker') + worker('fresh', 'old'))).toBe(true)
  for (const [state, process, behaviour] of [
    ['other', 'fresh', 'old'],
    ['old', 'stale', 'old'],
    ['old', 'none', 'old'],
    ['old', 'fresh', 'other'],
  ] as const)
    expect(matches(gone, first('port', 'taken', state) + second('Worker') + worker(process, behaviour))).toBe(false)
})

test('refused is proven by the deploy path’s own words, with nothing committed, nothing left and nothing stopped', () => {
  const { steps, lasts, radius } = plan('config-change', {})
  expect([lasts, radius]).toEqual(['instant', []])
  expect(JSON.parse(steps[0].apply.stdin as string)).toMatchObject({
    expect: 'refused',
    restart: [],
    edits: [{ parts: [{ text: '7200' }] }],
  })
  const [kind, said] = ['config-change', 'said port-clash: 7200\n']
  const { effective } = steps[0]
  expect(matches(effective, first(kind, 'refused', 'old') + second('none') + said)).toBe(true)
  expect(matches(effective, first(kind, 'taken', 'other') + second('none'))).toBe(false)
  expect(matches(effective, first(kind, 'refused', 'old') + second('Worker') + said)).toBe(false)
  expect(matches(effective, first(kind, 'refused', 'old') + second('none', 'changed') + said)).toBe(false)
  expect(matches(effective, first(kind, 'refused', 'old') + second('none'))).toBe(false)
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
