/** Faults of disks, secrets and deploys on a real fleet: each effect and then its absence, seen by other means than its own proofs. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FaultKind } from '../../src/faults/index.ts'
import type { AgentId, MachineId } from '../../src/fleet/topology.ts'
import { inMachine } from '../fleet/by-hand.ts'
import { fileOf, root, type SecretHands, secretHands } from '../fleet/secret-hands.ts'
import { agents, answersTo, holdOn, proven, statesOf } from '../held-faults.ts'
import { pooledFleet } from '../pool.ts'
import { farWorker, mainpc, pc2, processes, type SmallFleet, until, well, worker } from '../small-fleet.ts'
import { residueOf } from '../standing.ts'

const edge = 'pc2/ObservabilityHub' as AgentId
const config = 'config/mainpc.startup.yaml'
const logs = '/var/log/fleet'
const patienceMs = 20_000

let small: SmallFleet
let hands: SecretHands
let leases = 0

beforeAll(async () => {
  small = await pooledFleet()
  hands = secretHands(small)
})
afterAll(() => small?.[Symbol.asyncDispose]())

const hold = (kind: FaultKind, params: object, ids: readonly [AgentId, ...AgentId[]], ttlMs?: number) =>
  holdOn(small, `disk-${++leases}`, kind, params, agents(...ids), ttlMs)
const on = (...argv: string[]) => inMachine(small, mainpc, ...argv)
const at = (machine: MachineId, ...argv: string[]) => small.fleet.machine(machine).run(argv, { timeoutMs: 60_000 })
const everyone = () => [...small.topology.agents.keys()]
const isWell = (agent: AgentId) => until(async () => (await small.health(agent)) === well, patienceMs)
const left = async (machine: MachineId, what: 'avail' | 'iavail') =>
  Number((await inMachine(small, machine, 'df', '-B1', `--output=${what}`, logs)).trim().split('\n')[1])
/** A process of the machine's own, as any agent could be. */
const writes = async (machine: MachineId, bytes: number) =>
  (await at(machine, 'sh', '-c', `head -c ${bytes} /dev/zero > ${logs}/foreign.try; code=$?; rm -f ${logs}/foreign.try; exit $code`))
    .exitCode === 0
/** Names, sizes and sums of what is not a log: nobody may touch it. */
const foreign = (machine: MachineId) =>
  inMachine(small, machine, 'sh', '-c', `cd ${logs} && sha256sum foreign* .foreign* && stat -c '%n %a %u %y' foreign* .foreign*`)
const plant = (machine: MachineId) =>
  inMachine(small, machine, 'sh', '-c', `cd ${logs} && echo mine > foreign && echo mine > .foreign~other~fill && echo mine > .foreign`)

test('a full volume refuses everyone’s writes and stays full; the agents stay up; with the release there is room, and nothing foreign is touched', async () => {
  for (const machine of [mainpc, pc2]) await plant(machine)
  const before = { residue: await residueOf(small), foreign: await foreign(mainpc), other: await left(pc2, 'avail') }
  await using held = await hold('disk-fill', { volume: 'logs', left: '0B', ramp: '1s' }, [worker])
  expect(proven(held.journal, 'effective')).toEqual([true])
  expect(await left(mainpc, 'avail')).toBe(0)
  expect(await writes(mainpc, 4096)).toBe(false)
  expect(await writes(pc2, 4096)).toBe(true)
  expect(Math.abs((await left(pc2, 'avail')) - before.other)).toBeLessThan(1_000_000)
  await on('rm', '-f', `${logs}/boot.ndjson`) // room that somebody makes is taken too
  expect(await until(async () => (await left(mainpc, 'avail')) === 0, 5_000)).toBe(true)
  for (const agent of everyone()) expect([agent, await small.health(agent)]).toEqual([agent, well])
  await held.lease.release()
  await held.lease.release()
  expect(proven(held.journal, 'gone')).toEqual([true])
  expect(await writes(mainpc, 1_000_000)).toBe(true)
  expect(await foreign(mainpc)).toBe(before.foreign)
  expect(await residueOf(small)).toEqual(before.residue)
})

