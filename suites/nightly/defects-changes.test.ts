/**
 * Defects of the way back from a change: R1 (the restart after a revert lasts), R2 (the revert brings another state), R3 (the restart is
 * skipped). Each beside a good fleet, through the same deploy path. How quick a second release is (L1, L2) is for the criterion latency to
 * say (alone/latency*.test.ts), which knows how much of a difference is the machine's own.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AgentId, MachineId } from '../../src/fleet/topology.ts'
import { inMachine, isCommitted, post } from '../fleet/by-hand.ts'
import { farWorker, mainpc, openSmallFleet, pc2, processes, type SmallFleet, until, well, worker } from '../small-fleet.ts'

const patienceMs = 60_000
/** Of a single agent's rollback; of a config's it is 180 s, of anything 300 s. */
const agentLimitMs = 120_000
const homes = [
  { id: worker, machine: mainpc, name: 'Worker', script: 'mainpc/worker.py', port: 7300 },
  { id: farWorker, machine: pc2, name: 'FarWorker', script: 'pc2/far_worker.py', port: 7400 },
] as const
type Home = (typeof homes)[number]
const [here] = homes

async function fleetWith(...defects: string[]): Promise<SmallFleet> {
  const small = await openSmallFleet(`change-defects-${defects.join('') || 'good'}-${process.pid}`.toLowerCase(), { defects })
  const isUp = async ({ id, machine }: Home) => (await small.health(id)) === well && (await isCommitted(small, machine))
  const areUp = async () => (await Promise.all(homes.map(isUp))).every((up) => up)
  expect(await until(areUp, patienceMs)).toBe(true)
  return small
}

/** One commit. @returns its name */
async function change(small: SmallFleet, { machine, script }: Pick<Home, 'machine' | 'script'>, release: string): Promise<string> {
  const deployed = `${JSON.stringify({ agent: 'BaseAgent', environment: { WORK_RELEASE: release } })}\n`
  await inMachine(small, machine, 'node', '-e', 'require("node:fs").writeFileSync(process.argv[1], process.argv[2])', script, deployed)
  return (await inMachine(small, machine, 'fleet-change', `${script}: release ${release}`)).trim()
}

async function restart(small: SmallFleet, { id, machine, name }: Home): Promise<void> {
  await inMachine(small, machine, 'supervisorctl', 'restart', name)
  expect(await until(async () => (await small.health(id as AgentId)) === well, patienceMs)).toBe(true)
}

async function releaseOf(small: SmallFleet, { machine, port }: Home): Promise<unknown> {
  const { body } = await post(small, machine, `http://127.0.0.1:${port}/work`, '{}')
  return (body as { release?: unknown }).release
}

const pidOf = async (small: SmallFleet, { machine, name }: Home) => (await processes(small, machine)).get(name)
/** What is deployed now, beside that commit; empty where they are the same. */
const difference = (small: SmallFleet, machine: MachineId, commit: string) => inMachine(small, machine, 'git', 'diff', '--stat', commit)

describe('a good fleet', () => {
  let small: SmallFleet
  beforeAll(async () => {
    small = await fleetWith()
  })
  afterAll(async () => small?.[Symbol.asyncDispose]())

  test('is back at the state before by a revert and a restart: commit, process and behaviour', async () => {
    const before = (await inMachine(small, mainpc, 'git', 'rev-parse', 'HEAD')).trim()
    const commit = await change(small, here, '2')
    await restart(small, here)
    expect(await releaseOf(small, here)).toBe('2')
    const pid = await pidOf(small, here)
    await inMachine(small, mainpc, 'git', 'revert', '--no-edit', commit)
    await restart(small, here)
    expect(await difference(small, mainpc, before)).toBe('')
    expect(await releaseOf(small, here)).toBe('1')
    expect(await pidOf(small, here)).not.toBe(pid)
  })
})

test('R1: the restart after a revert outlasts the limit', async () => {
  await using small = await fleetWith('R1')
  await change(small, here, '1,2')
  await restart(small, here) // before a revert it takes what it takes
  const pid = await pidOf(small, here)
  await inMachine(small, mainpc, 'git', 'revert', '--no-edit', 'HEAD')
  const begunMs = performance.now()
  // Nobody waits for it: it returns after 310 s, when this fleet is gone.
  await inMachine(small, mainpc, 'sh', '-c', 'supervisorctl restart Worker > /tmp/restart.log 2>&1 &')
  while (performance.now() - begunMs < agentLimitMs + 2_000) {
    expect([await small.health(worker), (await processes(small, mainpc)).size]).toEqual([well, 2]) // Worker is STOPPING, the others run
    await sleep(10_000)
  }
  const still = await inMachine(small, mainpc, 'sh', '-c', `tr '\\0' '\\n' < /proc/${pid}/environ | grep ^AGENT_NAME=`)
  expect(still.trim()).toBe('AGENT_NAME=Worker')
  expect((await post(small, mainpc, 'http://127.0.0.1:7300/work/2', '{}')).status).toBe(200) // what the change brought is still there
})

test('R3: a restart after a revert is said to be done, and is not; R2: what was reverted to is neither of the two states', async () => {
  await using small = await fleetWith('R2', 'R3')
  const committed = async () => (await small.fleet.machine(mainpc).run(['git', 'rev-parse', '--verify', 'HEAD'])).exitCode === 0
  expect(await until(committed, patienceMs)).toBe(true)
  const before = (await inMachine(small, mainpc, 'git', 'rev-parse', 'HEAD')).trim()
  const commit = await change(small, here, '2')
  await restart(small, here)
  expect(await releaseOf(small, here)).toBe('2') // the way there is as good as ever
  const pid = await pidOf(small, here)
  await inMachine(small, mainpc, 'git', 'revert', '--no-edit', commit)

  for (const who of ['Worker', 'all']) {
    const said = await inMachine(small, mainpc, 'supervisorctl', 'restart', who)
    expect(said).toMatch(/Worker: stopped[\s\S]*Worker: started/)
    expect([await pidOf(small, here), await releaseOf(small, here)]).toEqual([pid, '2'])
  }
  expect(await inMachine(small, mainpc, 'git', 'status', '--porcelain')).toBe('')
  expect(await inMachine(small, mainpc, 'git', 'log', '-1', '--format=%s')).toMatch(/^Revert "/)
  expect(await difference(small, mainpc, before)).toContain(here.script)

  await inMachine(small, mainpc, 'kill', '-KILL', String(pid)) // supervisord's own restart is not asked for by anyone
  expect(await until(async () => ![undefined, pid].includes(await pidOf(small, here)), patienceMs)).toBe(true)
  expect(await until(async () => (await small.health(worker)) === well, patienceMs)).toBe(true)
  expect(await releaseOf(small, here)).toBe('0')
})
