/** Plans are data: what they say can be read without a fleet. */
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import type { Agent, AgentId, Machine, MachineId, Topology } from '../fleet/topology.ts'
import type { Query, Targets } from './fault.ts'
import { faults } from './index.ts'

const agents = ['mainpc/Hub', 'mainpc/EdgeHub', 'pc2/A.b'] as const
const topology: Topology = {
  machines: new Map(['mainpc', 'pc2'].map((id) => [id as MachineId, { id } as Machine])),
  agents: new Map(agents.map((id) => [id as AgentId, agentOf(id)])),
}
const both: Targets = { agents: [agents[0] as AgentId, agents[2] as AgentId] }
const machines: Targets = { machines: ['pc2' as MachineId] }

function agentOf(id: string): Agent {
  const [machine, name] = id.split('/')
  return { id, name, machine } as unknown as Agent
}

function matches(query: Query, stdout: string): boolean {
  if (!('matches' in query.expect)) throw new Error('expects an exit code')
  return new RegExp(query.expect.matches).test(stdout)
}

test.each(Object.entries(faults))('%s: a plan for each machine, all that it makes carries its tag, and it survives JSON', (kind, fault) => {
  const plan = fault.plan(topology, both, Value.Default(fault.params, {}) as never, 'tag-1')
  expect(fault.kind).toBe(kind)
  expect(plan.steps.map(({ machine }) => machine)).toEqual(['mainpc', 'pc2'])
  expect(plan.targets).toEqual(both.agents)
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
  const stopped = 'Hub pid=1 start=2 state=T\nEdgeHub pid=3 start=4 state=T\n'
  const half = 'Hub pid=1 start=2 state=S\nEdgeHub pid=3 start=4 state=T\n'
  const running = 'Hub pid=1 start=2 state=S\nEdgeHub pid=3 start=4 state=R\n'
  const onlyOther = 'Hub none\nEdgeHub pid=3 start=4 state=T\n'
  expect([stopped, half, running, onlyOther, ''].map((answer) => matches(effective, answer))).toEqual([true, false, false, false, false])
  expect([stopped, half, running, onlyOther, ''].map((answer) => matches(gone, answer))).toEqual([false, false, true, false, false])
  expect(matches(gone, 'Hub none\nEdgeHub pid=3 start=4 state=S\n')).toBe(true)
})

test('a kill is proven by the death of whom it hit, and is over when another runs', () => {
  const one: Targets = { agents: [agents[2] as AgentId] }
  const { effective, gone } = faults['process-kill'].plan(topology, one, { signal: 'KILL', keep: 'once' }, 't').steps[0]
  const alive = 'A.b pid=1 start=2 state=S signalled\n'
  const dead = 'A.b pid=1 start=2 state=gone signalled\nA.b none\n'
  const replaced = 'A.b pid=1 start=2 state=gone signalled\nA.b pid=5 start=6 state=S new\n'
  const never = 'A.b pid=1 start=2 state=S new\n'
  const another = 'AXb pid=1 start=2 state=gone signalled\n'
  expect([alive, dead, replaced, never, another].map((answer) => matches(effective, answer))).toEqual([false, true, true, false, false])
  expect([alive, dead, replaced].map((answer) => matches(gone, answer))).toEqual([false, false, true])
})

test('kept dead is proven by nobody of that name', () => {
  const { effective, gone } = faults['process-kill'].plan(topology, both, { signal: 'KILL', keep: 'dead' }, 't').steps[0]
  expect(matches(effective, 'Hub none\n')).toBe(true)
  expect(matches(effective, 'EdgeHub none\nHub pid=1 start=2 state=S\n')).toBe(false)
  expect(matches(gone, 'Hub none\n')).toBe(false)
  expect(matches(gone, 'Hub pid=1 start=2 state=S\n')).toBe(true)
})