test('a part may be left; what is full already is refused and stays as it is', async () => {
  await using held = await hold('disk-fill', { volume: 'logs', left: '25%' }, [worker])
  expect(proven(held.journal, 'effective')).toEqual([true])
  expect(await left(mainpc, 'avail')).toBeLessThanOrEqual(4 * 2 ** 20)
  expect(await left(mainpc, 'avail')).toBeGreaterThan(4 * 2 ** 20 - 200_000)
  expect(await writes(mainpc, 1_000_000)).toBe(true)
  await expect(hold('disk-fill', { volume: 'logs', left: '50%' }, [worker])).rejects.toThrow('would change nothing')
  expect(await left(mainpc, 'avail')).toBeLessThanOrEqual(4 * 2 ** 20)
  await held.lease.release()
  expect(await left(mainpc, 'avail')).toBeGreaterThan(8 * 2 ** 20)
})

test('a disk without a limit is refused by the machine’s own mounts', async () => {
  const refused = await small.fleet.tool(mainpc).run(['tool', 'fill', '--lease', 'x', '--volume', 'root', '--bytes', '0'])
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('root is not a volume that may be filled; there is logs')])
})

test('without files there is room, and nobody can make one; logs go on; the release gives them back', async () => {
  const before = { residue: await residueOf(small), foreign: await foreign(pc2) }
  await using held = await hold('inode-fill', { volume: 'logs', left: '0 files' }, [farWorker])
  expect(proven(held.journal, 'effective')).toEqual([true])
  expect([await left(pc2, 'iavail'), await writes(pc2, 1)]).toEqual([0, false])
  expect(await left(pc2, 'avail')).toBeGreaterThan(1_000_000)
  for (const agent of everyone()) expect([agent, await small.health(agent)]).toEqual([agent, well])
  await held.lease.release()
  expect(proven(held.journal, 'gone')).toEqual([true])
  expect(await writes(pc2, 1)).toBe(true)
  expect(await foreign(pc2)).toBe(before.foreign)
  expect(await residueOf(small)).toEqual(before.residue)
})

test('a flood arrives in the agent’s log and in no other, its rotation holds it, and it is over with the release', async () => {
  const before = { residue: await residueOf(small), processes: await processes(small, mainpc) }
  await using held = await hold('log-flood', { rate: '512KB/s' }, [worker])
  expect(proven(held.journal, 'effective')).toEqual([true])
  const flooded = async (name: string) => (await at(mainpc, 'grep', '-c', '"message":"flood"', `${logs}/${name}.log`)).stdout.trim()
  const rotated = async () => (await at(mainpc, 'ls', `${logs}/Worker.log.3.gz`)).exitCode === 0
  expect(await until(rotated, 15_000)).toBe(true)
  expect(await until(async () => Number(await flooded('Worker')) > 0, patienceMs)).toBe(true) // it may have been rotated just now
  expect(await flooded('ServiceRegistry')).toBe('0')
  expect(await small.health(worker)).toBe(well)
  await held.lease.release()
  expect(proven(held.journal, 'gone')).toEqual([true])
  const size = () => on('sh', '-c', `cat ${logs}/Worker.log* | wc -c`)
  const over = await size()
  expect(Number(over)).toBeLessThan(600_000)
  expect(await until(async () => (await size()) !== over, 1_500)).toBe(false)
  expect(await processes(small, mainpc)).toEqual(before.processes)
  expect(await residueOf(small)).toEqual(before.residue)
})

const secretFile = async (machine: MachineId) => {
  const path = `${root}${fileOf('NATS_PASSWORD')}`
  const listed = await hands.said('tool', machine, ['sh', '-c', `ls -A ${root}/run/secrets`])
  return `${await hands.said('tool', machine, ['stat', '-c', '%a %u %g %s %y', path])} ${await hands.said('tool', machine, ['sha256sum', path])} ${listed}`
}
const connected = (machine: MachineId) => until(async () => (await hands.hubHealth(machine)).nats === 'connected', patienceMs)

