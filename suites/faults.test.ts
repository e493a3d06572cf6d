/** Every fault on a real fleet: its effect and then its absence, seen by other means than its own proofs; and every way a harness may die. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FaultKind, faults } from '../src/faults/index.ts'
import type { AgentId } from '../src/fleet/topology.ts'
import { holdFault } from '../src/run/hold.ts'
import { sweep } from '../src/sweep.ts'
import { agents, holdOn, proven, statesOf } from './held-faults.ts'
import { pooledFleet } from './pool.ts'
import { farWorker, mainpc, never, type SmallFleet, smallFleet, until, well, worker } from './small-fleet.ts'
import { residueOf } from './standing.ts'

let small: SmallFleet
let leases = 0
beforeAll(async () => {
  small = await pooledFleet()
})
afterAll(() => small?.[Symbol.asyncDispose]())

const hold = (kind: FaultKind, params: object, ids: readonly [AgentId, ...AgentId[]], ttlMs?: number) =>
  holdOn(small, `faults-${++leases}`, kind, params, agents(...ids), ttlMs)
const shown = async () => (await small.fleet.tool(mainpc).run(['tool', 'process', 'Worker'])).stdout
/** Its processes, whatever state they are in. */
const incarnation = async () => (await shown()).replaceAll(/,"state":"\w","runs":\w+/g, '')
const isStopped = async () => (await shown()).includes('"state":"T"')
const isWell = async () => (await small.health(worker)) === well

test('noop touches nobody and is proven on every machine', async () => {
  const before = await residueOf(small)
  const { lease, journal } = await hold('noop', {}, [worker, farWorker])
  expect(proven(journal, 'effective')).toEqual([true, true])
  expect((await residueOf(small)).flat()).toEqual(expect.arrayContaining([`file /run/gauntlet/${lease.id}.mark`, `guard ${lease.id}`]))
  expect(await small.health(worker)).toBe(well)
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true, true])
  expect(statesOf(journal)).toEqual(['applying', 'armed', 'applied', 'releasing', 'undone', 'released'])
  expect(await residueOf(small)).toEqual(before)
})

test('a stopped agent answers nobody, its neighbours do; released it answers again, as the same process', async () => {
  const before = await residueOf(small)
  const same = await incarnation()
  const { lease, journal } = await hold('process-stop', {}, [worker, farWorker])
  expect(proven(journal, 'effective')).toEqual([true, true])
  expect(await small.health(worker)).toContain('no answer')
  expect(await small.health(farWorker)).toContain('no answer')
  expect(await small.health('mainpc/ServiceRegistry' as AgentId)).toBe(well)
  await lease.release()
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true, true])
  expect(await until(isWell, 5_000)).toBe(true)
  expect(await incarnation()).toBe(same)
  expect(await residueOf(small)).toEqual(before)
})

test('an agent killed once is another process afterwards, by its supervisor and not by us', async () => {
  const before = await incarnation()
  const { lease, journal } = await hold('process-kill', { signal: 'KILL', keep: 'once' }, [worker])
  expect(proven(journal, 'effective')).toEqual([true])
  expect(await until(isWell, 10_000)).toBe(true)
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true])
  expect(await incarnation()).not.toBe(before)
})

test('an agent kept dead stays so while its supervisor tries again and again, and comes back with the release', async () => {
  const before = await residueOf(small)
  const { lease, journal } = await hold('process-kill', { signal: 'TERM', keep: 'dead' }, [worker])
  expect(proven(journal, 'effective')).toEqual([true])
  for (let looks = 0; looks < 8; looks += 1) {
    expect(await small.health(worker)).toBe('GET http://127.0.0.1:8300/health: ECONNREFUSED')
    await sleep(500)
  }
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true])
  expect(await until(isWell, 10_000)).toBe(true)
  expect(await residueOf(small)).toEqual(before)
})

test('an agent that is killed the moment it was restarted comes back with the release all the same', async () => {
  for (let round = 0; round < 4; round += 1) {
    const { lease, journal } = await hold('process-kill', { signal: 'KILL', keep: 'dead' }, [worker])
    await sleep(700 * round) // at different places of supervisord's waiting
    await lease.release()
    expect([round, proven(journal, 'gone')]).toEqual([round, [true]])
    expect(await until(isWell, 10_000)).toBe(true)
  }
})

