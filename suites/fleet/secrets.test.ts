/** Secrets on a real fleet: what the kernel says of the files, what happens without one or with a wrong one, and that no value is anywhere else. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SequenceRecord } from '../../fixtures/fleet/ledger.ts'
import { machineLabel, roleLabel, runLabel } from '../../src/fleet/compose.ts'
import { optionsOf } from '../../src/fleet/engine.ts'
import type { AgentId, MachineId } from '../../src/fleet/topology.ts'
import type { Verdict } from '../../src/verdict.ts'
import { configs, newestRun, root as projectRoot, start } from '../command.ts'
import { pooledFleet } from '../pool.ts'
import { farWorker, mainpc, pc2, type SmallFleet, until, well, worker } from '../small-fleet.ts'
import { type Account, fileOf, root, type SecretHands, secretHands } from './secret-hands.ts'

const machines = [mainpc, pc2] as const
const hubOf = (machine: MachineId) => `${machine}/ObservabilityHub` as AgentId
const patienceMs = 20_000

let small: SmallFleet
let hands: SecretHands

beforeAll(async () => {
  small = await pooledFleet()
  hands = secretHands(small)
})
afterAll(async () => small?.[Symbol.asyncDispose]())

const healthy = (agent: AgentId) => until(async () => (await small.health(agent)) === well, patienceMs)
const isConnected = (machine: MachineId) => until(async () => (await hands.hubHealth(machine)).nats === 'connected', patienceMs)

const isReady = (machine: MachineId) => until(async () => (await hands.hubHealth(machine)).streams === 'ready', patienceMs)
/** Tells its own reports from the agent's. */
const incarnation = 2
/** Reports in FarWorker's name to the edge hub, one after the other, each until it is taken; prints how many. */
const floodOf = (incarnation: number, forMs: number) => `const go = async () => {
  const end = Date.now() + ${forMs}
  let sequence = 1
  for (; Date.now() < end; sequence++) {
    const body = JSON.stringify({ schema: 'fleet.report/1', agent: 'pc2/FarWorker', name: 'FarWorker', machine: 'pc2', incarnation: ${incarnation}, sequence, metrics: { a: 1 } })
    const answer = await fetch('http://127.0.0.1:9100/metrics', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    if (answer.status !== 202) throw new Error(answer.status + ' ' + (await answer.text()))
    await new Promise((next) => setTimeout(next, 10))
  }
  console.log(sequence - 1) }; go()`

test('each secret is a file on tmpfs, 0400 and the agents’ own, in a folder that nobody else opens', async () => {
  for (const machine of machines) {
    for (const name of ['NATS_PASSWORD', 'VAULT_TOKEN']) {
      const file = `${root}${fileOf(name)}`
      expect(await hands.said('tool', machine, ['stat', '-c', '%a %u %g %F %h', file])).toBe('400 1000 1000 regular file 1')
      expect(await hands.said('tool', machine, ['stat', '-f', '-c', '%T', file])).toBe('tmpfs')
    }
    const agent = await hands.said('tool', machine, ['stat', '-c', '%u', '/proc/1'])
    expect([agent, await hands.said('tool', machine, ['stat', '-c', '%a %u', `${root}/run/secrets`])]).toEqual(['1000', '700 1000'])
    const mount = (await hands.said('tool', machine, ['cat', '/proc/1/mountinfo']))
      .split('\n')
      .find((line) => line.includes(' /run/secrets '))
    expect(mount).toMatch(/ ro[, ].* - tmpfs tmpfs .*size=256k,nr_inodes=64/)
    expect((await hands.exec('machine', machine, ['touch', fileOf('MINE')])).stderr).toContain('Read-only file system')
    const stranger = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'cat', `${root}${fileOf('NATS_PASSWORD')}`]
    expect((await small.fleet.tool(machine).run(stranger)).exitCode).not.toBe(0)
  }
})

test('each machine has values of its own, and they were there before its first agent', async () => {
  const values = await Promise.all(
    machines.flatMap((machine) => ['NATS_PASSWORD', 'VAULT_TOKEN'].map((name) => hands.secretOf(machine, name))),
  )
  expect(new Set(values).size).toBe(4)
  for (const value of values) expect(value).toMatch(/^[\w-]{43}$/)
  for (const machine of machines) {
    const written = Number(await hands.said('tool', machine, ['stat', '-c', '%.Y', `${root}${fileOf('NATS_PASSWORD')}`]))
    const first = JSON.parse((await hands.logOf(machine, 'ObservabilityHub.log')).split('\n')[0] as string) as { at: string }
    expect(written).toBeLessThan(Date.parse(first.at) / 1000)
  }
})

