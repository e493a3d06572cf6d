/** Whether all that speak of the fleet speak of the same one. */
import { expect, test } from 'vitest'
import type { TopologyEvent } from '../journal/event.ts'
import { hostPlace } from '../journal/places.ts'
import { contradictionsIn, strangers, strangersIn, strayMachines } from './membership.ts'

const agent = (id: string, more: object = {}) => ({ id, machine: id.split('/')[0], dependsOn: [], ...more })
const topology = (change: object = {}) =>
  ({
    kind: 'topology',
    machines: [{ id: 'mainpc' }, { id: 'pc2' }],
    agents: [agent('mainpc/Planner'), agent('pc2/Vision', { dependsOn: ['mainpc/Planner'] })],
    services: [{ id: 'registry', machine: 'mainpc', agent: 'mainpc/Planner' }],
    places: ['mainpc', 'pc2', hostPlace],
    ...change,
  }) as unknown as TopologyEvent

test('agents that the topology does not list are named once each, in order', () => {
  expect(strangersIn(topology(), ['pc3/B', 'pc2/Vision', 'pc3/A', 'pc3/B'])).toEqual(['pc3/B', 'pc3/A'])
  expect(strangersIn(undefined, ['pc2/Vision'])).toEqual(['pc2/Vision'])
  expect(strangers(topology(), 'the census', ['pc3/A'])).toEqual(['the census names agents that the topology does not list: pc3/A'])
  expect(strangers(topology(), 'the census', ['pc2/Vision'])).toEqual([])
})

test('so are machines', () => {
  const stray = ['a snapshot is of machines that the topology does not list: pc3']
  expect(strayMachines(topology(), 'a snapshot', ['pc3', 'pc2', 'pc3'])).toEqual(stray)
  expect(strayMachines(topology(), 'a snapshot', ['pc2', 'mainpc'])).toEqual([])
  expect(strayMachines(undefined, 'a snapshot', ['pc3'])).toEqual(stray)
})

test('a topology that agrees with itself has no contradictions', () => {
  expect(contradictionsIn(topology())).toEqual([])
})

test.each([
  [
    'an agent twice',
    { agents: [agent('mainpc/Planner'), agent('pc2/B'), agent('pc2/B'), agent('pc2/B')] },
    /^the topology lists more than once: pc2\/B$/,
  ],
  ['a machine twice', { machines: [{ id: 'mainpc' }, { id: 'pc2' }, { id: 'pc2' }] }, /lists more than once: pc2$/],
  ['a service by the name of an agent', { services: [{ id: 'pc2/Vision', machine: 'pc2' }] }, /lists more than once: pc2\/Vision$/],
  ['a machine without an agent', { agents: [agent('mainpc/Planner'), agent('mainpc/Other')] }, /^machines without an agent: pc2$/],
  ['an agent of no machine', { machines: [{ id: 'mainpc' }] }, /of a machine that the topology does not list: pc2\/Vision$/],
  ['a service of no machine', { services: [{ id: 'nats', machine: 'pc9' }] }, /of a machine that the topology does not list: nats$/],
  [
    'a dependency on an agent that is not listed',
    { agents: [agent('mainpc/Planner'), agent('pc2/Vision', { dependsOn: ['pc2/Gone'] })] },
    /depend on or that have a service, and that the topology does not list: pc2\/Gone$/,
  ],
  [
    'a service of an agent that is not listed',
    { services: [{ id: 'registry', machine: 'mainpc', agent: 'pc2/Gone' }] },
    /have a service, and that the topology does not list: pc2\/Gone$/,
  ],
  ['a machine of which no snapshot is to be taken', { places: ['mainpc', hostPlace] }, /^no snapshot is to be taken of: pc2$/],
  ['no snapshot of the host', { places: ['mainpc', 'pc2'] }, new RegExp(`no snapshot is to be taken of: ${hostPlace}$`)],
])('%s is a contradiction, and the only one', (_, change, words) => {
  const found = contradictionsIn(topology(change))
  expect(found.join('; ')).toMatch(words)
  expect(found).toHaveLength(1)
})
