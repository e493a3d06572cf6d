import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import { readStartup, type StartupConfig } from '../config/startup.ts'
import { loadStartupConfigs } from './load-startup-configs.ts'
import type { AgentId, MachineId } from './topology.ts'
import { topologyOf } from './topology-of.ts'

const configs = resolve(import.meta.dirname, '../../fixtures/configs')
const pair = ['mainpc', 'pc2'].map((machine) => `${configs}/${machine}.startup.yaml`)

function config(text: string, file = 'a.yaml'): StartupConfig {
  const read = readStartup({ file, text })
  if ('problems' in read) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  return read.config
}

const flat = (name: string, dependencies = '') =>
  `pc2_services: [{ name: ${name}, script_path: a.py, port: 7100, health_check_port: 8100, dependencies: [${dependencies}] }]`
const nested = (name: string) => `agent_groups: { g: { ${name}: { script_path: a.py, port: 7100, health_check_port: 8100 } } }`

test('the layout makes the machine, and the machine the names', () => {
  const text = flat('ObservabilityHub')
  const { machines, agents } = topologyOf([config(text, 'here.yaml')], { pc2: 'tcp://10.0.0.2:2375' })
  expect([...machines.values()]).toMatchObject([
    { id: 'pc2', engine: 'tcp://10.0.0.2:2375', lanName: 'pc2.lan', mgmtName: 'pc2.mgmt', configFile: 'here.yaml', configText: text },
  ])
  expect([...agents.keys()]).toEqual(['pc2/ObservabilityHub'])
  expect(topologyOf([config(nested('A'))]).machines.get('mainpc' as MachineId)?.engine).toBe('local')
})

test('roles go by name, and an agent called like a property of every object is an ordinary one', () => {
  const role = (name: string) => topologyOf([config(nested(name))]).agents.get(`mainpc/${name}` as AgentId)?.role
  expect(['ServiceRegistry', 'RequestCoordinator', 'ObservabilityHub', 'EdgeHub', 'CentralHub', 'Clerk', 'constructor'].map(role)).toEqual([
    'registry',
    'coordinator',
    'hub',
    'hub',
    'hub',
    'agent',
    'agent',
  ])
})

test('a dependency is an agent of the same machine, else of the other; an unknown one, and a second mention, is left out', () => {
  const both = topologyOf([config(nested('Clerk')), config(flat('Usher', 'Clerk, Nobody, Clerk'))])
  expect(both.agents.get('pc2/Usher' as AgentId)?.dependsOn).toEqual(['mainpc/Clerk'])
})

test('no config, and two of one machine, are refused', () => {
  expect(() => topologyOf([])).toThrow(GauntletError)
  const twice = caught(() => topologyOf([config(flat('A'), 'one.yaml'), config(flat('B'), 'two.yaml')]))
  expect(twice.code).toBe('usage/file')
  expect(twice.problems).toMatchObject([{ file: 'two.yaml', message: 'this is the flat layout of pc2, and so is one.yaml' }])
  const same = caught(() => topologyOf([config(flat('A'), 'one.yaml'), config(flat('A'), 'one.yaml')]))
  expect(same.problems).toMatchObject([{ file: 'one.yaml', message: 'this file is given twice' }])
})

test('the invented pair: 77 agents, one registry and coordinator, a hub on each machine, six layers, and both machines needed', () => {
  const { topology } = loadStartupConfigs(pair)
  const agents = [...topology.agents.values()]
  const ids = (role: string) => agents.filter((agent) => agent.role === role).map(({ id }) => id)
  expect(agents).toHaveLength(77)
  expect(ids('registry')).toEqual(['mainpc/ServiceRegistry'])
  expect(ids('coordinator')).toEqual(['mainpc/RequestCoordinator'])
  expect(ids('hub')).toEqual(['mainpc/ObservabilityHub', 'pc2/ObservabilityHub'])
  const depth = (id: AgentId): number => 1 + Math.max(0, ...(topology.agents.get(id)?.dependsOn ?? []).map(depth))
  expect(Math.max(...agents.map(({ id }) => depth(id)))).toBe(6)
  expect(agents.filter(({ machine, dependsOn }) => dependsOn.some((id) => !id.startsWith(`${machine}/`)))).toHaveLength(2)
})

test('one config alone is a fleet of one machine', () => {
  expect([...loadStartupConfigs(pair.slice(1)).topology.machines.keys()]).toEqual(['pc2'])
})

test('all problems of all files are said at once', () => {
  const files = [`${configs}/bad/bad-ports.yaml`, `${configs}/bad/missing.yaml`, `${configs}/bad/duplicate-key.yaml`]
  const error = caught(() => loadStartupConfigs(files))
  expect(error.code).toBe('usage/file')
  expect(new Set(error.problems.map(({ file }) => file))).toEqual(new Set(files))
  expect(error.problems).toHaveLength(8)
})

function caught(action: () => unknown): GauntletError {
  try {
    action()
  } catch (error) {
    if (error instanceof GauntletError) return error
  }
  throw new Error('nothing was refused')
}
