import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import type { Agent, AgentId, Machine, MachineId, Topology } from '../fleet/topology.ts'
import { inFlightFor, observerConfigOf, readObserverConfig } from './config.ts'

const machine = (id: string) => ({ id: id as MachineId, mgmtName: `${id}-mgmt`, lanName: `${id}-lan` }) as unknown as Machine
const agent = (on: string, name: string, healthPort: number, role = 'agent') =>
  ({ id: `${on}/${name}` as AgentId, name, machine: on as MachineId, healthPort, port: healthPort + 1, role }) as unknown as Agent
const topologyOf = (machines: readonly Machine[], agents: readonly Agent[]): Topology => ({
  machines: new Map(machines.map((one) => [one.id, one])),
  agents: new Map(agents.map((one) => [one.id, one])),
})
const topology = topologyOf([machine('mainpc'), machine('pc2')], [agent('pc2', 'Hub', 8100, 'hub'), agent('mainpc', 'Worker', 8000)])

test('targets are the agents in topology order, then what stands beside them, machine by machine, with the defaults', () => {
  expect(observerConfigOf(topology, { phase: 0.5 })).toEqual({
    intervalMs: 250,
    timeoutMs: 1000,
    latenessMs: 100,
    phase: 0.5,
    inFlight: 4096,
    batchMs: 500,
    targets: [
      { id: 'pc2/Hub', probe: 'health', name: 'Hub', machine: 'pc2', host: 'pc2-mgmt', port: 8100 },
      { id: 'mainpc/Worker', probe: 'health', name: 'Worker', machine: 'mainpc', host: 'mainpc-mgmt', port: 8000 },
      { id: 'nats-mainpc', probe: 'nats', name: 'nats-mainpc', machine: 'mainpc', host: 'nats-mainpc', port: 4222 },
      { id: 'pushgateway-mainpc', probe: 'tcp', name: 'pushgateway-mainpc', machine: 'mainpc', host: 'mainpc-mgmt', port: 9091 },
      { id: 'pc2/Hub/hub_health', probe: 'hub', name: 'Hub', machine: 'pc2', host: 'pc2-mgmt', port: 8101 },
      { id: 'nats-pc2', probe: 'nats', name: 'nats-pc2', machine: 'pc2', host: 'nats-pc2', port: 4222 },
      { id: 'pushgateway-pc2', probe: 'tcp', name: 'pushgateway-pc2', machine: 'pc2', host: 'pc2-mgmt', port: 9091 },
    ],
  })
})

test('there is room for every probe of a fleet of which nobody answers, and for 4096 at least', () => {
  expect(inFlightFor(77, { intervalMs: 250, timeoutMs: 1_000 })).toBe(4_096)
  expect(inFlightFor(2_000, { intervalMs: 250, timeoutMs: 1_000 })).toBe(2_001 * 5)
  expect(inFlightFor(7_700, { intervalMs: 1_000, timeoutMs: 1_100 })).toBe(7_701 * 3)
  expect(observerConfigOf(topology, { phase: 0, inFlight: 9 }).inFlight).toBe(9)
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
  ['targets', [{ id: 'a', probe: 'health', name: 'a', machine: 'm', host: '', port: 1 }]],
  ['targets', [{ id: 'a', probe: 'gossip', name: 'a', machine: 'm', host: 'h', port: 1 }]],
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