test('a fault that nobody releases ends by itself, and a late release says that it had', async () => {
  const { lease, journal } = await hold('process-stop', {}, [worker], 5_000)
  expect(await isStopped()).toBe(true)
  expect(await until(isWell, 10_000)).toBe(true)
  await lease.release()
  // A look while it is held may have seen it first.
  expect(statesOf(journal).toSorted()).toEqual(['applied', 'applying', 'armed', 'expired', 'released', 'releasing', 'undone'])
  expect(proven(journal, 'gone')).toEqual([true])
})

test('a harness killed in the middle of a hold leaves a fault that ends by itself', async () => {
  const before = await residueOf(small)
  const harness = await killableHarness('orphan', 4_000)
  expect(await until(isStopped, 10_000)).toBe(true)
  harness.kill('SIGKILL')
  expect(await until(isWell, 15_000)).toBe(true)
  const released = await small.fleet.tool(mainpc).run(['tool', 'release', 'orphan'])
  expect(released.stdout).toContain('"expired"')
  expect(await residueOf(small)).toEqual(before)
})

test('a target that is not there is an error, and nothing is left armed', async () => {
  const before = await residueOf(small)
  await small.fleet.tool(mainpc).run(['tool', 'hold'], { stdin: await killedWorker() })
  await expect(hold('process-stop', {}, [worker])).rejects.toThrow('supervisord runs no process named Worker')
  await small.fleet.tool(mainpc).run(['tool', 'release', 'absent'])
  expect(await until(isWell, 10_000)).toBe(true)
  expect(await residueOf(small)).toEqual(before)
})

test('sweep ends the faults of a dead run and removes it, leaves the living alone, and has nothing to do the second time', async () => {
  const dead = await smallFleet(`faults-orphan-${process.pid}`, false)
  const plan = faults['process-stop'].plan(dead.topology, { agents: [worker] }, {}, 'left')
  await holdFault(dead.fleet, { lease: 'left', kind: 'process-stop', plan, holdMs: 1_000 }, { write: () => {}, signal: never })
  const said: string[] = []
  const go = (run: string) => sweep({ engine: small.ready.engine, reportsDirectory: dead.reports, run, say: (line) => said.push(line) })

  const held = Object.values(await dead.fleet.leftovers()).flat().length
  expect(held).toBeGreaterThan(0)
  expect(await go(small.run)).toMatchObject({ removed: [], leftAlone: [{ run: small.run }], problems: [] })
  expect(await go(dead.run)).toMatchObject({ removed: [{ run: dead.run, leases: ['left'], items: held }], problems: [] })
  expect(await dead.fleet.leftovers()).toEqual({ containers: [], networks: [], volumes: [] })
  expect(await go(dead.run)).toEqual({ removed: [], leftAlone: [], problems: [] })
  expect(await isWell()).toBe(true)
  await dead[Symbol.asyncDispose]()
})

/** Keeps Worker dead by hand, as a lease named `absent`. @returns what `tool hold` reads */
async function killedWorker(): Promise<string> {
  const { steps } = faults['process-kill'].plan(small.topology, { agents: [worker] }, { signal: 'KILL', keep: 'dead' }, 'absent')
  return `${JSON.stringify({ lease: 'absent', ttlMs: 60_000, proofMs: 5_000, steps: [{ index: 0, step: steps[0] }] })}\n`
}

/** A process of its own that asks for a hold whose proof never comes true, so that it is in the middle of it for as long as it lives. */
async function killableHarness(lease: string, ttlMs: number): Promise<ChildProcess> {
  const [step] = faults['process-stop'].plan(small.topology, { agents: [worker] }, {}, lease).steps
  const effective = { command: { argv: ['false'] }, holds: { path: '/is', op: 'is', value: true } }
  const request = `${JSON.stringify({ lease, ttlMs, proofMs: 60_000, steps: [{ index: 0, step: { ...step, effective } }] })}\n`
  const tool = (await small.fleet.containers()).find(({ name }) => name.includes('tool-mainpc'))
  const engine = join(import.meta.dirname, '../src/fleet/engine.ts')
  const program = `const { openEngine } = await import(${JSON.stringify(engine)})
    const options = { stdin: ${JSON.stringify(request)}, timeoutMs: 60_000 }
    await openEngine(${JSON.stringify(small.ready.engine)}).exec(${JSON.stringify(tool?.id)}, ['tool', 'hold'], options)`
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' })
}
