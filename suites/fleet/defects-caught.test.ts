/** A verdict of a fleet with defects: NO-GO by the criteria that own them, each by name, and the verdict says what was put in. */
import { expect, test } from 'vitest'
import type { Verdict } from '../../src/verdict.ts'
import { configs, verdictOf } from '../command.ts'

async function judged(defects: string, ...command: readonly string[]) {
  const { verdict, exitCode, stderr } = await verdictOf([...command, ...configs('small', 'mainpc', 'pc2'), '--defect', defects])
  expect({ outcome: verdict.outcome, exitCode }).toEqual({ outcome: 'NO-GO', exitCode: 1 })
  expect(verdict.run.defects.map(({ id }) => id).join()).toBe(defects)
  expect(verdict.reproduce).toContain(`--defect ${defects}`)
  for (const { id, sentence } of verdict.run.defects) expect(stderr.replaceAll(/\s+/g, ' ')).toContain(`${id}: ${sentence}`)
  return (criterion: string) => criterionOf(verdict, criterion)
}

/** As the scenario found it in this stage, where that is what is asked for. */
function criterionOf({ criteria, scenarios }: Verdict, name: string) {
  const staged = scenarios.flatMap(({ findings }) => findings).find(({ about }) => about === name)
  return (criteria.find(({ id }) => id === name) ?? staged) as Verdict['criteria'][number]
}

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
  expect(by('uptime').outcome).toBe('fail')
  expect(by('held')).toMatchObject({ outcome: 'fail', because: expect.stringContaining('the largest: mainpc/Worker') })
  expect(by('config')).toMatchObject({ outcome: 'pass' })
})

test('B2 by uptime: a registry that hangs takes a bystander on the other machine with it', async () => {
  const by = await judged('B2', 'drill', 'agent-hang', '--target', 'ServiceRegistry')
  expect(by('uptime')).toMatchObject({ outcome: 'fail', because: expect.stringContaining('pc2/FarWorker') })
  expect(by('uptime').because).not.toContain('pc2/ObservabilityHub')
})

test('C3 by recovery: whose port was taken does not come back when it is free', async () => {
  const by = await judged('C3', 'drill', 'port-clash-runtime', '--for', '6s')
  expect(by('recovery')).toMatchObject({
    outcome: 'fail',
    because: expect.stringContaining('1 agent hurt by port-squat: not back for good'),
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

test('H7 by alerts: the hub is up without its secret, so that nobody is told', async () => {
  const by = await judged('H7', 'drill', 'secret-absent', '--for', '20s', '--time-scale', '60')
  expect(by('alerts')).toMatchObject({ outcome: 'fail', because: 'missing: alert EdgeHubDown to #ops-alerts' })
})

test('R2 R3 by rollback: another state, and the process of the change', async () => {
  const by = await judged('R2,R3', 'drill', 'rollback-hub')
  for (const words of ['pc2 is in another state than before', 'pc2/FarWorker is still the process from before the rollback'])
    expect(by('rollback')).toMatchObject({ outcome: 'fail', because: expect.stringContaining(words) })
})
