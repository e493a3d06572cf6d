import { expect, test } from 'vitest'
import { type Hub, hubEnvironment } from './hub-environment.ts'
import type { AgentId, Machine, MachineId, Topology } from './topology.ts'

const machine = (id: string) => [id as MachineId, { id, lanName: `${id}.lan` } as Machine] as const
const topology: Topology = { machines: new Map([machine('mainpc'), machine('pc2')]), agents: new Map() }
const hub = (on: string, port: number, isCentral: boolean): Hub => ({
  agent: { id: `${on}/Hub` as AgentId, machine: on as MachineId },
  url: `http://${on}.lan:${port}`,
  isCentral,
})
const hubs = [hub('mainpc', 9000, true), hub('pc2', 9100, false)] as const

test('each hub knows the other, its own gateway first, and every server', () => {
  expect(hubEnvironment(topology, hubs, hubs[1])).toEqual({
    HUB_SCOPE: 'edge',
    HUB_PEERS: 'http://mainpc.lan:9000',
    HUB_EDGES: 'pc2',
    PUSHGATEWAY_URLS: 'http://127.0.0.1:9091,http://mainpc.lan:9091',
    NATS_MONITOR_URLS: 'http://nats-mainpc:8222,http://nats-pc2:8222',
  })
  expect(hubEnvironment(topology, hubs, hubs[0])).toMatchObject({
    HUB_SCOPE: 'central',
    PUSHGATEWAY_URLS: 'http://127.0.0.1:9091,http://pc2.lan:9091',
  })
})

test('a central hub alone has no edge to hear', () => {
  expect(hubEnvironment(topology, hubs.slice(0, 1), hubs[0])).toMatchObject({ HUB_PEERS: '', HUB_EDGES: '' })
})
