// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configs' own expressions, which only look like templates
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import type { ConfigFinding } from '../journal/event.ts'
import { configFindings } from './findings.ts'
import { readStartup, type StartupConfig } from './startup.ts'

interface Fields {
  readonly [key: string]: unknown
}

/** Agents A, B, … on 5600, 5601, … and 6600, 6601, …, each with further fields. */
function config(agents: readonly Fields[], beside: Fields = {}): StartupConfig {
  const list = agents.map((fields, index) => {
    const name = String.fromCharCode(65 + index)
    return { name, script_path: `${name}.py`, port: 5600 + index, health_check_port: 6600 + index, ...fields }
  })
  const read = readStartup({ file: 'pc2.yaml', text: stringify({ pc2_services: list, ...beside }) })
  if ('problems' in read) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  return read.config
}

const clashes = (agents: readonly Fields[], beside?: Fields) =>
  configFindings([config(agents, beside)])
    .filter(({ rule }) => rule === 'port-clash')
    .map(({ severity, agents, message }) => ({ severity, agents, message }))

test('two agents on one port clash, whichever of their ports it is', () => {
  const message = "port 5600 is claimed by A's port (line 4) and B's port (line 8)"
  expect(clashes([{}, { port: 5600 }])).toEqual([{ severity: 'error', agents: ['pc2/A', 'pc2/B'], message }])
  expect(clashes([{}, { health_check_port: 5600 }])).toHaveLength(1)
  expect(clashes([{ health_check_port: 5600 }])).toMatchObject([{ agents: ['pc2/A'] }])
  expect(clashes([{}, { port: 5600 }, { port: 5600 }])).toHaveLength(1)
  expect(clashes([{}, {}])).toEqual([])
})

test('a port that the file gives to something else clashes with an agent that has it', () => {
  expect(clashes([{}], { error_bus_port: 5600 })).toMatchObject([{ agents: ['pc2/A'] }])
  expect(clashes([{}], { error_bus_port: 6600 })).toHaveLength(1)
  expect(clashes([{}], { error_bus_port: '${PORT_OFFSET}+5600' })).toHaveLength(1)
  expect(clashes([{}], { bus: { host: '0.0.0.0', port: 5600 } })).toHaveLength(1)
  expect(clashes([{}], { bus: { listeners: [{ metricsPort: 5600 }] } })).toHaveLength(1)
  expect(clashes([{}, { config: { prometheus_port: 5600 } }])).toMatchObject([{ agents: ['pc2/A', 'pc2/B'] }])
  expect(clashes([{ config: { metrics_port: 9300 } }, { config: { metrics_port: 9300 } }])).toHaveLength(1)
  expect(clashes([{ config: { metrics: { port: 6601 } } }, {}])).toHaveLength(1)
})

test('an agent may say its own port again, and where the error bus is', () => {
  expect(clashes([{ config: { prometheus_port: 5600, health: { port: 6600 } } }])).toEqual([])
  expect(clashes([{ config: { error_bus_port: 7150 } }, { config: { error_bus_port: 7150 } }], { error_bus_port: 7150 })).toEqual([])
  expect(clashes([{}], { error_bus_port: 7150, bus: { port: 7150 } })).toEqual([])
})

test('the port of something elsewhere, and what only looks like a port, claims nothing', () => {
  expect(clashes([{ config: { redis: { port: 5601 }, nats_port: 5601 } }, {}])).toEqual([])
  expect(clashes([{ config: { upstream: { host: 'other', port: 5601 }, hub_host: 'hub', hub_port: 5601 } }, {}])).toEqual([])
  expect(clashes([{ config: { opportunity: 5601, zmq_timeout: 5601, support: 5601, reports: 5601, airport_code: 5601 } }, {}])).toEqual([])
  expect(clashes([{}], { pc2_network: { agent_ports: { start: 5600, end: 5699 } } })).toEqual([])
  expect(clashes([{}], { bus: { port: 'auto' } })).toEqual([])
})

test('a port outside the plan and a host elsewhere are notes, and never errors', () => {
  const findings = configFindings([
    config([
      { port: 4999, health_check_port: 9001, host: '10.0.0.7' },
      { port: 5000, health_check_port: 9000, host: '0.0.0.0' },
    ]),
  ])
  expect(findings.map(({ rule, severity, line, column }) => [rule, severity, line, column])).toEqual([
    ['port-outside-range', 'note', 4, 11],
    ['port-outside-range', 'note', 5, 24],
    ['host-mapped', 'note', 6, 11],
  ])
})

test('the invented pair is clean, and its notes are those of its well-known ports', () => {
  const { configs, findings } = loadStartupConfigs(pairIn(join(import.meta.dirname, '../../fixtures/configs')))
  expect(configs.map(({ machine, agents }) => [machine, agents.length])).toEqual([
    ['mainpc', 54],
    ['pc2', 23],
  ])
  expect(errors(findings)).toEqual([])
  expect(new Set(findings.map(({ rule }) => rule))).toEqual(new Set(['port-outside-range']))
})

/** A folder with a real mainpc.startup.yaml and pc2.startup.yaml, which are not ours to publish. */
const real = process.env.GAUNTLET_REAL_CONFIGS

test.runIf(real && existsSync(real))('a real pair has its one cycle and its one clash, and no other error', () => {
  const { topology, findings } = loadStartupConfigs(pairIn(real as string))
  expect(topology.agents.size).toBe(77)
  expect(errors(findings).map(({ rule, agents }) => [rule, agents.length])).toEqual([
    ['dependency-cycle', 3],
    ['port-clash', 1],
  ])
})

function pairIn(folder: string): string[] {
  return ['mainpc', 'pc2'].map((machine) => join(folder, `${machine}.startup.yaml`))
}

function errors(findings: readonly ConfigFinding[]): ConfigFinding[] {
  return findings.filter(({ severity }) => severity === 'error')
}
