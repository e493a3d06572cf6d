/** Faults on processes, whole containers, processor, memory and clock, on a real fleet: effect, absence, and the end that needs no harness. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FaultKind } from '../src/faults/index.ts'
import type { Targets } from '../src/fleet/select.ts'
import type { Lease } from '../src/run/hold.ts'
import { sweep } from '../src/sweep.ts'
import { type Held, holdOn, proven, statesOf } from './held-faults.ts'
import { pooledFleet } from './pool.ts'
import { farWorker, mainpc, pc2, type SmallFleet, smallFleet, until, well, worker } from './small-fleet.ts'
import { residueOf } from './standing.ts'

let small: SmallFleet
let leases = 0
beforeAll(async () => {
  small = await pooledFleet()
})
afterAll(() => small?.[Symbol.asyncDispose]())
/** What a test that failed left held would fail the next ones. */
const open: Lease[] = []
afterEach(async () => {
  for (const lease of open.splice(0).reverse()) await lease.release().catch(() => {})
})

const onMainpc: Targets = { machines: [mainpc] }
const onPc2: Targets = { machines: [pc2] }

async function hold(kind: FaultKind, params: object, targets: Targets, ttlMs?: number, fleet = small): Promise<Held> {
  const held = await holdOn(fleet, `proc-${++leases}`, kind, params, targets, ttlMs)
  if (fleet === small) open.push(held.lease)
  return held
}

const states = async () =>
  new Map((await small.fleet.containers()).map(({ labels, state }) => [labels['com.docker.compose.service'], state]))
const hogs = async () => (await small.fleet.containers()).filter(({ labels }) => labels['gauntlet.role'] === 'hog')
const everyone = () => [...small.topology.agents.keys()]
const allWell = async () => (await Promise.all(everyone().map(small.health))).every((answer) => answer === well)
const processOf = async (machine: typeof mainpc, name: string) =>
  (await small.fleet.tool(machine).run(['tool', 'process', name])).stdout.replaceAll(/,"state":"\w","runs":\w+/g, '')
const incarnation = () => processOf(mainpc, 'Worker')
/** Asked from the other machine, over the data network. */
const busAnswers = async () => (await small.fleet.tool(mainpc).run(['tool', 'fetch', 'http://nats-pc2:8222/varz'])).exitCode === 0
/** How far from this host's clock a new process of the machine is once it has lived a little, at least and at most: it was read in between. */
async function clockOffMs(): Promise<readonly [leastMs: number, mostMs: number]> {
  return offBy(() => small.fleet.machine(pc2).run(['node', '-e', 'setTimeout(() => console.log(Date.now()), 1500)']))
}
async function toolClockOffMs(): Promise<readonly [leastMs: number, mostMs: number]> {
  return offBy(() => small.fleet.tool(pc2).run(['node', '-p', 'Date.now()']))
}
async function offBy(read: () => Promise<{ readonly stdout: string }>): Promise<readonly [leastMs: number, mostMs: number]> {
  const beforeMs = Date.now()
  const readMs = Number((await read()).stdout)
  return [readMs - Date.now(), readMs - beforeMs]
}
const isOff = ([leastMs, mostMs]: readonly [number, number], byMs: number) => leastMs <= byMs && byMs <= mostMs

const endings = ['expired', 'undone', 'released']

test('a zombie accepts, says that it is not well, and is another process after the release', async () => {
  const [before, old] = [await residueOf(small), await incarnation()]
  const { lease, journal } = await hold('process-zombie', {}, { agents: [worker, farWorker] })
  expect(proven(journal, 'effective')).toEqual([true, true])
  expect(await until(async () => (await small.health(worker)) === 'error', 5_000)).toBe(true)
  expect(await small.health('mainpc/ServiceRegistry' as typeof worker)).toBe(well)
  expect(await incarnation()).toBe(old) // nobody has ended it, and it runs
  await lease.release()
  expect([proven(journal, 'lasting'), proven(journal, 'gone')]).toEqual([
    [true, true],
    [true, true],
  ])
  expect(await until(allWell, 10_000)).toBe(true)
  expect(await incarnation()).not.toBe(old)
  expect(await residueOf(small)).toEqual(before)
})

