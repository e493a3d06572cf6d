/** Edits of what is deployed change what they name, in whatever way it was written, and nothing else. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readStartup } from '../config/startup.ts'
import { configEdit, freePort } from './config-edit.ts'
import { edited } from './deployed-edit.ts'
import { loadStartupConfigs } from './load-startup-configs.ts'
import type { Agent, AgentId, Machine, MachineId } from './topology.ts'

const configs = ['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, `../../fixtures/configs/${machine}.startup.yaml`))
const { topology } = loadStartupConfigs(configs)

test('every agent’s ports can be changed in both configs, however they are written, and no other line', () => {
  for (const machine of topology.machines.values()) {
    const agents = [...topology.agents.values()].filter((one) => one.machine === machine.id)
    const values = (place: number) => ({ port: 40_000 + place, health_check_port: 50_000 + place })
    const edit = configEdit(
      machine,
      agents.map((agent, place) => ({ agent, values: values(place) })),
    )
    if (typeof edit === 'string') throw new Error(edit)
    const read = readStartup({ file: machine.configFile, text: edited(edit, machine.configText) }, machine.variables)
    if ('problems' in read) throw new Error(JSON.stringify(read.problems))
    const found = read.config.agents.map(({ name, port, healthPort }) => ({ name, port, healthPort }))
    expect(found).toEqual(agents.map(({ name }, place) => ({ name, port: 40_000 + place, healthPort: 50_000 + place })))
    const left = (text: string) => text.replaceAll(/port: ("[^"]*"|'[^']*'|[^,}\s]+)/g, 'port: x')
    expect(left(read.config.text)).toBe(left(machine.configText))
  }
})

test('a key that an entry has not, or that is no single value, is refused in words', () => {
  const agent = topology.agents.get('mainpc/ServiceRegistry' as AgentId) as Agent
  const machine = topology.machines.get('mainpc' as MachineId) as Machine
  expect(configEdit(machine, [{ agent, values: { nothing: 1 } }])).toContain('has no value of its own at nothing')
  expect(configEdit(machine, [{ agent: { ...agent, name: 'Nobody' }, values: { port: 1 } }])).toContain('lists no Nobody')
})

test('a file that is another by then is refused; a script keeps what is not named', () => {
  const agent = topology.agents.get('mainpc/ServiceRegistry' as AgentId) as Agent
  const machine = topology.machines.get('mainpc' as MachineId) as Machine
  const edit = configEdit(machine, [{ agent, values: { port: 61_001 } }])
  if (typeof edit === 'string') throw new Error(edit)
  expect(() => edited(edit, `${machine.configText}\n`)).toThrow('somebody changed it')
  const script = '{"agent":"BaseAgent","environment":{"A":"1","B":"2"},"more":3}\n'
  expect(edited({ path: 'a.py', environment: { B: 'x' } }, script)).toBe('{"agent":"BaseAgent","environment":{"A":"1","B":"x"},"more":3}\n')
  expect(edited({ path: 'boot', from: '--at /a ', to: '--at $& ' }, 'run --at /a now')).toBe('run --at $& now')
  for (const text of ['', 'run --at /a now --at /a '])
    expect(() => edited({ path: 'boot', from: '--at /a ', to: 'x' }, text)).toThrow('does not stand in boot exactly once')
  expect(edited({ path: 'a.py', agent: 'legacy' }, '{"agent":"BaseAgent"}\n')).toBe('{"agent":"legacy"}\n')
})

test('a free port is nobody’s, stands nowhere in the config, and is given once', () => {
  const id = 'mainpc' as MachineId
  const given = new Set<number>()
  const ports = [freePort(topology, id, 7200, given), freePort(topology, id, 7200, given)]
  expect(new Set(ports).size).toBe(2)
  for (const port of ports) expect(topology.machines.get(id)?.configText).not.toContain(String(port))
})
