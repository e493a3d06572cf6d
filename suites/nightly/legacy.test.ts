/** A legacy agent on a real fleet: silent as it is, with metrics by its side-car, and migrated to BaseAgent; each step one commit. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readExposition } from '../../src/probes/exposition.ts'
import { get, inMachine, sample, signal } from '../fleet/by-hand.ts'
import { mainpc, processes, type SmallFleet, smallFleet, until, well, worker } from '../small-fleet.ts'

const script = 'mainpc/worker.py'
const metrics = 'http://127.0.0.1:8300/metrics'

let small: SmallFleet
beforeAll(async () => {
  small = await smallFleet(`legacy-suite-${process.pid}`)
  const committed = async () => (await small.fleet.machine(mainpc).run(['git', 'rev-parse', '--verify', 'HEAD'])).exitCode === 0
  expect(await until(committed, 30_000)).toBe(true)
})
afterAll(() => small?.[Symbol.asyncDispose]())

const on = (...argv: string[]) => inMachine(small, mainpc, ...argv)

async function deploy(deployed: object, message: string): Promise<void> {
  await on('node', '-e', 'require("node:fs").writeFileSync(process.argv[1], process.argv[2])', script, `${JSON.stringify(deployed)}\n`)
  await on('fleet-change', message)
  await on('supervisorctl', 'restart', 'Worker')
}

const read = () => get(small, mainpc, metrics)
const accepts = async (port: number) => {
  const program = `require('node:net').connect(${port}, '127.0.0.1', () => process.exit(0)).on('error', () => process.exit(1))`
  return (await small.fleet.machine(mainpc).run(['node', '-e', program])).exitCode === 0
}

test('a legacy agent accepts connections, and tells nobody anything', async () => {
  await deploy({ agent: 'legacy' }, 'Worker is legacy')
  expect(await until(() => accepts(8300), 10_000)).toBe(true)
  expect(await accepts(7300)).toBe(true)
  expect(await small.health(worker)).toContain('no answer')
  expect(await read()).toContain('no answer')
})

test('with the flag its metrics appear, told by a side-car that says so; its health stays untold', async () => {
  await deploy({ agent: 'legacy', environment: { EXPORTER_SIDECAR: '1' } }, 'Worker has a side-car')
  expect(await until(async () => sample(await read(), 'agent_exporter_sidecar', 'agent="Worker",machine="mainpc"') === 1, 10_000)).toBe(
    true,
  )
  expect(readExposition(await read()).problem).toBeNull()
  expect(sample(await read(), 'agent_process_runs')).toBe(1)
  expect(sample(await read(), 'agent_resident_memory_bytes')).toBeGreaterThan(10_000_000)
  expect(await get(small, mainpc, 'http://127.0.0.1:8300/health')).toContain('a side-car knows nothing of the health of its agent')
})

test('the side-car sees that its agent hangs, which a TCP connect does not', async () => {
  await signal(small, worker, 'STOP')
  expect(sample(await read(), 'agent_process_runs')).toBe(0)
  expect(sample(await read(), 'agent_accepts_connections')).toBe(1)
  await signal(small, worker, 'CONT')
  expect(sample(await read(), 'agent_process_runs')).toBe(1)
})

test('the side-car ends with its agent, and comes back with it', async () => {
  const before = (await processes(small, mainpc)).get('Worker')
  await on('kill', '-KILL', String(before))
  const other = async () => ![undefined, before].includes((await processes(small, mainpc)).get('Worker'))
  expect(await until(other, 10_000)).toBe(true)
  expect(await until(async () => sample(await read(), 'agent_process_runs') === 1, 10_000)).toBe(true)
  const sidecars = (await on('ps', '-eo', 'args')).split('\n').filter((line) => line.includes('/opt/fleet/sidecar.js'))
  expect(sidecars).toHaveLength(1)
})

test('migrated it answers for itself, and is registered', async () => {
  await deploy({ agent: 'BaseAgent' }, 'Worker is a BaseAgent')
  expect(await until(async () => (await small.health(worker)) === well, 10_000)).toBe(true)
  expect(sample(await read(), 'agent_up')).toBe(1)
  expect(sample(await read(), 'agent_exporter_sidecar')).toBeUndefined()
  const standing = async () => JSON.parse(await get(small, mainpc, 'http://127.0.0.1:7200/agents/mainpc/Worker')) as { status?: string }
  expect(await until(async () => (await standing()).status === 'HEALTHY', 30_000)).toBe(true)
})
