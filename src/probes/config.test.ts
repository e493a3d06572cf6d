import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import type { Agent, AgentId, Machine, MachineId, Topology } from '../fleet/topology.ts'
import { observerConfigOf, readObserverConfig } from './config.ts'

const machine = (id: string) => ({ id: id as MachineId, mgmtName: `${id}-mgmt`, lanName: `${id}-lan` }) as unknown as Machine
const agent = (on: string, name: string, healthPort: number) =>
  ({ id: `${on}/${name}` as AgentId, name, machine: on as MachineId, healthPort, port: 1 }) as unknown as Agent
const topologyOf = (machines: readonly Machine[], agents: readonly Agent[]): Topology => ({
  machines: new Map(machines.map((one) => [one.id, one])),
  agents: new Map(agents.map((one) => [one.id, one])),
})
const topology = topologyOf([machine('mainpc'), machine('pc2')], [agent('pc2', 'Hub', 8100), agent('mainpc', 'Hub', 8000)])

test('targets are the agents in topology order, reached by the management network, with the defaults', () => {
  expect(observerConfigOf(topology, { phase: 0.5 })).toEqual({
    intervalMs: 250,
    timeoutMs: 1000,
    latenessMs: 100,
    phase: 0.5,
    inFlight: 4096,
    batchMs: 500,
    targets: [
      { agent: 'pc2/Hub', name: 'Hub', machine: 'pc2', host: 'pc2-mgmt', port: 8100 },
      { agent: 'mainpc/Hub', name: 'Hub', machine: 'mainpc', host: 'mainpc-mgmt', port: 8000 },
    ],
  })
})

test('a probe may be late by half an interval, and never by more than 100 ms, unless it is said otherwise', () => {
  expect(observerConfigOf(topology, { phase: 0, intervalMs: 100 }).latenessMs).toBe(50)
  expect(observerConfigOf(topology, { phase: 0, intervalMs: 1000 }).latenessMs).toBe(100)
  expect(observerConfigOf(topology, { phase: 0, latenessMs: 7 }).latenessMs).toBe(7)
})

test('what is made is what is read', () => {
  const config = observerConfigOf(topology, { phase: 0.123 })
  expect(readObserverConfig(JSON.stringify(config), 'observer.json')).toEqual(config)
})

test.each([
  ['phase', 1],
  ['phase', -0.1],
  ['intervalMs', 0],
  ['intervalMs', '250'],
  ['timeoutMs', Number.NaN],
  ['inFlight', 1.5],
  ['batchMs', null],
  ['targets', []],
  ['targets', {}],
  ['targets', [{ agent: 'a', name: 'a', machine: 'm', host: '', port: 1 }]],
  ['targets', [null]],
])('refused, with its name and place: %s = %j', (name, value) => {
  const text = JSON.stringify({ ...observerConfigOf(topology, { phase: 0 }), [name]: value })
  const read = () => readObserverConfig(text, 'observer.json')
  expect(read).toThrow(GauntletError)
  expect(read).toThrow(new RegExp(`observer\\.json.*${name}`))
})

test('an agent of a machine that is not there is a mistake of ours', () => {
  expect(() => observerConfigOf(topologyOf([machine('mainpc')], [agent('pc2', 'Hub', 1)]), { phase: 0 })).toThrow('pc2')
})
