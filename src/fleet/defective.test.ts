import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fleetParts, serversWith } from './defective.ts'
import { defectsOf } from './defects.ts'
import { deploymentsOf } from './deployment.ts'
import { loadStartupConfigs } from './load-startup-configs.ts'
import { monitoringOf } from './monitoring.ts'
import { profileOf } from './profiles.ts'
import { alertRulesPath } from './prometheus.ts'
import { secretPlaceholder, secretsPlansOf } from './secrets.ts'
import type { MachineId } from './topology.ts'

const folder = join(import.meta.dirname, '../../fixtures/configs')
const loaded = loadStartupConfigs(['mainpc', 'pc2'].map((machine) => join(folder, `${machine}.startup.yaml`)))
const phase0 = profileOf('phase0')
const flawed = (...ids: string[]) => fleetParts(loaded, phase0, defectsOf(ids))
const given = (parts: ReturnType<typeof flawed>, machine: string) => {
  const deployment = parts.deployments.get(machine as MachineId)
  if (deployment === undefined) throw new Error(`no ${machine}`)
  return deployment
}

test('without a defect a fleet is the very same', () => {
  expect(flawed()).toEqual({ configs: loaded, deployments: deploymentsOf(loaded.topology, phase0), defects: [] })
})

test('whoever has a defect is told its id, and nothing else changes', () => {
  const parts = flawed('A1', 'D3')
  expect(parts.configs).toEqual(loaded)
  expect(given(parts, 'mainpc').defects).toEqual(['A1'])
  expect(given(parts, 'pc2').defects).toEqual(['D3'])
  const told = given(parts, 'pc2').agents.filter(({ defects }) => defects !== undefined)
  expect(told.map(({ id, defects }) => [id, defects])).toEqual([[parts.defects[1]?.agents[0], ['D3']]])
  expect(given(parts, 'mainpc').agents).toEqual(given(flawed(), 'mainpc').agents)
})

test('a config with a defect is read anew, by us as by the machine, and only one line of it is another', () => {
  const parts = flawed('B3')
  const [agent] = parts.defects[0]?.agents ?? []
  expect(parts.configs.findings.filter(({ severity }) => severity === 'error')).toEqual([
    expect.objectContaining({ rule: 'unknown-dependency', agents: [agent] }),
  ])
  const lines = (text: string) => text.split('\n')
  const { configText } = given(parts, 'mainpc')
  const before = new Set(lines(given(flawed(), 'mainpc').configText))
  expect(lines(configText).filter((line) => !before.has(line))).toEqual([expect.stringContaining('"Nobody"')])
  expect(parts.configs.configs[0]?.text).toBe(configText)
})

test('29 agents are legacy, for their machines and for those who wait for them', () => {
  const parts = flawed('D1')
  const legacy = [...parts.deployments.values()].flatMap(({ agents }) => agents.filter(({ variant }) => variant === 'legacy'))
  expect(legacy.map(({ id }) => id)).toEqual(parts.defects[0]?.agents)
  expect(legacy).toHaveLength(29)
  const peer = given(parts, 'mainpc').peers[legacy.find(({ id }) => id.startsWith('pc2/'))?.name ?? '']
  expect(peer?.variant).toBe('legacy')
})

const environments = (parts: ReturnType<typeof flawed>, machine: string) =>
  new Map(given(parts, machine).agents.map(({ name, environment }) => [name, environment]))

test('without the edge hub an ordinary agent bears its name; the others are told of it all the same', () => {
  const parts = flawed('F1')
  const [hub] = given(parts, 'pc2').agents.filter(({ name }) => name === 'ObservabilityHub')
  expect(hub).toMatchObject({ role: 'agent', variant: 'base', port: 9100 })
  expect([hub?.secrets, Object.keys(hub?.environment ?? {}).filter((name) => name.startsWith('HUB_'))]).toEqual([undefined, []])
  const others = (machine: string) => [...environments(parts, machine).values()].map(({ OBS_HUB_URL }) => OBS_HUB_URL)
  expect(others('mainpc')).toEqual([...environments(flawed(), 'mainpc').values()].map(({ OBS_HUB_URL }) => OBS_HUB_URL))
  expect(given(parts, 'mainpc').agents).toEqual(given(flawed(), 'mainpc').agents)
})

