/** Fleets with defects: each of them really does what its sentence says, and what has none of them does not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BootAnswer, bootLogPath } from '../../src/fleet/contract.ts'
import type { AgentId, MachineId } from '../../src/fleet/topology.ts'
import { get, inMachine, signal } from '../fleet/by-hand.ts'
import { farWorker, mainpc, openSmallFleet, pc2, processes, type SmallFleet, until, well, worker } from '../small-fleet.ts'

const registry = 'mainpc/ServiceRegistry' as AgentId
const edgeHub = 'pc2/ObservabilityHub' as AgentId
const centralHub = 'mainpc/ObservabilityHub' as AgentId

/** The boot script's own answers, once its real run is done. */
async function bootAnswers(small: SmallFleet, machine: MachineId): Promise<readonly BootAnswer[]> {
  let answers: BootAnswer[] = []
  const done = async () => {
    const { stdout } = await small.fleet.tool(machine).run(['tool', 'cat', bootLogPath])
    answers = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as BootAnswer)
    return answers.some(({ dryRun }) => !dryRun)
  }
  expect(await until(done, 60_000)).toBe(true)
  return answers
}

const errorsWeRead = ({ configs }: SmallFleet) =>
  configs.findings
    .filter(({ severity }) => severity === 'error')
    .map(({ rule }) => rule)
    .toSorted()
const bootWords = (small: SmallFleet, machine: MachineId) => inMachine(small, machine, 'cat', '/var/log/fleet/boot.log')
const stateOf = async (small: SmallFleet, machine: MachineId, name: string) => {
  const { stdout } = await small.fleet.machine(machine).run(['supervisorctl', 'status', name])
  return stdout.trim().split(/\s+/)[1]
}

test('A1 finds no script and starts nothing; G2 takes a file of another layout for one without agents, and is content', async () => {
  await using small = await openSmallFleet(`defects-a1-${process.pid}`, { defects: ['A1', 'G2'] })
  for (const answer of await bootAnswers(small, mainpc)) {
    expect(answer).toMatchObject({ ok: false, scripts: { found: 0, total: 3 }, started: [] })
    expect(answer.findings.map(({ rule }) => rule)).toEqual(['missing-script', 'missing-script', 'missing-script'])
  }
  for (const answer of await bootAnswers(small, pc2))
    expect(answer).toMatchObject({ ok: true, scripts: { found: 0, total: 0 }, findings: [], started: [] })
  for (const machine of [mainpc, pc2]) expect((await processes(small, machine)).size).toBe(0)
})

describe('what the boot script says of a bad config', () => {
  let small: SmallFleet
  beforeAll(async () => {
    small = await openSmallFleet(`defects-boot-${process.pid}`, { defects: ['A2', 'B3', 'C1', 'C2', 'G1'] })
  })
  afterAll(() => small?.[Symbol.asyncDispose]())

  test('we read an unknown name and two clashes', () => {
    expect(errorsWeRead(small)).toEqual(['port-clash', 'port-clash', 'unknown-dependency'])
  })

  test('B3: the boot script says nothing of the name; G1: it only warns of an unknown key, and starts', async () => {
    const answers = await bootAnswers(small, mainpc)
    for (const { findings } of answers) {
      expect(findings.map(({ rule }) => rule).toSorted()).toEqual(['invalid-config', 'port-clash', 'port-clash'])
      expect(findings.find(({ rule }) => rule === 'invalid-config')?.message).toContain('restart_policy is an unknown key')
    }
  })

  test('C1: it says success, while the second agent on the port comes and goes', async () => {
    const real = (await bootAnswers(small, mainpc)).at(-1)
    expect(real).toMatchObject({ dryRun: false, ok: true })
    expect(real?.started.every(({ healthyMs }) => healthyMs !== null)).toBe(true)
    expect(await small.health(worker)).toContain('ECONNREFUSED')
    expect(await until(async () => (await stateOf(small, mainpc, 'Worker')) === 'BACKOFF', 10_000)).toBe(true)
    expect(await inMachine(small, mainpc, 'cat', '/var/log/fleet/Worker.log')).toContain('port 7200 cannot be opened')
    expect(await small.health(registry)).toBe(well)
  })

  test('A2: a missing script is logged, its agent left out, and that is a success', async () => {
    const real = (await bootAnswers(small, pc2)).at(-1)
    expect(real).toMatchObject({ ok: true, scripts: { found: 1, total: 2 }, findings: [] })
    expect(real?.started.map(({ agent }) => agent)).toEqual([edgeHub])
    expect(await bootWords(small, pc2)).toContain('skipped: FarWorker: there is no pc2/far_worker.py below the project root')
    expect(await stateOf(small, pc2, 'FarWorker')).toBe('STOPPED')
  })
})