test('a target that ends by itself while it is stopped is unwound, and was not held: its last proof says so', async () => {
  const before = await residueOf(small)
  const { lease, journal } = await hold('process-stop', {}, { agents: [worker] })
  expect(proven(journal, 'effective')).toEqual([true])
  const pid = /"pid":(\d+)/.exec(await incarnation())?.[1] as string
  await small.fleet.tool(mainpc).run(['kill', '-KILL', pid])
  expect(await until(allWell, 10_000)).toBe(true)
  await lease.release()
  expect(proven(journal, 'lasting')).toEqual([expect.stringMatching(/"state":"[RSD]"/)])
  expect(proven(journal, 'gone')).toEqual([true])
  expect(await residueOf(small)).toEqual(before)
})

test('a killed message server answers nobody, its agents stay well, and it answers again', async () => {
  const before = await residueOf(small)
  expect(await busAnswers()).toBe(true)
  const { lease, journal } = await hold('container-kill', { server: 'nats' }, onPc2)
  expect(proven(journal, 'effective')).toEqual([true])
  expect([(await states()).get('nats-pc2'), (await states()).get('nats-mainpc')]).toEqual(['exited', 'running'])
  expect(await busAnswers()).toBe(false)
  expect(await allWell()).toBe(true)
  await lease.release()
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true])
  expect(await until(busAnswers, 5_000)).toBe(true)
  expect(await residueOf(small)).toEqual(before)
})

test('a killed machine takes all that runs on it along; released, it boots, and its tool container stands in it again', async () => {
  const before = await residueOf(small)
  const { lease, journal } = await hold('container-kill', {}, onPc2)
  expect(proven(journal, 'effective')).toEqual([true])
  expect([(await states()).get('pc2'), (await states()).get('tool-pc2')]).toEqual(['exited', 'exited'])
  expect(await small.health(worker)).toBe(well)
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true])
  expect(await until(allWell, 60_000)).toBe(true)
  expect(await processOf(pc2, 'FarWorker')).toMatch(/"pid":\d+,"startTicks":\d+/)
  expect(await residueOf(small)).toEqual(before)
})

test('a paused machine answers nobody, and all its processes are the same afterwards', async () => {
  const look = () => processOf(pc2, 'FarWorker')
  const [before, same] = [await residueOf(small), await look()]
  const { lease, journal } = await hold('container-pause', {}, onPc2)
  expect(proven(journal, 'effective')).toEqual([true])
  expect(await small.health(farWorker)).toContain('no answer')
  expect(await small.health(worker)).toBe(well)
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true])
  expect(await until(allWell, 10_000)).toBe(true)
  expect(await look()).toBe(same)
  expect(await residueOf(small)).toEqual(before)
})

test('a hog burns and hoards within its machine, is killed alone, and nobody else is hurt', async () => {
  const before = await residueOf(small)
  for (const [kind, params] of [
    ['cpu', { cores: 1, load: 0.8 }],
    ['memory', { bytes: '128MB', ramp: '500ms', until: 'held' }],
    ['memory', { bytes: '64MB', ramp: '1s', until: 'killed' }],
  ] as const) {
    const { lease, journal } = await hold(kind, params, onMainpc)
    expect([kind, proven(journal, 'effective')]).toEqual([kind, [true]])
    expect((await hogs()).length).toBe(1)
    expect(await allWell()).toBe(true)
    await lease.release()
    expect([kind, proven(journal, 'lasting'), proven(journal, 'gone')]).toEqual([kind, [true], [true]])
    expect(await hogs()).toEqual([])
  }
  expect(await residueOf(small)).toEqual(before)
})

test('more memory than this host can spare is refused before it is taken', async () => {
  await expect(hold('memory', { bytes: '60GB', ramp: '1s', until: 'held' }, onMainpc)).rejects.toThrow(/can be spared here/)
  expect(await hogs()).toEqual([])
})