test('a fail-over list of one names the central hub, on both machines', () => {
  for (const machine of ['mainpc', 'pc2']) {
    const lists = new Set([...environments(flawed('F5'), machine).values()].map(({ OBS_HUB_URL }) => OBS_HUB_URL))
    expect([machine, [...lists]]).toEqual([machine, ['http://mainpc.lan:9000']])
    expect(environments(flawed(), machine).get('ObservabilityHub')?.OBS_HUB_URL).toContain(',')
  }
})

test('logs that do not rotate are those of a fleet without that mitigation, and of nothing else', () => {
  const without = (parts: ReturnType<typeof flawed>) => given(parts, 'mainpc').mitigations
  expect(without(flawed())).toContain('log-rotation')
  expect(without(flawed('E1'))).toEqual(without(flawed())?.filter((name) => name !== 'log-rotation'))
})

test('a password in a config is a place that the machine fills: what we give it has no value', () => {
  const parts = flawed('H2')
  expect(environments(parts, 'pc2').get('ObservabilityHub')).toMatchObject({ NATS_PASSWORD: secretPlaceholder })
  expect(given(parts, 'pc2').configText).toContain(`"env_vars": {"NATS_PASSWORD":"${secretPlaceholder}"}`)
  expect(JSON.stringify(given(parts, 'mainpc'))).not.toContain('the value of')
  expect(secretsPlansOf(parts.configs.topology, parts.deployments)).toEqual(
    new Map([...secretsPlansOf(loaded.topology)].map(([id, plan]) => [id, id === 'pc2' ? { ...plan, defects: ['H2'] } : plan])),
  )
})

test('of the rules one is gone, and the others are as they were', () => {
  const { topology } = loaded
  const servers = monitoringOf({ topology, deployments: flawed().deployments, timeScale: 1 })
  const alertsOf = (all: typeof servers) =>
    all.flatMap(({ files }) => [...(files[alertRulesPath] ?? '').matchAll(/alert: (\w+)/g)].map(([, name]) => name))
  expect(alertsOf(serversWith(servers, defectsOf(['F4'])))).toEqual(alertsOf(servers).filter((name) => name !== 'BothHubsDown'))
  expect(alertsOf(servers)).toContain('BothHubsDown')
  expect(serversWith(servers, defectsOf(['F5']))).toEqual(servers)
})

test('a defect that has no place in the configs is refused', () => {
  const alone = loadStartupConfigs([join(folder, 'mainpc.startup.yaml')])
  expect(() => fleetParts(alone, phase0, defectsOf(['D3']))).toThrow(expect.objectContaining({ code: 'usage/arguments' }))
})

test('two agents need each other, one has the port of another, and a health port is taken by the file itself: we read it so, too', () => {
  const errors = (...ids: string[]) =>
    flawed(...ids).configs.findings.flatMap(({ severity, rule, agents }) => (severity === 'error' ? [[rule, ...agents]] : []))
  const [leaf = ''] = flawed('B1').defects[0]?.agents ?? []
  expect(errors('B1')).toEqual([['dependency-cycle', expect.anything(), expect.anything()]])
  expect(errors('B1')[0]).toContain(leaf)
  expect(errors('C1')).toEqual([['port-clash', expect.anything(), expect.anything()]])
  expect(errors('C1')[0]).toContain(leaf)
  expect(errors('C2')).toEqual([['port-clash', leaf]])
})

test('what lies on a machine can be another config than the one we read', () => {
  const parts = flawed('G1', 'G2')
  expect(parts.configs).toEqual(loaded)
  expect(given(parts, 'mainpc').configText).toContain('"restart_policy": "always"')
  expect(given(parts, 'pc2').configText).toContain('\nservices:\n')
  expect(given(parts, 'pc2').agents).toEqual(given(flawed(), 'pc2').agents)
})

test('a renamed script is no longer where the config says', () => {
  const parts = flawed('A2')
  const [agent] = parts.defects[0]?.agents ?? []
  const before = loaded.topology.agents.get(agent as never)?.scriptPath
  expect(given(parts, 'pc2').agents.find(({ id }) => id === agent)?.scriptPath).toBe(`${before}.renamed`)
})

test('before secrets were files, the hubs had their passwords from the config, and only they', () => {
  const told = (profile: string) =>
    [...fleetParts(loaded, profileOf(profile), []).deployments.values()].flatMap(({ configText, agents }) => [
      configText.includes('NATS_PASSWORD'),
      ...agents.flatMap(({ id, environment }) => (environment.NATS_PASSWORD === undefined ? [] : [id])),
    ])
  expect(told('day4')).toEqual([true, 'mainpc/ObservabilityHub', true, 'pc2/ObservabilityHub'])
  expect(told('day5')).toEqual([false, false])
})