test.each(['absent', 'unreadable', 'empty'] as const)(
  'secret %s: its agent stays down and names it, nobody else does; the original comes back',
  async (state) => {
    const [before, value] = [await secretFile(pc2), await hands.secretOf(pc2, 'NATS_PASSWORD')]
    const residue = await residueOf(small)
    await using held = await hold('secret', { name: 'NATS_PASSWORD', state }, [edge])
    expect(proven(held.journal, 'effective')).toEqual([true])
    expect(await small.health(edge)).toContain('ECONNREFUSED')
    expect(await hands.logOf(pc2, 'ObservabilityHub.log')).toContain('secret NATS_PASSWORD is missing')
    for (const agent of everyone().filter((id) => id !== edge)) expect([agent, await small.health(agent)]).toEqual([agent, well])
    await held.lease.release()
    await held.lease.release()
    expect(proven(held.journal, 'gone')).toEqual([true])
    expect(await isWell(edge)).toBe(true)
    expect(await secretFile(pc2)).toBe(before)
    expect(JSON.stringify(held.journal)).not.toContain(value)
    expect(await hands.logOf(pc2, 'ObservabilityHub.log')).not.toContain(value)
    expect(await connected(pc2)).toBe(true)
    expect(await residueOf(small)).toEqual(residue)
  },
)

test.each(['wrong', 'truncated'] as const)('secret %s: its agent is up, and turned away', async (state) => {
  const before = await secretFile(pc2)
  await using held = await hold('secret', { name: 'NATS_PASSWORD', state }, [edge])
  expect(proven(held.journal, 'effective')).toEqual([true])
  expect(answersTo(held.journal, 'effective')).toContain('NATS refuses NATS_PASSWORD')
  expect([await small.health(edge), (await hands.hubHealth(pc2)).nats]).toEqual([well, 'disconnected'])
  await held.lease.release()
  expect(proven(held.journal, 'gone')).toEqual([true])
  expect(await connected(pc2)).toBe(true)
  expect(await secretFile(pc2)).toBe(before)
})

test('secret rotated: the side-car changes it, the hub moves without a restart, and moves back to the original', async () => {
  const before = { file: await secretFile(pc2), pid: (await processes(small, pc2)).get('ObservabilityHub') }
  await using held = await hold('secret', { name: 'NATS_PASSWORD', state: 'rotated' }, [edge])
  expect(proven(held.journal, 'effective')).toEqual([true])
  expect(await secretFile(pc2)).not.toBe(before.file)
  await held.lease.release()
  expect(proven(held.journal, 'gone')).toEqual([true])
  expect(await secretFile(pc2)).toBe(before.file)
  expect(await connected(pc2)).toBe(true)
  expect((await processes(small, pc2)).get('ObservabilityHub')).toBe(before.pid)
  const { body } = await hands.vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD')
  expect(body.data.data.value).toBe(await hands.secretOf(pc2, 'NATS_PASSWORD'))
  expect(await hands.accounts(pc2)).toHaveLength(1)
})

const deployed = async () => ({
  head: (await on('git', 'rev-parse', 'HEAD')).trim(),
  status: await on('git', 'status', '--porcelain'),
  config: await on('sha256sum', config, 'mainpc/worker.py', 'scripts/start_system_v2'),
  owner: await on('stat', '-c', '%U %a %n', config, 'mainpc/worker.py', '.git/HEAD', '.git/index'),
})

test('a config that duplicates a port is refused before anything is stopped, and leaves no trace', async () => {
  const before = { ...(await deployed()), processes: await processes(small, mainpc) }
  await using held = await hold('config-change', { key: 'port', value: 'taken-port', expect: 'refused', restart: false }, [worker])
  expect(proven(held.journal, 'effective')).toEqual([true])
  expect(answersTo(held.journal, 'effective')).toContain('"said":"port-clash: 7200')
  expect({ ...(await deployed()), processes: await processes(small, mainpc) }).toEqual(before)
  await held.lease.release()
  expect(proven(held.journal, 'gone')).toEqual([true])
  expect({ ...(await deployed()), processes: await processes(small, mainpc) }).toEqual(before)
})

test('a config that may be taken is a commit, and is reverted; one that was to be refused and is taken proves nothing', async () => {
  const before = await deployed()
  await using held = await hold('config-change', { key: 'required', value: false, expect: 'taken', restart: true }, [worker])
  expect(proven(held.journal, 'effective')).toEqual([true])
  expect(await on('git', 'log', '-1', '--format=%s')).toMatch(/^gauntlet: config-change \[disk-\d+\]\n$/)
  await held.lease.release()
  expect(proven(held.journal, 'gone')).toEqual([true])
  expect(await deployed()).toEqual({ ...before, head: expect.not.stringContaining(before.head) })
  await using other = await hold('config-change', { key: 'required', value: false, expect: 'refused', restart: false }, [worker])
  expect(proven(other.journal, 'effective')).toEqual([expect.stringContaining('"answer":"taken"')])
  await other.lease.release()
  expect(await deployed()).toEqual({ ...before, head: expect.any(String) })
})

