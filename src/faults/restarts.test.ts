/** Whom a plan restarts, it either means to silence or says how long the restart may take: else nothing would tell a restart from an outage. */
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import type { AgentId } from '../fleet/topology.ts'
import { faults } from './index.ts'

const configs = ['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, `../../suites/small/${machine}.startup.yaml`))
const { topology } = loadStartupConfigs(configs)
const hub = 'pc2/ObservabilityHub' as AgentId

function rolesIn(kind: 'change' | 'config-change' | 'secret', params: object) {
  const { radius, silences, restarts } = faults[kind].plan(
    topology,
    { agents: [hub] },
    Value.Default(faults[kind].params, params) as never,
    't',
  )
  if (restarts) expect(restarts).toEqual({ ids: [hub], withinMs: expect.any(Number) })
  return `${radius.length > 0 ? 'affected' : 'untouched'}${silences.length > 0 ? ', silenced' : ''}${restarts ? ', restarted' : ''}`
}

test.each([
  ['change', { what: 'port' }, 'affected, silenced'],
  ['change', { what: 'config' }, 'affected, silenced'],
  ['change', { what: 'baseagent' }, 'affected, silenced'],
  ['change', { what: 'exporter' }, 'affected, silenced'],
  ['change', { what: 'hub' }, 'affected, restarted'],
  ['change', { what: 'boot-script' }, 'affected, silenced'],
  ['change', { what: 'log-handler' }, 'affected, silenced'],
  ['change', { what: 'release' }, 'affected, restarted'],
  ['change', { what: 'both-releases' }, 'affected, restarted'],
  ['config-change', { key: 'port', value: 'free-port', expect: 'taken', restart: true }, 'affected, restarted'],
  ['config-change', { key: 'port', value: 'free-port', expect: 'taken' }, 'untouched'],
  ['config-change', {}, 'untouched'],
  ['secret', { state: 'absent' }, 'affected, silenced'],
  ['secret', { state: 'unreadable' }, 'affected, silenced'],
  ['secret', { state: 'empty' }, 'affected, silenced'],
  ['secret', { state: 'wrong' }, 'affected, restarted'],
  ['secret', { state: 'truncated' }, 'affected, restarted'],
  ['secret', { state: 'rotated' }, 'untouched'],
] as const)('%s %j: %s', (kind, params, roles) => {
  expect(rolesIn(kind, params)).toBe(roles)
})
