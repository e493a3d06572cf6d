import { expect, test } from 'vitest'
import { natsConfigsOf, natsUrlOf } from './nats.ts'
import type { Agent, AgentId, Machine, MachineId, Topology } from './topology.ts'

const topology = (machines: readonly string[], registryOn?: string): Topology => ({
  machines: new Map(machines.map((id) => [id as MachineId, { id: id as MachineId } as Machine])),
  agents: new Map(
    registryOn === undefined ? [] : [['r' as AgentId, { id: 'r' as AgentId, role: 'registry', machine: registryOn as MachineId } as Agent]],
  ),
})
const configsOf = (machines: readonly string[], registryOn?: string) => {
  const configs = natsConfigsOf(topology(machines, registryOn))
  return (id: string) => configs.get(id as MachineId) ?? ''
}

test('the server beside the registry is the centre, the other a leaf of it', () => {
  const config = configsOf(['pc2', 'mainpc'], 'mainpc')
  expect(config('mainpc')).toContain('listen: "0.0.0.0:7422"')
  expect(config('mainpc')).not.toContain('remotes')
  expect(config('pc2')).toContain('remotes: [ { include "../run/nats/leaf.conf" } ]')
})

test('without a registry the first machine is the centre; a machine alone has no leaf', () => {
  expect(configsOf(['a', 'b'])('a')).not.toContain('remotes')
  expect(configsOf(['a', 'b'])('b')).toContain('remotes')
  expect(configsOf(['a'])('a')).not.toContain('remotes')
})

test('each server has its own name, and streams of its own', () => {
  const config = configsOf(['mainpc', 'pc2'], 'mainpc')
  expect(config('pc2')).toMatch(/server_name: "nats-pc2"[\s\S]*domain: "pc2"/)
  expect(natsUrlOf('pc2' as MachineId)).toBe('nats://nats-pc2:4222')
})

test('every server asks who comes, and no configuration holds a password', () => {
  for (const machine of ['mainpc', 'pc2']) {
    const text = configsOf(['mainpc', 'pc2'], 'mainpc')(machine)
    expect(text).toContain('include "../run/nats/users.conf"')
    expect(text).not.toMatch(/password|nats-leaf:/)
  }
})