test.each([
  ['port', /ECONNREFUSED/],
  ['config', /^undefined$/],
  ['baseagent', /no answer/],
  ['exporter', /ECONNREFUSED/],
  ['hub', /^healthy$/],
  ['log-handler', /ECONNREFUSED/],
  ['boot-script', /ECONNREFUSED/],
] as const)(
  'a bad change of %s is a commit and a restart; the release is git revert and a restart, and all is as before',
  async (what, seen) => {
    const before = { ...(await deployed()), processes: await processes(small, mainpc), tree: await on('git', 'rev-parse', 'HEAD^{tree}') }
    await using held = await hold('change', { what }, [worker])
    expect(proven(held.journal, 'effective')).toEqual([true])
    expect(await small.health(worker)).toMatch(seen)
    expect(await on('git', 'log', '-1', '--format=%an %s')).toMatch(/^fleet gauntlet: /)
    await held.lease.release()
    await held.lease.release()
    expect(proven(held.journal, 'gone')).toEqual([true])
    expect(await isWell(worker)).toBe(true)
    expect(await on('git', 'rev-parse', 'HEAD^{tree}')).toBe(before.tree)
    expect(await on('git', 'log', '-1', '--format=%s')).toMatch(/^Revert "gauntlet: /)
    const { processes: old, tree: _tree, ...files } = before
    expect(await deployed()).toEqual({ ...files, head: expect.any(String) })
    const after = await processes(small, mainpc)
    expect(after.get('Worker')).not.toBe(old.get('Worker'))
    for (const name of ['ServiceRegistry', 'ObservabilityHub']) expect([name, after.get(name)]).toEqual([name, old.get(name)])
  },
)

test('somebody’s change that is no commit yet stands in the way: refused, and it stays', async () => {
  await on('sh', '-c', 'echo "{\\"agent\\":\\"BaseAgent\\",\\"mine\\":1}" > mainpc/worker.py')
  await expect(hold('change', { what: 'port' }, [worker])).rejects.toThrow('stands in the way')
  expect(await on('cat', 'mainpc/worker.py')).toContain('mine')
  await on('git', 'checkout', '--', 'mainpc/worker.py')
})

test('each ends by itself when nobody releases it', async () => {
  const ttlMs = 40_000 // of which a loaded machine needs some to begin
  const before = { residue: await residueOf(small), secret: await secretFile(pc2), config: (await deployed()).config }
  const held = await Promise.all([
    hold('disk-fill', { volume: 'logs', left: '0B' }, [worker], ttlMs),
    hold('inode-fill', { volume: 'logs', left: '0 files' }, [farWorker], ttlMs),
    hold('secret', { name: 'NATS_PASSWORD', state: 'wrong' }, [edge], ttlMs),
    hold('log-flood', { rate: '64KB/s' }, [farWorker], ttlMs),
    hold('change', { what: 'exporter' }, [worker], ttlMs),
  ])
  for (const { journal } of held) expect(proven(journal, 'effective')).toEqual([true])
  expect(await until(async () => (await left(mainpc, 'avail')) > 0 && (await left(pc2, 'iavail')) > 0, 2 * ttlMs)).toBe(true)
  expect(await until(async () => (await secretFile(pc2)) === before.secret, ttlMs)).toBe(true)
  expect(await until(async () => (await deployed()).config === before.config, ttlMs)).toBe(true)
  for (const agent of everyone()) expect([agent, await isWell(agent)]).toEqual([agent, true])
  for (const { lease, journal } of held) {
    await lease.release()
    expect(statesOf(journal).slice(-4)).toEqual(['releasing', 'expired', 'undone', 'released'])
    expect(proven(journal, 'gone')).toEqual([true])
  }
  expect(await residueOf(small)).toEqual(before.residue)
})
