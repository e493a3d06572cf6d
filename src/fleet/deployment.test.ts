import { expect, test } from 'vitest'
import type { Deployment } from './contract.ts'
import { deploymentsOf } from './deployment.ts'
import type { Profile } from './profiles.ts'
import type { Agent, AgentId, MachineId, Role, Topology } from './topology.ts'

const phase0: Profile = { name: 'phase0', legacy: 0, rotated: 0, mitigations: ['log-rotation', 'hub-failover', 'call-timeouts'] }
const machine = (id: string) => ({
  id: id as MachineId,
  engine: 'local',
  lanName: `${id}.lan`,
  mgmtName: `${id}.mgmt`,
  configFile: `somewhere/${id}.yaml`,
  configText: `# ${id}`,
  variables: { PORT_OFFSET: '5' },
})
let port = 7000
const agent = (id: string, role: Role = 'agent', environment?: Record<string, string>): [AgentId, Agent] => {
  const [home, name] = id.split('/') as [string, string]
  const more = environment === undefined ? {} : { environment }
  const at = { port: ++port, healthPort: port + 1000, scriptPath: `${name}.py` }
  return [
    id as AgentId,
    { id: id as AgentId, name, machine: home as MachineId, group: 'g', role, required: true, dependsOn: [], ...at, ...more },
  ]
}
const topology: Topology = {
  machines: new Map(['mainpc', 'pc2'].map((id) => [id as MachineId, machine(id)])),
  agents: new Map([
    agent('mainpc/ServiceRegistry', 'registry'),
    agent('mainpc/ObservabilityHub', 'hub'),
    agent('mainpc/A', 'agent', { OWN: 'x', REGISTRY_URL: 'http://elsewhere' }),
    agent('mainpc/B'),
    agent('pc2/C'),
    agent('pc2/ObservabilityHub', 'hub'),
    agent('pc2/A'),
  ]),
}
const deployed = (profile: Profile) => {
  const deployments = deploymentsOf(topology, profile)
  const of = (id: string) => deployments.get(id as MachineId) as Deployment
  const all = [...of('mainpc').agents, ...of('pc2').agents]
  return { of, agentOf: (id: string) => all.find((one) => one.id === id), all }
}
const portOf = (id: string) => topology.agents.get(id as AgentId)?.port

test('each machine gets its own agents, config and variables', () => {
  const { of } = deployed(phase0)
  expect(of('mainpc')).toMatchObject({
    machine: 'mainpc',
    configFile: 'mainpc.yaml',
    configText: '# mainpc',
    variables: { PORT_OFFSET: '5' },
  })
  expect(of('mainpc').agents.map(({ name }) => name)).toEqual(['ServiceRegistry', 'ObservabilityHub', 'A', 'B'])
  expect(of('pc2').agents.map(({ name }) => name)).toEqual(['C', 'ObservabilityHub', 'A'])
})

test("the near hub comes first, the registry is where it is, and the broker is one's own", () => {
  const central = `http://mainpc.lan:${portOf('mainpc/ObservabilityHub')}`
  const edge = `http://pc2.lan:${portOf('pc2/ObservabilityHub')}`
  const { agentOf } = deployed(phase0)
  expect(agentOf('mainpc/B')?.environment).toEqual({
    AGENT_HOST: 'mainpc.lan',
    REGISTRY_URL: `http://mainpc.lan:${portOf('mainpc/ServiceRegistry')}`,
    OBS_HUB_URL: `${central},${edge}`,
    NATS_URL: 'nats://nats-mainpc:4222',
  })
  expect(agentOf('pc2/C')?.environment).toMatchObject({ OBS_HUB_URL: `${edge},${central}`, NATS_URL: 'nats://nats-pc2:4222' })
})

test('without fail-over everybody knows the central hub only', () => {
  const { all } = deployed({ ...phase0, mitigations: [] })
  expect(new Set(all.map(({ environment }) => environment.OBS_HUB_URL))).toEqual(
    new Set([`http://mainpc.lan:${portOf('mainpc/ObservabilityHub')}`]),
  )
})

test('the hub beside the registry is the central one, any other an edge, and nobody else is either', () => {
  const { all } = deployed(phase0)
  const scopes = all.flatMap(({ id, environment }) => (environment.HUB_SCOPE ? [[id, environment.HUB_SCOPE]] : []))
  expect(scopes).toEqual([
    ['mainpc/ObservabilityHub', 'central'],
    ['pc2/ObservabilityHub', 'edge'],
  ])
})

test("env_vars of the config are kept, but cannot move the fleet's own addresses", () => {
  const { agentOf } = deployed(phase0)
  expect(agentOf('mainpc/A')?.environment).toMatchObject({ OWN: 'x', REGISTRY_URL: expect.stringContaining('mainpc.lan') })
})

const legacy = (count: number) =>
  deployed({ ...phase0, legacy: count }).all.flatMap(({ id, variant }) => (variant === 'legacy' ? [id] : []))
test('legacy are the last ones of role agent, in config order, and never a hub or the registry', () => {
  expect(legacy(0)).toEqual([])
  expect(legacy(2)).toEqual(['pc2/C', 'pc2/A'])
  expect(legacy(3)).toEqual(['mainpc/B', 'pc2/C', 'pc2/A'])
  expect(legacy(99)).toEqual(['mainpc/A', 'mainpc/B', 'pc2/C', 'pc2/A'])
})

test('the logs of the first few that nobody needs have a quota, while not all of them have', () => {
  const rotated = (profile: Partial<Profile>) =>
    deployed({ ...phase0, mitigations: [], ...profile }).all.flatMap((one) => (one.rotated ? [one.id] : []))
  expect(rotated({ rotated: 2 })).toEqual(['mainpc/A', 'mainpc/B'])
  expect(rotated({})).toEqual([])
  expect(rotated({ rotated: 2, mitigations: ['log-rotation'] })).toEqual([])
})

test('legacy agents have a side-car by a flag of their scripts, and nobody else has', () => {
  const flagged = (mitigations: Profile['mitigations']) =>
    deployed({ ...phase0, legacy: 2, mitigations }).all.flatMap(({ id, flags }) => (flags?.EXPORTER_SIDECAR === '1' ? [id] : []))
  expect(flagged(['exporter-sidecar'])).toEqual(['pc2/C', 'pc2/A'])
  expect(flagged([])).toEqual([])
})

test('calls to the other machine have no time-out before that was mended, and only those', () => {
  const endless = (mitigations: Profile['mitigations']) =>
    deployed({ ...phase0, mitigations }).all.flatMap(({ id, environment }) => (environment.AGENT_CALLS === 'without-timeout' ? [id] : []))
  expect(endless([])).toEqual(['pc2/C', 'pc2/ObservabilityHub', 'pc2/A'])
  expect(endless(['call-timeouts'])).toEqual([])
})

test("peers are the other machine's agents, by name, unless the machine has that name itself", () => {
  const { of } = deployed({ ...phase0, legacy: 2 })
  expect(of('mainpc').peers).toEqual({ C: { agent: 'pc2/C', host: 'pc2.lan', healthPort: expect.any(Number), variant: 'legacy' } })
  expect(Object.keys(of('pc2').peers).toSorted()).toEqual(['B', 'ServiceRegistry'])
})

test('a fleet without a registry or a hub is refused, and both are named', () => {
  const agents = new Map([agent('mainpc/A')])
  expect(() => deploymentsOf({ ...topology, agents }, phase0)).toThrow(
    expect.objectContaining({
      code: 'usage/file',
      problems: [{ message: expect.stringContaining('ServiceRegistry'), expected: expect.anything() }, expect.anything()],
    }),
  )
})
