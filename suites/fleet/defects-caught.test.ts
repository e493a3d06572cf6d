/** Defects that a cold start shows: NO-GO by the criteria that own them, each by name. */
import { expect, test } from 'vitest'
import { judged } from './caught.ts'

test('B1 B3 C2 by config, since we read what the boot script did not say; D3 D4 by coverage', async () => {
  const by = await judged('B1,B3,C2,D3,D4', 'drill', 'boot')
  expect(by('config')).toMatchObject({ outcome: 'fail' })
  for (const words of ['dependency-cycle: dependency cycle', 'Nobody, which no config lists', "Worker's health_check_port"])
    expect(by('config').because).toContain(words)
  expect(by('config').because).not.toContain('boot of mainpc: dependency-cycle')
  expect(by('coverage')).toMatchObject({ outcome: 'fail', measure: { value: 3, limit: 5 } })
  expect(by('coverage').because).toContain('1 are not in the registry: pc2/FarWorker')
  expect(by('coverage').because).toMatch(/1 answered as another agent in (steady|fault|recovery): mainpc\/Worker/)
})

test('A1 G2 by config: no script is found, and a machine has no agents', async () => {
  const by = await judged('A1,G2', 'drill', 'boot')
  for (const words of ['boot of mainpc: 0/3 scripts found', 'boot of pc2: it knows 0 agents, and its config lists 2'])
    expect(by('config')).toMatchObject({ outcome: 'fail', because: expect.stringContaining(words) })
})

test('A2 C1 G1 by config; those who are not there, by coverage', async () => {
  const by = await judged('A2,C1,G1', 'drill', 'boot')
  for (const words of ['boot of pc2: 1/2 scripts found', 'port-clash: port 7200 is claimed by', 'restart_policy is an unknown key'])
    expect(by('config')).toMatchObject({ outcome: 'fail', because: expect.stringContaining(words) })
  expect(by('coverage')).toMatchObject({ outcome: 'fail', measure: { value: 3, limit: 5 } })
  for (const agent of ['mainpc/Worker', 'pc2/FarWorker']) expect(by('coverage').because).toContain(agent)
})

test('D1 by coverage: who answers a connect only reports nothing', async () => {
  const by = await judged('D1', 'drill', 'boot')
  expect(by('coverage')).toMatchObject({ outcome: 'fail', measure: { value: 3, limit: 5 } })
  expect(by('coverage').because).toContain('did not answer in time in steady: mainpc/Worker, pc2/FarWorker')
  expect(by('config')).toMatchObject({ outcome: 'pass' })
})

test.each([
  ['U1', 'an agent that is away for ten seconds'],
  ['U2', 'agents that are restarted at once, for twenty seconds'],
])('%s by uptime: %s', async (defect) => {
  const by = await judged(defect, 'drill', 'boot')
  expect(by('uptime')).toMatchObject({ outcome: 'fail', because: expect.stringContaining('the largest: mainpc/Worker') })
  expect(by('held')).toMatchObject({ outcome: 'fail', because: expect.stringContaining('mainpc/Worker') }) // or that it was restarted
  expect(by('config')).toMatchObject({ outcome: 'pass' })
})