describe('agents that are not what they seem', () => {
  let small: SmallFleet
  beforeAll(async () => {
    // B1 is here, since who depends on each other is started together: beside C1 either of the two could have the port.
    small = await openSmallFleet(`defects-agents-${process.pid}`, { defects: ['B1', 'C3', 'D2', 'D3', 'D4', 'U1'] })
    expect(await until(async () => (await small.health(farWorker)) === well && (await small.health(worker)) === well, 60_000)).toBe(true)
  })
  afterAll(() => small?.[Symbol.asyncDispose]())

  test('B1: we read a circle; the boot script says nothing of it, and starts both', async () => {
    expect(errorsWeRead(small)).toEqual(['dependency-cycle'])
    const answers = await bootAnswers(small, mainpc)
    expect(answers.map(({ ok, findings }) => ({ ok, findings }))).toEqual(answers.map(() => ({ ok: true, findings: [] })))
    expect(answers.at(-1)?.started.map(({ agent }) => agent)).toEqual(expect.arrayContaining([registry, worker]))
  })

  test('U1: an agent closes its doors and opens them again, as the same process', async () => {
    const workerPid = async () => (await processes(small, mainpc)).get('Worker')
    expect(await until(async () => (await workerPid()) !== undefined, 20_000)).toBe(true) // it runs, for its supervisor, after a second
    const before = await workerPid()
    expect(await until(async () => (await small.health(worker)).includes('ECONNREFUSED'), 90_000)).toBe(true) // once a minute
    expect(await small.health(registry)).toBe(well)
    expect(await until(async () => (await small.health(worker)) === well, 20_000)).toBe(true)
    expect(await workerPid()).toBe(before)
  })

  test("D4: it answers with another's name; D3: nobody has ever registered it", async () => {
    const saysOther = async () => (await get(small, mainpc, 'http://127.0.0.1:8300/health')).includes('"name":"ServiceRegistry"')
    expect(await until(saysOther, 30_000)).toBe(true)
    const known = async () =>
      (JSON.parse(await get(small, mainpc, 'http://127.0.0.1:7200/agents')) as { agent: string }[]).map(({ agent }) => agent)
    expect(await until(async () => (await known()).length === 4, 30_000)).toBe(true)
    expect(await known()).not.toContain(farWorker)
    expect(await small.health(farWorker)).toBe(well)
  })

  test('D2: it says healthy while its work loop is dead; one without the defect says so', async () => {
    const rounds = async () => /^agent_work_rounds_total\S* (\d+)$/m.exec(await get(small, pc2, 'http://127.0.0.1:8400/metrics'))?.[1]
    for (const machine of [mainpc, pc2]) await inMachine(small, machine, 'sh', '-c', "kill -USR2 $(pgrep -f '[h]ub.js|[a]gent.js')")
    expect(await until(async () => (await small.health(edgeHub)) === 'error', 10_000)).toBe(true)
    const before = await rounds()
    expect(before).toBeDefined()
    expect(await until(async () => (await rounds()) !== before, 3_000)).toBe(false)
    expect(await small.health(farWorker)).toBe(well)
  })

  test('C3: an agent that finds its port taken is given up; one without the defect is tried again', async () => {
    await inMachine(small, mainpc, 'supervisorctl', 'stop', 'Worker', 'ObservabilityHub')
    const squatter = "for (const port of [7300, 9000]) require('node:net').createServer().listen(port)"
    await inMachine(small, mainpc, 'sh', '-c', `node -e "${squatter}" > /dev/null 2>&1 & echo $! > /tmp/squatter; sleep 1`)
    await small.fleet.machine(mainpc).run(['supervisorctl', 'start', 'Worker', 'ObservabilityHub'], { timeoutMs: 30_000 })
    const isGivenUp = async () => ['FATAL', 'EXITED'].includes((await stateOf(small, mainpc, 'Worker')) ?? '') // within a second of its start, or later
    expect(await until(isGivenUp, 10_000)).toBe(true)
    await inMachine(small, mainpc, 'sh', '-c', 'kill $(cat /tmp/squatter)')
    expect(await until(async () => (await small.health(centralHub)) === well, 30_000)).toBe(true)
    expect(await isGivenUp()).toBe(true)
  })
})

test('B2: a call that is not answered holds the agent up, and nobody else; U2: agents are stopped for a while, by themselves', async () => {
  await using small = await openSmallFleet(`defects-calls-${process.pid}`, { defects: ['B2', 'U2'] })
  const healthy = (...agents: AgentId[]) =>
    until(async () => (await Promise.all(agents.map(small.health))).every((word) => word === well), 60_000)
  expect(await healthy(registry, farWorker, edgeHub)).toBe(true)
  expect(await until(async () => (await stateOf(small, mainpc, 'Worker')) === 'STOPPED', 40_000)).toBe(true)
  expect(await until(async () => (await small.health(worker)) === well, 40_000)).toBe(true)

  await signal(small, registry, 'STOP')
  expect(await until(async () => (await small.health(farWorker)) === 'error', 20_000)).toBe(true)
  expect(await small.health(edgeHub)).toBe(well)
  await signal(small, registry, 'CONT')
  expect(await healthy(farWorker)).toBe(true)
})

test('D1: agents accept connections, and say nothing', async () => {
  await using small = await openSmallFleet(`defects-legacy-${process.pid}`, { defects: ['D1'] })
  const answers = await bootAnswers(small, mainpc)
  expect(answers.at(-1)).toMatchObject({ ok: true })
  expect(await small.health(worker)).toContain('no answer')
  expect(await small.health(registry)).toBe(well)
})