test('both servers refuse who has no password, a wrong one, another machine’s, or a leaf’s', async () => {
  for (const machine of machines) {
    const [hub] = (await hands.accounts(machine)) as [Account]
    expect(hub.pass).toBe(await hands.secretOf(machine, 'NATS_PASSWORD'))
    expect(await hands.greet(machine, hub)).toBe('PONG') // the control: all else is refused for its credentials
    const other = await hands.secretOf(machine === mainpc ? pc2 : mainpc, 'NATS_PASSWORD')
    for (const wrong of [{}, { user: hub.user }, { ...hub, pass: 'wrong-password-of-this-test' }, { ...hub, pass: other }]) {
      expect(await hands.greet(machine, wrong)).toBe("-ERR 'Authorization Violation'")
    }
  }
  const leaf = (await hands.accounts(mainpc)).find(({ user }) => user.startsWith('leaf-')) as Account
  expect(await hands.greet(mainpc, leaf)).toContain('-ERR')
  const { leafs } = JSON.parse(await hands.fetched(mainpc, 'http://nats-mainpc:8222/leafz')) as {
    leafs: readonly unknown[]
  }
  expect(leafs).toHaveLength(1) // while the leaf itself came in with it
  const words = await small.fleet.logs('nats', mainpc, 500)
  expect(words.match(/authentication error - User "hub-mainpc-/g)?.length).toBeGreaterThanOrEqual(2)
  expect(words).not.toContain('wrong-password-of-this-test')
})

test('Vault keeps its contract: token, path, version, 403, 404, sealed', async () => {
  const value = await hands.secretOf(pc2, 'NATS_PASSWORD')
  expect(await until(async () => (await hands.vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD')).status === 200, patienceMs)).toBe(true)
  expect((await hands.vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD?version=1')).body.data).toMatchObject({
    data: { value },
    metadata: { version: 1 },
  })
  expect((await hands.vault(pc2, 'GET', 'secret/data/pc2/NONE')).status).toBe(404)
  for (const [path, token] of [
    ['mainpc/NATS_PASSWORD', undefined],
    ['pc2/NATS_PASSWORD', 'wrong'],
    ['pc2/NATS_PASSWORD', ''],
  ] as const) {
    const answer = await hands.vault(pc2, 'GET', `secret/data/${path}`, undefined, token)
    expect(answer).toEqual({ status: 403, body: { errors: ['permission denied'] } })
  }
  expect((await hands.vault(pc2, 'PUT', 'sys/seal')).status).toBe(204)
  expect(await hands.vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD')).toEqual({ status: 503, body: { errors: ['Vault is sealed'] } })
  const key = await hands.said('secrets', pc2, ['cat', '/run/link/vault-unseal-key'])
  expect((await hands.vault(pc2, 'PUT', 'sys/unseal', { key })).status).toBe(200)
  expect((await hands.vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD')).status).toBe(200)
})

test('without its secret an agent does not start and names it; the others stay; Vault is the third place, the file the second', async () => {
  const value = await hands.secretOf(pc2, 'NATS_PASSWORD')
  await hands.supervise(pc2, 'stop', 'ObservabilityHub')
  await hands.said('secrets', pc2, ['rm', '-f', fileOf('NATS_PASSWORD')])
  expect((await hands.vault(pc2, 'DELETE', 'secret/metadata/pc2/NATS_PASSWORD')).status).toBe(204)

  const begun = await hands.supervise(pc2, 'start', 'ObservabilityHub')
  expect([begun.exitCode, begun.stdout]).toEqual([expect.any(Number), expect.stringContaining('ERROR')])
  const missing = `secret NATS_PASSWORD is missing: not in the environment; no ${fileOf('NATS_PASSWORD')}; Vault has none`
  const log = await hands.logOf(pc2, 'ObservabilityHub.log')
  expect(log).toContain(missing)
  expect(log).not.toContain(value)
  expect(await small.health(hubOf(pc2))).toContain('ECONNREFUSED')
  for (const agent of [worker, farWorker, hubOf(mainpc)]) expect([agent, await small.health(agent)]).toEqual([agent, well])

  await hands.said('machine', pc2, ['sh', '-c', 'start_system_v2 > /tmp/boot-again.log 2>&1 || true'])
  const boot = await hands.said('machine', pc2, ['cat', '/tmp/boot-again.log'])
  expect(boot).toMatch(/missing-secret: there is no \/run\/secrets\/NATS_PASSWORD after 10000 ms, and ObservabilityHub on pc2 needs it/)

  // What is in Vault and in no file is enough, without anyone's help: supervisord keeps trying.
  expect((await hands.vault(pc2, 'POST', 'secret/data/pc2/NATS_PASSWORD', { data: { value } })).status).toBe(200)
  expect(await healthy(hubOf(pc2))).toBe(true)
  expect(await isConnected(pc2)).toBe(true)
  await hands.sideCar(pc2) // makes what is missing: the password that the server takes
  expect(await hands.secretOf(pc2, 'NATS_PASSWORD')).toBe(value)
})

test('a hub with a wrong password stays up, counts and says that it is refused, and comes back with the right one', async () => {
  const value = await hands.secretOf(pc2, 'NATS_PASSWORD')
  const wrong = 'wrong-password-in-the-file-0123456789'
  await hands.putSecret(pc2, 'NATS_PASSWORD', wrong)
  await hands.supervise(pc2, 'restart', 'ObservabilityHub')
  const refusals = async () => {
    const metrics = await hands.fetched(pc2, 'http://127.0.0.1:9101/metrics')
    return Number(/^hub_nats_refused_total\S* (\d+)/m.exec(metrics)?.[1] ?? 0)
  }
  expect(await until(async () => (await refusals()) > 0, patienceMs)).toBe(true)
  expect([await small.health(hubOf(pc2)), (await hands.hubHealth(pc2)).nats]).toEqual([well, 'disconnected'])
  const log = await hands.logOf(pc2, 'ObservabilityHub.log')
  expect(log).toContain('NATS refuses NATS_PASSWORD')
  for (const secret of [wrong, value]) {
    expect(log).not.toContain(secret)
    expect(await small.fleet.logs('nats', pc2, 500)).not.toContain(secret)
  }
  const pid = (await hands.supervise(pc2, 'pid', 'ObservabilityHub')).stdout
  await hands.putSecret(pc2, 'NATS_PASSWORD', value)
  expect(await isConnected(pc2)).toBe(true)
  expect((await hands.supervise(pc2, 'pid', 'ObservabilityHub')).stdout).toBe(pid)
})

test('a password is changed and the old one retired while reports flow: no restart, and every report is stored, once', async () => {
  const before = await Promise.all(machines.map((machine) => hands.secretOf(machine, 'NATS_PASSWORD')))
  const pids = () => Promise.all(machines.map(async (machine) => (await hands.supervise(machine, 'pid', 'ObservabilityHub')).stdout))
  const pidsBefore = await pids()
  for (const machine of machines) expect(await isReady(machine)).toBe(true)
  const flood = hands.said('tool', pc2, ['node', '-e', floodOf(incarnation, 22_000)])
  for (const machine of machines) expect(await hands.sideCar(machine, 'rotate', 'NATS_PASSWORD')).toContain('rotated')
  for (const [index, machine] of machines.entries()) {
    const [fresh, old] = (await hands.accounts(machine)) as [Account, Account]
    expect([fresh.pass, old.pass]).toEqual([await hands.secretOf(machine, 'NATS_PASSWORD'), before[index]])
    expect([await hands.greet(machine, fresh), await hands.greet(machine, old)]).toEqual(['PONG', 'PONG']) // the overlap
  }
  const moved = async (machine: MachineId) => (await hands.logOf(machine, 'ObservabilityHub.log')).includes('moved to the new password')
  for (const machine of machines) expect(await until(() => moved(machine), patienceMs)).toBe(true)
  const olds = await Promise.all(machines.map(async (machine) => (await hands.accounts(machine))[1] as Account))
  for (const machine of machines) expect(await hands.sideCar(machine, 'retire')).toContain('retired')
  for (const [index, machine] of machines.entries()) expect(await hands.greet(machine, olds[index] ?? {})).toContain('-ERR')

  const taken = Number(await flood)
  expect(taken).toBeGreaterThan(100)
  const stored = async () => {
    const records = JSON.parse(await hands.fetched(mainpc, 'http://127.0.0.1:9000/sequences')) as readonly SequenceRecord[]
    return records.find((record) => record.agent === farWorker && record.incarnation === incarnation)
  }
  expect(await until(async () => (await stored())?.stored.at(-1)?.[1] === taken, patienceMs)).toBe(true)
  expect(await stored()).toMatchObject({ stored: [[1, taken]], missing: [] })
  expect(await pids()).toEqual(pidsBefore)
  const { body } = await hands.vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD')
  expect(body.data.data.value).toBe(await hands.secretOf(pc2, 'NATS_PASSWORD'))
})

test('no value is where others can look; the same search finds one that was put there', async () => {
  const docker = new Docker(optionsOf(small.ready.engine))
  const planted = `planted-${process.pid}-0123456789abcdef`
  const values = [
    ...(await Promise.all(machines.flatMap((machine) => ['NATS_PASSWORD', 'VAULT_TOKEN'].map((name) => hands.secretOf(machine, name))))),
    ...(await Promise.all(machines.map(hands.accounts))).flat().map(({ pass }) => pass),
    await hands.said('secrets', pc2, ['cat', '/run/link/vault-unseal-key']),
  ]
  expect(values).toHaveLength(8) // two hubs twice, two tokens, one leaf, one key
  const surfaces = async (): Promise<Readonly<Record<string, string>>> => {
    const containers = await small.fleet.containers()
    const inspected = await Promise.all(containers.map(async ({ id }) => JSON.stringify(await docker.getContainer(id).inspect())))
    const words = await Promise.all(containers.map(({ id }) => hands.engine.tail(id, 2000)))
    const ps = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'ps', 'auxeww']
    const of = (argv: readonly string[]) => Promise.all(machines.map((machine) => hands.said('tool', machine, argv)))
    const monitors = ['varz', 'connz?auth=1&subs=1', 'leafz?subs=1', 'jsz?accounts=1&streams=1&consumers=1']
    const monitored = await Promise.all(
      machines.flatMap((machine) => monitors.map((path) => hands.fetched(machine, `http://nats-${machine}:8222/${path}`))),
    )
    return {
      inspect: inspected.join('\n'),
      output: words.join('\n'),
      processes: (await of(ps)).join('\n'),
      rootProcesses: (await of(['ps', 'auxeww'])).join('\n'),
      logs: (await of(['sh', '-c', `cat ${root}/var/log/fleet/*`])).join('\n'),
      deployed: (
        await of(['sh', '-c', `cat ${root}/etc/fleet/* ${root}/etc/supervisor/*.conf; find ${root}/srv/fleet -type f -exec cat {} +`])
      ).join('\n'),
      monitors: monitored.join('\n'),
    }
  }
  await small.fleet
    .tool(pc2)
    .run([
      'sh',
      '-c',
      `echo ${planted} > ${root}/var/log/fleet/planted.log; echo ${planted} > ${root}/srv/fleet/planted; echo ${planted} > /proc/1/fd/1`,
    ])
  const sleeper = small.fleet
    .tool(pc2)
    .run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env', `PLANTED=${planted}`, 'sleep', '12'])
  const found = await surfaces()
  const hits = (needle: string) => Object.entries(found).flatMap(([surface, text]) => (text.includes(needle) ? [surface] : []))
  expect(values.flatMap(hits)).toEqual([])
  expect(hits(planted)).toEqual(['output', 'processes', 'rootProcesses', 'logs', 'deployed'])
  // What has nothing planted in it is shown to be what it should be by words that belong there.
  expect(found.inspect).toContain(small.run)
  expect(found.monitors).toContain('hub-mainpc-')
  await sleeper
})

test('a log that holds a value is quoted without it', async () => {
  const path = '/var/log/fleet/quoted.log'
  const write = `echo "login with $(cat ${root}${fileOf('NATS_PASSWORD')}) failed" > ${root}${path}`
  await hands.said('tool', pc2, ['sh', '-c', write])
  expect(await hands.logOf(pc2, 'quoted.log')).toContain(await hands.secretOf(pc2, 'NATS_PASSWORD'))
  expect(await hands.said('tool', pc2, ['tool', 'log', path, '5'])).toBe('login with [secret NATS_PASSWORD] failed')
  await hands.said('tool', pc2, ['rm', `${root}${path}`])
})

test('a whole drill leaves no value in its journal, its reports or its words', async () => {
  const drill = start(['drill', 'agent-kill', '--target', 'mainpc/Worker', ...configs('small', 'mainpc', 'pc2'), '--json'])
  await drill.said('fault applied')
  const run = newestRun('drill-agent-kill')
  const { containers } = await hands.engine.holdings(`${runLabel}=${run}`)
  const besideMachines = ['mainpc', 'pc2']
  const tools = containers.filter(({ labels }) => labels[roleLabel] === 'tool' && besideMachines.includes(labels[machineLabel] ?? ''))
  const read = ['sh', '-c', `cat ${root}${fileOf('NATS_PASSWORD')}; echo; cat ${root}${fileOf('VAULT_TOKEN')}`]
  const values = (await Promise.all(tools.map(async ({ id }) => (await hands.engine.exec(id, read)).stdout.split('\n')))).flat()
  expect(values.map((value) => value.length)).toEqual([43, 43, 43, 43])
  const { stdout, stderr } = await drill.ended
  const folder = join(projectRoot, 'reports', run)
  const texts = [stdout, stderr, ...readdirSync(folder).map((file) => readFileSync(join(folder, file)).toString('latin1'))]
  expect(texts.length).toBeGreaterThan(3)
  for (const value of values) expect(texts.some((text) => text.includes(value))).toBe(false)
  expect(texts.filter((text) => text.includes(run)).length).toBeGreaterThanOrEqual(2) // the search does find what is there
  const { criteria } = JSON.parse(stdout) as Verdict // five agents are too few to promise an uptime, so it is not GO
  expect(criteria.find(({ id }) => id === 'recovery')?.outcome).toBe('pass')
})