test('a clock is wrong for all of a machine and for nobody else; released, it is right for the same processes', async () => {
  const look = () => processOf(pc2, 'FarWorker')
  const [before, same] = [await residueOf(small), await look()]
  const offMs = -300_000
  const { lease, journal } = await hold('clock', { offset: '-5m', drift: '0ms/s' }, onPc2)
  expect(proven(journal, 'effective')).toEqual([true])
  const wrong = await clockOffMs()
  expect([isOff(wrong, offMs), isOff(wrong, 0)]).toEqual([true, false])
  expect(isOff(await toolClockOffMs(), 0)).toBe(true)
  expect(await allWell()).toBe(true)
  await expect(hold('clock', { offset: '+1m', drift: '0ms/s' }, onPc2)).rejects.toThrow('another lease has set the clock')
  expect(isOff(await clockOffMs(), offMs)).toBe(true) // what was refused has undone nothing of the first
  await lease.release()
  expect([proven(journal, 'lasting'), proven(journal, 'gone')]).toEqual([[true], [true]])
  expect(isOff(await clockOffMs(), 0)).toBe(true)
  expect(await look()).toBe(same)
  expect(await residueOf(small)).toEqual(before)
})

test('a clock that drifts goes on drifting', async () => {
  const { lease, journal } = await hold('clock', { offset: '10s', drift: '500ms/s' }, onPc2)
  expect(proven(journal, 'effective')).toEqual([true])
  const [first] = await clockOffMs()
  await sleep(2_000)
  const [second] = await clockOffMs()
  expect(second - first).toBeGreaterThan(1_000) // of what two seconds and a process's life make
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true])
})

test('each of them ends by itself when nobody releases it, and a late release says that it had', async () => {
  const before = await residueOf(small)
  const ttlMs = 20_000
  const held = [
    await hold('container-kill', { server: 'nats' }, onPc2, ttlMs),
    await hold('container-pause', { server: 'pushgateway' }, onMainpc, ttlMs),
    await hold('cpu', { cores: 1, load: 0.3 }, onPc2, ttlMs),
    await hold('memory', { bytes: '64MB', ramp: '100ms', until: 'held' }, onPc2, ttlMs),
    await hold('clock', { offset: '+5m', drift: '0ms/s' }, onPc2, ttlMs),
    await hold('process-zombie', {}, { agents: [worker] }, ttlMs),
  ]
  expect(held.map(({ journal }) => proven(journal, 'effective'))).toEqual(held.map(() => [true]))
  const over = async () =>
    [...(await states()).values()].every((state) => state === 'running') &&
    (await hogs()).length === 0 &&
    (await allWell()) &&
    isOff(await clockOffMs(), 0)
  expect(await until(over, 60_000)).toBe(true)
  for (const { lease, journal } of held) {
    await lease.release()
    // Whether a look or the release was first to hear of it, at each of its places.
    expect([...new Set(statesOf(journal).filter((state) => endings.includes(state)))]).toEqual(endings)
    expect(proven(journal, 'gone')).toEqual([true])
  }
  expect(await residueOf(small)).toEqual(before)
})

test('sweep brings back what a dead run had killed and paused, before it removes it', async () => {
  const dead = await smallFleet(`proc-orphan-${process.pid}`, false, 'small', undefined, true)
  await hold('container-kill', {}, onPc2, 600_000, dead)
  await hold('container-pause', { server: 'nats' }, onMainpc, 600_000, dead)
  await hold('cpu', { cores: 1, load: 0.1 }, onMainpc, 600_000, dead)
  await hold('clock', { offset: '+5m', drift: '0ms/s' }, onMainpc, 600_000, dead)
  const said: string[] = []
  const { removed, problems } = await sweep({
    engine: small.ready.engine,
    reportsDirectory: dead.reports,
    run: dead.run,
    say: (line) => said.push(line),
  })
  expect([problems, removed.map(({ leases: released }) => released.length)]).toEqual([[], [4]])
  expect(await dead.fleet.leftovers()).toEqual({ containers: [], networks: [], volumes: [] })
  await dead[Symbol.asyncDispose]()
})
