import { resolve } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import { loadStartupConfigs } from './load-startup-configs.ts'
import { type Selector, selectTargets } from './select.ts'

const configs = resolve(import.meta.dirname, '../../fixtures/configs')
const { topology } = loadStartupConfigs(['mainpc', 'pc2'].map((machine) => `${configs}/${machine}.startup.yaml`))

function agents(selector: Selector, seed = 1): readonly string[] {
  const targets = selectTargets(topology, selector, seed)
  return 'agents' in targets ? targets.agents : []
}

function refusal(selector: Selector): string {
  try {
    selectTargets(topology, selector, 1)
  } catch (error) {
    if (error instanceof GauntletError && error.code === 'usage/fault') {
      return error.problems.map(({ message, expected }) => `${message}; ${expected}`).join('\n')
    }
  }
  throw new Error('not refused')
}

test('all given parts must match', () => {
  expect(agents({ role: 'hub' })).toEqual(['mainpc/ObservabilityHub', 'pc2/ObservabilityHub'])
  expect(agents({ role: 'hub', machine: 'pc2' })).toEqual(['pc2/ObservabilityHub'])
  expect(agents({ agents: ['ObservabilityHub'] })).toHaveLength(2)
  expect(agents({ agents: ['mainpc/ObservabilityHub'] })).toEqual(['mainpc/ObservabilityHub'])
  expect(agents({ group: 'weather_desk' })).toHaveLength(4)
  expect(agents({ machine: 'pc2' })).toHaveLength(23)
  expect(agents({})).toHaveLength(77)
})

test('whole machines are chosen by their own key, which stands alone', () => {
  expect(selectTargets(topology, { machines: ['pc2', 'mainpc'] }, 1)).toEqual({ machines: ['mainpc', 'pc2'] })
  expect(refusal({ machines: ['pc2'], role: 'hub' })).toContain('machines and role cannot be given together')
  expect(refusal({ machines: [] })).toContain('no machine is named')
})

test('a share is rounded up, but not by the last bit of a product', () => {
  expect(agents({ machine: 'pc2', share: 0.1 })).toHaveLength(3)
  expect(agents({ share: 1 })).toHaveLength(77)
  expect(agents({ machine: 'pc2', role: 'agent', share: 0.5 })).toHaveLength(11)
  expect(agents({ agents: topologyNames(50), share: 0.14 })).toHaveLength(7)
})

test('property: a draw has the size asked for, of what matches, and is the seed’s alone', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 22 }), (seed, count) => {
      const selector = { role: 'agent', machine: 'pc2', count }
      const drawn = agents(selector, seed)
      expect(new Set(drawn).size).toBe(count)
      expect(drawn.every((id) => agents({ role: 'agent', machine: 'pc2' }).includes(id))).toBe(true)
      expect(agents(selector, seed)).toEqual(drawn)
    }),
  )
})

test('every agent is drawn by some seed', () => {
  const drawn = Array.from({ length: 400 }, (_, seed) => agents({ role: 'agent', machine: 'pc2', count: 1 }, seed)[0])
  expect(new Set(drawn).size).toBe(22)
})

test('what matches nothing is refused, with what would have matched', () => {
  expect(refusal({ agents: ['Obervability'] })).toContain('no agent is called Obervability')
  expect(refusal({ agents: ['WindModle'] })).toContain('WindModel')
  expect(refusal({ role: 'hubs' })).toBe('no role is called hubs; hub')
  expect(refusal({ group: 'nowhere', machine: 'pc3' })).toBe(
    `no group is called nowhere; ${[...new Set([...topology.agents.values()].map(({ group }) => group))].sort().join(', ')}\nno machine is called pc3; pc2`,
  )
  expect(refusal({ agents: ['WindModel'], machine: 'pc2' })).toContain(
    'nothing matches all of it; without machine it would be mainpc/WindModel',
  )
  expect(refusal({ role: 'hub', count: 3 })).toContain('3 agents are asked for and 2 match')
  expect(refusal({ role: 'hub', count: 1, share: 0.5 })).toContain('share and count cannot be given together')
})

function topologyNames(count: number): string[] {
  return [...topology.agents.values()]
    .filter(({ machine }) => machine === 'mainpc')
    .slice(0, count)
    .map(({ id }) => id)
}
