/** Defects that only a fault shows: NO-GO by the criteria that own them, each by name. */
import { expect, test } from 'vitest'
import { judged } from './caught.ts'

test('B2 by uptime: a registry that hangs takes a bystander on the other machine with it', async () => {
  const by = await judged('B2', 'drill', 'agent-hang', '--target', 'ServiceRegistry')
  expect(by('uptime')).toMatchObject({ outcome: 'fail', because: expect.stringContaining('pc2/FarWorker') })
  expect(by('uptime').because).not.toContain('pc2/ObservabilityHub')
})

test('C3 by recovery: whose port was taken does not come back when it is free', async () => {
  const by = await judged('C3', 'drill', 'port-clash-runtime', '--for', '6s')
  expect(by('recovery')).toMatchObject({
    outcome: 'fail',
    because: expect.stringContaining('port-squat affected 1 agent: not recovered'),
  })
  expect(by('effective')).toMatchObject({ outcome: 'pass' })
})

test('D2 by coverage: who does no work says that it is well', async () => {
  const by = await judged('D2', 'drill', 'agent-zombie')
  expect(by('coverage')).toMatchObject({
    outcome: 'fail',
    because: expect.stringContaining('they were well while they did no work: pc2/FarWorker'),
  })
  expect(by('recovery')).toMatchObject({ outcome: 'pass' })
})

test('E1 by residue: the log without a quota leaves a volume on which nobody can write', async () => {
  const by = await judged('E1', 'drill', 'log-flood', '--for', '20s')
  expect(by('residue')).toMatchObject({
    outcome: 'fail',
    because: expect.stringMatching(/log-flood on pc2[\s\S]*a write of \d+ bytes: ENOSPC/),
  })
  expect(by('coverage')).toMatchObject({ outcome: 'pass' })
})

test('E3 by uptime: a bystander dies of a full disk', async () => {
  const by = await judged('E3', 'drill', 'disk-full-bytes')
  expect(by('uptime')).toMatchObject({ outcome: 'fail', because: expect.stringContaining('pc2/FarWorker') })
  expect(by('uptime').because).not.toContain('pc2/ObservabilityHub')
  expect(by('effective')).toMatchObject({ outcome: 'pass' })
})

test('H7 by coverage: the hub is up without its secret, and says that it is healthy', async () => {
  const by = await judged('H7', 'drill', 'secret-absent', '--for', '20s', '--time-scale', '60')
  const because = expect.stringContaining('said they were well while they did no work: pc2/ObservabilityHub')
  expect(by('coverage')).toMatchObject({ outcome: 'fail', because })
  const missing = 'missing: alert EdgeHubDown to #ops-alerts about edge hub, but secret did not take effect on pc2'
  expect(by('alerts')).toMatchObject({ outcome: 'unknown', because: expect.stringContaining(missing) })
})

test('R2 R3 by rollback: another state, and the process of the change', async () => {
  const by = await judged('R2,R3', 'drill', 'rollback-hub')
  for (const words of ['pc2 is in another state than before', 'pc2/FarWorker is still the process from before the rollback'])
    expect(by('rollback')).toMatchObject({ outcome: 'fail', because: expect.stringContaining(words) })
})
