/** Plans are data: what they say can be read without a fleet. */
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { processAnswer, proves } from '../../fixtures/proves.ts'
import type { Json } from '../base/predicate.ts'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import type { Agent, AgentId, Machine, MachineId, Topology } from '../fleet/topology.ts'
import type { Targets } from './fault.ts'
import { faults } from './index.ts'

const agents = ['mainpc/Hub', 'mainpc/EdgeHub', 'pc2/A.b'] as const
const topology: Topology = {
  machines: new Map(['mainpc', 'pc2'].map((id) => [id as MachineId, { id } as Machine])),
  agents: new Map(agents.map((id) => [id as AgentId, agentOf(id)])),
}
const both: Targets = { agents: [agents[0] as AgentId, agents[2] as AgentId] }
const machines: Targets = { machines: ['pc2' as MachineId] }

/** A whole one, for faults that read configs and ports; its hubs are what every fault can be aimed at. */
const configs = ['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, `../../suites/small/${machine}.startup.yaml`))
const whole = loadStartupConfigs(configs).topology
const hubs: Targets = { agents: ['mainpc/ObservabilityHub' as AgentId, 'pc2/ObservabilityHub' as AgentId] }

function agentOf(id: string): Agent {
  const [machine, name] = id.split('/')
  return { id, name, machine } as unknown as Agent
}

const machinesOnly: readonly string[] = ['container-kill', 'container-pause', 'cpu', 'memory', 'clock']
const needed: Readonly<Record<string, object>> = { clock: { offset: '+5m' } }

/** Faults of the network have other targets: net.test.ts. */
const ofTheNetwork: readonly string[] = ['partition', 'link', 'port-squat', 'dns']
const ordinary = Object.entries(faults).filter(([kind]) => !ofTheNetwork.includes(kind))

test.each(ordinary)('%s: a plan for each machine, all that it makes carries its tag, and it survives JSON', (kind, fault) => {
  const targets: Targets = machinesOnly.includes(kind) ? { machines: ['mainpc', 'pc2'] as [MachineId, MachineId] } : hubs
  const plan = fault.plan(whole, targets, Value.Default(fault.params, { ...needed[kind] }) as never, 'tag-1')
  expect(fault.kind).toBe(kind)
  expect(plan.steps.map(({ machine }) => machine)).toEqual(['mainpc', 'pc2'])
  expect(plan.targets).toEqual(Object.values(targets)[0])
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  for (const step of plan.steps) expect(JSON.stringify(step.apply)).toContain('tag-1')
})

test('who must fall silent is declared only where silence lasts', () => {
  const silences = (kind: 'process-kill' | 'process-stop' | 'noop', params: object) =>
    faults[kind].plan(topology, both, params as never, 't').silences
  expect(silences('noop', {})).toEqual([])
  expect(silences('process-stop', {})).toEqual(both.agents)
  expect(silences('process-kill', { signal: 'KILL', keep: 'dead' })).toEqual(both.agents)
  expect(silences('process-kill', { signal: 'KILL', keep: 'once' })).toEqual([])
})

test('process faults refuse machines, noop takes them', () => {
  expect(() => faults['process-stop'].plan(topology, machines, {}, 't')).toThrow('it stops agents')
  expect(() => faults['process-kill'].plan(topology, machines, { signal: 'KILL', keep: 'once' }, 't')).toThrow('it kills agents')
  expect(faults.noop.plan(topology, machines, {}, 't').targets).toEqual(['pc2'])
})

test('stopped is proven only when every process of every name is, and by no other name', () => {
  const two: Targets = { agents: [agents[0] as AgentId, agents[1] as AgentId] }
  const { effective, gone } = faults['process-stop'].plan(topology, two, {}, 't').steps[0]
  const stopped = processAnswer({ Hub: { now: 'T' }, EdgeHub: { now: 'TT' } })
  const half = processAnswer({ Hub: { now: 'S' }, EdgeHub: { now: 'T' } })
  const child = processAnswer({ Hub: { now: 'TS' }, EdgeHub: { now: 'T' } })
  const running = processAnswer({ Hub: { now: 'S' }, EdgeHub: { now: 'R' } })
  const onlyOther = processAnswer({ Hub: {}, EdgeHub: { now: 'T' } })
  const all = [stopped, half, child, running, onlyOther, processAnswer({})]
  expect(all.map((answer) => proves(effective, answer))).toEqual([true, false, false, false, 'unknown', 'unknown'])
  expect(all.map((answer) => proves(gone, answer))).toEqual([false, false, false, true, false, 'unknown'])
  expect(proves(gone, processAnswer({ Hub: {}, EdgeHub: { now: 'S' } }))).toBe(true)
})

test('a kill is proven by the death of whom it hit, and is over when another runs', () => {
  const one: Targets = { agents: [agents[2] as AgentId] }
  const { effective, gone } = faults['process-kill'].plan(topology, one, { signal: 'KILL', keep: 'once' }, 't').steps[0]
  const alive = processAnswer({ 'A.b': { signalled: [false] } })
  const dead = processAnswer({ 'A.b': { signalled: [true] } })
  const replaced = processAnswer({ 'A.b': { now: 'S', signalled: [true] } })
  const stuck = processAnswer({ 'A.b': { now: 'T', signalled: [true] } })
  const never = processAnswer({ 'A.b': { now: 'S' } })
  const another = processAnswer({ AXb: { signalled: [true] } })
  const all = [alive, dead, replaced, stuck, never, another]
  expect(all.map((answer) => proves(effective, answer))).toEqual([false, true, true, true, 'unknown', 'unknown'])
  expect(all.map((answer) => proves(gone, answer))).toEqual([false, false, true, false, 'unknown', 'unknown'])
})

test('kept dead is proven by nobody of that name', () => {
  const { effective, gone } = faults['process-kill'].plan(topology, both, { signal: 'KILL', keep: 'dead' }, 't').steps[0]
  const [none, one, other] = [processAnswer({ Hub: {} }), processAnswer({ Hub: { now: 'S' } }), processAnswer({ EdgeHub: {} })]
  expect([none, one, other].map((answer) => proves(effective, answer))).toEqual([true, false, 'unknown'])
  expect([none, one, other].map((answer) => proves(gone, answer))).toEqual([false, true, 'unknown'])
})

test('a zombie is proven by an agent that accepts and counts no rounds, whatever it says of itself; it is gone with its process', () => {
  const two: Targets = { agents: [agents[0] as AgentId, agents[1] as AgentId] }
  const plan = faults['process-zombie'].plan(topology, two, {}, 't')
  const { effective, gone, apply, undo } = plan.steps[0]
  const counting = (works: boolean | null, more: object = {}) => ({ isSame: true, accepts: true, works, rounds: [], ...more })
  const answer = (Hub: object) => ({ agents: { Hub, EdgeHub: counting(false) } }) as Json
  const idle = answer(counting(false))
  const others = [counting(true), counting(null, { accepts: false }), counting(null), counting(false, { isSame: false })].map(answer)
  expect([idle, ...others].map((each) => proves(effective, each))).toEqual([true, false, false, false, false])
  expect(proves(effective, { agents: {} })).toBe('unknown')
  const replaced = { now: 'S', signalled: [true] }
  expect(proves(gone, processAnswer({ Hub: replaced, EdgeHub: replaced }))).toBe(true)
  expect(proves(gone, processAnswer({ Hub: replaced, EdgeHub: { signalled: [true] } }))).toBe(false)
  expect(proves(gone, processAnswer({ Hub: replaced, EdgeHub: { now: 'S', signalled: [false] } }))).toBe(false)
  expect([apply.argv.includes('--caught'), undo.argv.includes('--remembered')]).toEqual([true, true])
  expect([plan.radius, plan.silences]).toEqual([two.agents, []])
})

test('whole containers: a machine goes with its Pushgateway and hurts all its agents, a server what depends on it, and no agent', () => {
  const pc2s: Targets = { machines: ['pc2' as MachineId] }
  const whole = faults['container-kill'].plan(topology, pc2s, {}, 't')
  expect([whole.radius, whole.silences]).toEqual([
    ['pc2/A.b', 'pushgateway-pc2'],
    ['pc2/A.b', 'pushgateway-pc2'],
  ])
  const answer = (state: string, answers: boolean, beside: string) => ({
    containers: { pc2: { state, answers }, 'pushgateway-pc2': { state: beside, answers: null } },
  })
  expect(proves(whole.steps[0].effective, answer('exited', false, 'exited'))).toBe(true)
  expect(proves(whole.steps[0].effective, answer('exited', true, 'exited'))).toBe(false)
  expect(proves(whole.steps[0].effective, answer('exited', false, 'running'))).toBe(false)
  expect(proves(whole.steps[0].gone, answer('running', true, 'running'))).toBe(true)
  expect(proves(whole.steps[0].gone, answer('running', false, 'running'))).toBe(false)
  const bus = faults['container-pause'].plan(topology, machines, { server: 'nats' }, 't')
  expect([bus.radius, bus.silences, bus.steps[0].by]).toEqual([['nats-pc2'], ['nats-pc2'], 'engine'])
  expect(proves(bus.steps[0].effective, { containers: { 'nats-pc2': { state: 'paused', answers: false } } })).toBe(true)
  expect(proves(bus.steps[0].effective, { containers: { 'nats-pc2': { state: 'paused', answers: true } } })).toBe(false)
})

test('a hub’s own word is hurt with its message server; of a frozen gateway nobody hears that it stands still', () => {
  const at = { machines: ['pc2' as MachineId] as [MachineId] }
  const hubs: string[] = [...whole.agents.values()].flatMap(({ id, role, machine }) => (role === 'hub' && machine === 'pc2' ? [id] : []))
  expect(hubs).toHaveLength(1)
  const bus = faults['container-kill'].plan(whole, at, { server: 'nats' }, 't')
  expect(new Set(bus.radius)).toEqual(new Set(['nats-pc2', `${hubs[0]}/hub_health`]))
  expect(bus.silences).toEqual(['nats-pc2'])
  const frozen = faults['container-pause'].plan(whole, at, { server: 'pushgateway' }, 't')
  expect([frozen.radius, frozen.silences]).toEqual([['pushgateway-pc2'], []])
  expect(faults['container-kill'].plan(whole, at, { server: 'pushgateway' }, 't').silences).toEqual(['pushgateway-pc2'])
  const watcher = faults['container-kill'].plan(whole, { machines: ['mainpc' as MachineId] }, { server: 'prometheus' }, 't')
  expect([watcher.radius, watcher.silences]).toEqual([[], []])
})

test('pressure is proven by the figures of both cgroups, and is gone with the hog', () => {
  const [burns] = faults.cpu.plan(topology, machines, { cores: 2, load: 0.5 }, 't').steps
  const untaken = { isFelt: null, took: null, wanted: null, ofMachine: null, unit: null }
  const burning = (isFelt: boolean, took: number) => ({ state: 'running', isFelt, took, wanted: 1, ofMachine: 1.1, unit: 'cores' })
  expect(proves(burns.effective, burning(true, 0.9))).toBe(true)
  expect(proves(burns.effective, burning(false, 0.01))).toBe(false)
  expect(proves(burns.effective, { state: 'killed', ...untaken })).toBe(false)
  const memory = (until: 'held' | 'killed') => faults.memory.plan(topology, machines, { bytes: '1GB', ramp: '2s', until }, 't').steps[0]
  expect(proves(memory('held').effective, { state: 'killed', ...untaken })).toBe(false)
  expect(proves(memory('killed').effective, { state: 'killed', ...untaken })).toBe(true)
  expect(memory('held').apply.argv).toEqual(expect.arrayContaining(['--bytes', `${2 ** 30}`, '--ramp-ms', '2000', '--limit', `${2 ** 30}`]))
  for (const step of [burns, memory('held')]) {
    expect(proves(step.gone, { state: 'none', ...untaken })).toBe(true)
    expect(proves(step.gone, { state: 'exited', ...untaken })).toBe(false)
  }
})

test('a clock is wrong for all processes of a machine, or it is not proven; it is right again for all', () => {
  const [{ effective, gone, apply }] = faults.clock.plan(topology, machines, { offset: '-5m', drift: '2.5ms/s' }, 't').steps
  expect(apply.argv).toEqual(expect.arrayContaining(['--offset-ms', '-300000', '--drift-ms-per-s', '2.5']))
  const seen = (wrong: number, fits: boolean) => ({
    ...{ isSet: true, processes: 57, wrong, right: 57 - wrong },
    supervisord: { offS: -300, wantedS: -300, fits },
  })
  const never = { isSet: false, processes: 0, wrong: 0, right: 0, supervisord: null }
  const answers = [seen(57, true), seen(56, true), seen(57, false), seen(0, true), seen(0, false), never]
  expect(answers.map((answer) => proves(effective, answer))).toEqual([true, false, false, false, false, false])
  expect(answers.map((answer) => proves(gone, answer))).toEqual([false, false, false, true, false, true])
})

test.each([
  ['container-kill', both, {}, 'name machines'],
  ['container-pause', both, { server: 'nats' }, 'name machines'],
  ['container-kill', machines, { server: 'prometheus' }, 'prometheus is not on pc2; it stands beside mainpc'],
  ['cpu', both, { cores: 1, load: 1 }, 'it needs whole machines'],
  ['memory', machines, { bytes: '0MB', ramp: '1s', until: 'held' }, '0MB is not between 1MB and 64GB'],
  ['memory', machines, { bytes: '65GB', ramp: '1s', until: 'held' }, '65GB is not between 1MB and 64GB'],
  ['clock', both, { offset: '1s', drift: '0ms/s' }, 'its targets are agents'],
  ['clock', machines, { offset: '25h', drift: '0ms/s' }, 'an offset of 25h is more than a day'],
  ['clock', machines, { offset: '0s', drift: '501ms/s' }, 'a drift of 501ms/s is more than 500 ms in a second'],
  ['clock', machines, { offset: '0s', drift: '0ms/s' }, 'nothing would be wrong'],
  ['process-zombie', machines, {}, 'it stuns agents'],
] as const)('%s refuses what makes no sense, and says what', (kind, targets, params, why) => {
  expect(() => faults[kind].plan(topology, targets, params as never, 't')).toThrow(why)
})

test.each([
  ['cpu', { cores: 0 }],
  ['cpu', { cores: 1.5 }],
  ['cpu', { load: 0 }],
  ['cpu', { load: 1.1 }],
  ['memory', { bytes: 256 }],
  ['memory', { bytes: '256' }],
  ['memory', { bytes: '-1MB' }],
  ['memory', { ramp: 2 }],
  ['clock', { offset: '300' }],
  ['clock', { offset: 300 }],
  ['clock', { drift: '10' }],
  ['container-kill', { server: 'observer' }],
  ['container-kill', { server: 'tool-pc2' }],
] as const)('%s takes no %j: without a unit, out of range, or of what watches and undoes', (kind, params) => {
  const schema = faults[kind].params
  expect(Value.Check(schema, Value.Default(schema, { ...params }))).toBe(false)
})
