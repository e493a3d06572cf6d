import { expect, test } from 'vitest'
import type { ExpectedAlert } from '../journal/event.ts'
import { withSubjects } from './alert-subjects.ts'
import type { AgentId, MachineId, Topology } from './topology.ts'

const topology = {
  machines: new Map(['mainpc', 'pc2'].map((id) => [id, {}])),
  agents: new Map(['mainpc/A', 'pc2/B', 'pc2/C'].map((id) => [id, {}])),
} as unknown as Topology
const alert = (name: string, change: Partial<ExpectedAlert> = {}): ExpectedAlert => {
  return { alert: name, level: 'warning', channel: '#ops-alerts', afterMs: 0, withinMs: 1, resolvedMs: 1, ...change }
}
const subjects = (expected: readonly ExpectedAlert[], ...targets: readonly string[]) =>
  withSubjects(expected, targets as readonly (AgentId | MachineId)[], topology).map((each) => each.subjects)

test('a rule that is always about the same says what', () => {
  expect(subjects([alert('CentralHubDown'), alert('EdgeHubDown'), alert('BothHubsDown'), alert('MassOutage')], 'pc2/B')).toEqual([
    ['central hub'],
    ['edge hub'],
    ['both hubs'],
    ['fleet'],
  ])
})

test('one about agents or message servers is about those that are targets: one of each where there are as many', () => {
  expect(subjects([alert('AgentDown')], 'pc2/B')).toEqual([['pc2/B']])
  expect(subjects([alert('AgentDown'), alert('AgentDown')], 'pc2/C', 'mainpc/A')).toEqual([['mainpc/A'], ['pc2/C']])
  expect(subjects([alert('AgentDown')], 'pc2/C', 'mainpc/A')).toEqual([['mainpc/A', 'pc2/C']])
  expect(subjects([alert('BusServerDown'), alert('BusServerDown')], 'pc2', 'mainpc')).toEqual([['nats-mainpc'], ['nats-pc2']])
})

test('an escalation is about the page that lasts', () => {
  const expected = [alert('BothHubsDown'), alert('P1Escalation', { channel: 'cto' }), alert('P1Escalation', { channel: 'lead-sre' })]
  expect(subjects(expected, 'pc2/B')).toEqual([['both hubs'], ['BothHubsDown'], ['BothHubsDown']])
})

test('what the scenario says stands, and of what is no rule nothing is known', () => {
  expect(subjects([alert('AgentDown', { subjects: ['pc2/C'] }), alert('NoSuchRule')], 'pc2/B')).toEqual([['pc2/C'], undefined])
})
