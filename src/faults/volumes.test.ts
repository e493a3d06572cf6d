/** Faults that fill a volume: what their plans say, and what they refuse. */
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { proves } from '../../fixtures/proves.ts'
import type { Json } from '../base/predicate.ts'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import type { AgentId, MachineId } from '../fleet/topology.ts'
import { readScenario } from '../scenario/read.ts'
import type { Targets } from './fault.ts'
import { faults } from './index.ts'

const configs = ['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, `../../suites/small/${machine}.startup.yaml`))
const { topology } = loadStartupConfigs(configs)
const machine: Targets = { machines: ['pc2' as MachineId] }
const agents: Targets = { agents: ['mainpc/Worker' as AgentId, 'mainpc/ObservabilityHub' as AgentId] }
const promises = {
  ...{ uptime: 1, coverage: 1, registrationMs: 1, metricsFreshMs: 1, bootMs: 1, recoveryMs: 1 },
  ...{ rollbackMs: 1, rollbackAgentMs: 1, rollbackConfigMs: 1, latencyP50: 1, latencyP95: 1, latencyP99: 1, latencyLeastMs: 1 },
}
type Kind = 'disk-fill' | 'inode-fill' | 'log-flood'

function plan(kind: Kind, params: object, targets = machine) {
  return faults[kind].plan(topology, targets, Value.Default(faults[kind].params, params) as never, 'tag-1')
}

/** What `tool volume` answers of one that is free, except for this. */
const volume = (more: object = {}) => ({
  ...{ bytesLeft: 99, bytes: 16777216, filesLeft: 900, files: 1000, ours: { files: 0, bytes: 0 }, write: 'taken', newFile: 'taken' },
  ...more,
})

test('a fill is one step a machine, whose keeping runs beside it; nobody may be hurt and nobody falls silent', () => {
  const { steps, radius, silences, lasts, targets } = plan('disk-fill', { left: '5%', ramp: '2s' }, agents)
  expect({ radius, silences, lasts, targets }).toEqual({
    radius: [],
    silences: [],
    lasts: 'until-undone',
    targets: 'agents' in agents && agents.agents,
  })
  expect(steps).toHaveLength(1)
  const on = ['--lease', 'tag-1', '--volume', 'logs']
  expect(steps[0]).toMatchObject({
    machine: 'mainpc',
    apply: { argv: ['tool', 'fill', ...on, '--bytes', '838860', '--ramp', '2000'] },
    sustain: { argv: ['tool', 'fill', ...on, '--bytes', '838860', '--keep'] },
    undo: { argv: ['tool', 'unfill', ...on] },
  })
})

test('full is proven by what is left, by a file of ours, and by a write that was refused; all three', () => {
  const { effective, gone } = plan('disk-fill', {}).steps[0]
  const full = { bytesLeft: 0, ours: { files: 1, bytes: 16_000_000 }, write: 'ENOSPC' }
  expect(proves(effective, volume(full))).toBe(true)
  for (const other of [{ bytesLeft: 4096 }, { ours: { files: 0, bytes: 0 } }, { write: 'taken' }, { write: 'EIO' }])
    expect([other, proves(effective, volume({ ...full, ...other }))]).toEqual([other, false])
  expect(proves(gone, volume(full))).toBe(false)
  expect(proves(gone, volume())).toBe(true)
  for (const other of [{ write: 'ENOSPC' }, { newFile: 'ENOSPC' }, { ours: { files: 1, bytes: 0 } }])
    expect([other, proves(gone, volume(other))]).toEqual([other, false])
})

test('without files is proven by a file that cannot be made', () => {
  const { effective, gone } = plan('inode-fill', { left: '3 files' }).steps[0]
  const full = { filesLeft: 3, ours: { files: 800, bytes: 0 }, write: 'not tried', newFile: 'ENOSPC' }
  expect(proves(effective, volume(full))).toBe(true)
  for (const other of [{ filesLeft: 4 }, { newFile: 'taken' }, { ours: { files: 0, bytes: 0 } }])
    expect([other, proves(effective, volume({ ...full, ...other }))]).toEqual([other, false])
  expect(proves(gone, volume(full))).toBe(false)
})

test('a flood is of agents, at a rate, and is over when no line comes and the volume takes a write', () => {
  const [step] = plan('log-flood', { rate: '1MB/s' }, agents).steps
  expect(step.sustain?.argv).toEqual(['tool', 'flood', '--lease', 'tag-1', '--rate', '1048576', '--process', 'Worker', 'ObservabilityHub'])
  const answer = (worker: Json, hub: Json, more: object = {}) => ({
    agents: { Worker: worker, ObservabilityHub: hub },
    volume: volume(more),
  })
  const [arriving, over, none] = [
    { flood: 'arrives', lines: [1, 9] },
    { flood: 'over', lines: [9, 9] },
    { flood: 'none', lines: [] },
  ]
  expect(proves(step.effective, answer(arriving, { flood: 'arrives', lines: [4] }))).toBe(true)
  expect(proves(step.effective, answer(arriving, none))).toBe(false)
  expect([proves(step.gone, answer(over, none)), proves(step.gone, answer(arriving, over))]).toEqual([true, false])
  expect(proves(step.gone, answer(over, none, { write: 'ENOSPC' }))).toBe(false)
})

test.each<[Kind, object, string]>([
  ['disk-fill', { volume: '/' }, 'volume: expected a volume with a size of its own: logs, found "/"'],
  ['disk-fill', { volume: 'secrets' }, 'volume: expected a volume with a size of its own: logs, found "secrets"'],
  ['disk-fill', { left: '64' }, 'left: expected what is left, in bytes or as a part of the volume: 0B, 64KB, 1MB or 5%, found "64"'],
  ['disk-fill', { left: '-5%' }, 'left: expected what is left, in bytes'],
  ['disk-fill', { ramp: '5' }, 'ramp: expected a duration above zero with its unit'],
  ['disk-fill', { size: '5MB' }, 'size: unknown key'],
  ['inode-fill', { left: '64KB' }, 'left: expected what is left, in files'],
  ['inode-fill', { left: '12' }, 'left: expected what is left, in files'],
  ['log-flood', { rate: '256KB' }, 'rate: expected bytes a second of each agent'],
  ['log-flood', { rate: '0MB/s' }, 'rate: expected bytes a second of each agent'],
])('%s %j is refused at its place', (kind, params, words) => {
  const text = `name: try
hypothesis: It holds.
risks: [E]
criteria: [residue]
steady: 1s
recovery: 5s
faults:
  - kind: ${kind}
    target: { share: 1 }
    hold: 1s
    params: ${JSON.stringify(params)}
`
  const read = readScenario({ file: 'try.yaml', text }, { faults: { [kind]: faults[kind].params }, criteria: ['residue'] }, promises)
  const problems = 'problems' in read ? read.problems : []
  expect(problems.map(({ message }) => message).join('; ')).toContain(words)
  expect(problems[0]).toMatchObject({ file: 'try.yaml', line: 11, column: expect.any(Number) })
})

test.each<[Kind, object, Targets, string]>([
  ['disk-fill', { left: '16MB' }, machine, 'left: expected less than the 16777216 bytes of logs, found 16MB'],
  ['disk-fill', { left: '100%' }, machine, 'left: expected less than'],
  ['disk-fill', { ramp: '9s' }, machine, 'ramp: expected at most 8s, found 9s'],
  ['inode-fill', { left: '1000 files' }, machine, 'left: expected less than the 1000 files of logs'],
  ['log-flood', { rate: '9MB/s' }, agents, 'rate: expected 1KB/s to 8MB/s, found 9MB/s'],
  ['log-flood', { rate: '10B/s' }, agents, 'rate: expected 1KB/s to 8MB/s, found 10B/s'],
  ['log-flood', {}, machine, 'its targets are machines; it floods the logs of agents'],
  ['disk-fill', {}, { machines: ['nowhere' as MachineId] }, 'none of its targets is a machine or agent of this fleet'],
])('%s %j is refused with its reason', (kind, params, targets, words) => {
  expect(() => plan(kind, params, targets)).toThrow(words)
})
