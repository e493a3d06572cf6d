import { expect, test } from 'vitest'
import type { Deployment } from './contract.ts'
import { secretsOf, secretsPlansOf } from './secrets.ts'
import type { Agent, AgentId, Machine, MachineId, Role, Topology } from './topology.ts'

const topology = (machines: readonly string[], agents: Readonly<Record<string, Role>>): Topology => ({
  machines: new Map(machines.map((id) => [id as MachineId, { id: id as MachineId } as Machine])),
  agents: new Map(
    Object.entries(agents).map(([id, role]) => [id as AgentId, { id, role, machine: id.split('/')[0] as MachineId } as unknown as Agent]),
  ),
})

test('who speaks with the message server needs its password; nobody else needs anything', () => {
  expect(secretsOf({ role: 'hub' })).toEqual(['NATS_PASSWORD'])
  for (const role of ['agent', 'registry', 'coordinator'] as const) expect(secretsOf({ role })).toEqual([])
})

test('the centre knows its leaves, and a leaf its centre', () => {
  const plans = secretsPlansOf(topology(['pc2', 'mainpc', 'pc3'], { 'mainpc/ServiceRegistry': 'registry', 'pc2/Hub': 'hub' }))
  expect(plans.get('mainpc' as MachineId)).toMatchObject({ leaves: ['pc2', 'pc3'] })
  expect(plans.get('mainpc' as MachineId)).not.toHaveProperty('centre')
  expect(plans.get('pc2' as MachineId)).toMatchObject({ leaves: [], centre: 'nats-mainpc:7422', names: ['NATS_PASSWORD', 'VAULT_TOKEN'] })
})

test('a machine without a hub has a password too: its server must not be open', () => {
  expect(secretsPlansOf(topology(['a'], {})).get('a' as MachineId)?.names).toContain('NATS_PASSWORD')
})

test("a machine's side-car is told of its defects", () => {
  const deployment = { defects: ['H6'] } as unknown as Deployment
  const plans = secretsPlansOf(topology(['a', 'b'], {}), new Map([['a' as MachineId, deployment]]))
  expect([...plans.values()].map(({ defects }) => defects)).toEqual([['H6'], undefined])
})

test('a password that stands in the config is the one that is taken; whatever else stands there is nobody’s password', () => {
  const agents = [{ environment: { NATS_PASSWORD: 'written', LOG_LEVEL: 'INFO' } }, { environment: {} }]
  const plans = secretsPlansOf(topology(['a', 'b'], {}), new Map([['a' as MachineId, { agents } as unknown as Deployment]]))
  expect([...plans.values()].map(({ given }) => given)).toEqual([{ NATS_PASSWORD: 'written' }, undefined])
})
