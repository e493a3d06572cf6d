/** Secrets on a real fleet: what the kernel says of the files, what happens without one or with a wrong one, and that no value is anywhere else. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { machineLabel, roleLabel, runLabel, type ServiceRole } from '../../src/fleet/compose.ts'
import { type Engine, type ExecAnswer, type ExecOptions, openEngine, optionsOf } from '../../src/fleet/engine.ts'
import type { AgentId, MachineId } from '../../src/fleet/topology.ts'
import { configs, newestRun, root as projectRoot, start } from '../command.ts'
import { farWorker, mainpc, pc2, type SmallFleet, smallFleet, until, well, worker } from '../small-fleet.ts'

const machines = [mainpc, pc2] as const
const hubOf = (machine: MachineId) => `${machine}/ObservabilityHub` as AgentId
const healthMs = 20_000

let small: SmallFleet
let engine: Engine

beforeAll(async () => {
  small = await smallFleet(`secrets-suite-${process.pid}`)
  engine = openEngine(small.ready.engine)
})
afterAll(async () => small?.[Symbol.asyncDispose]())

async function idOf(role: ServiceRole, machine?: MachineId): Promise<string> {
  const found = (await small.fleet.containers()).find(({ labels }) => labels[roleLabel] === role && labels[machineLabel] === machine)
  if (found === undefined) throw new Error(`no ${role} ${machine ?? ''}`)
  return found.id
}
async function exec(
  role: ServiceRole,
  machine: MachineId | undefined,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<ExecAnswer> {
  return engine.exec(await idOf(role, machine), argv, options)
}
/** Standard output, of a command that must succeed. */
async function said(role: ServiceRole, machine: MachineId | undefined, ...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await exec(role, machine, argv, { timeoutMs: 40_000 })
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} in ${role} ${machine}: ${exitCode}\n${stdout}${stderr}`)
  return stdout.trim()
}
const root = '/proc/1/root'
const fileOf = (name: string) => `/run/secrets/${name}`
/** As root, through the machine's own root. */
const secretOf = (machine: MachineId, name: string) => said('tool', machine, 'cat', `${root}${fileOf(name)}`)
const supervise = (machine: MachineId, verb: string, name: string) =>
  exec('machine', machine, ['supervisorctl', verb, name], { timeoutMs: 40_000 })
const healthy = (agent: AgentId) => until(async () => (await small.health(agent)) === well, healthMs)
const logOf = (machine: MachineId, file: string) => said('tool', machine, 'cat', `${root}/var/log/fleet/${file}`)
const node = (role: ServiceRole, machine: MachineId, program: string) => said(role, machine, 'node', '-e', program)
/** A question to Vault from a machine's side-car, with that machine's token or another. */
async function vault(machine: MachineId, method: string, path: string, body?: unknown, token?: string) {
  const program = `fetch('http://vault:8200/v1/${path}', { method: '${method}', body: ${body === undefined ? 'undefined' : `'${JSON.stringify(body)}'`},
    headers: { 'x-vault-token': ${token === undefined ? "require('fs').readFileSync('/run/secrets/VAULT_TOKEN', 'utf8')" : `'${token}'`} } })
    .then(async (a) => console.log(JSON.stringify({ status: a.status, body: await a.text() })))`
  const { status, body: text } = JSON.parse(await node('secrets', machine, program)) as { status: number; body: string }
  return { status, body: text === '' ? undefined : JSON.parse(text) }
}
async function hubHealth(machine: MachineId) {
  const port = machine === mainpc ? 9000 : 9100
  return JSON.parse(await said('tool', machine, 'tool', 'fetch', `http://127.0.0.1:${port}/hub_health`)) as Readonly<
    Record<string, unknown>
  >
}
const isConnected = (machine: MachineId) => until(async () => (await hubHealth(machine)).nats === 'connected', healthMs)

test('each secret is a file on tmpfs, 0400 and the agents’ own, in a folder that nobody else opens', async () => {
  for (const machine of machines) {
    for (const name of ['NATS_PASSWORD', 'VAULT_TOKEN']) {
      const file = `${root}${fileOf(name)}`
      expect(await said('tool', machine, 'stat', '-c', '%a %u %g %F %h', file)).toBe('400 1000 1000 regular file 1')
      expect(await said('tool', machine, 'stat', '-f', '-c', '%T', file)).toBe('tmpfs')
    }
    const agent = await said('tool', machine, 'stat', '-c', '%u', '/proc/1')
    expect([agent, await said('tool', machine, 'stat', '-c', '%a %u', `${root}/run/secrets`)]).toEqual(['1000', '700 1000'])
    const mount = (await said('tool', machine, 'cat', '/proc/1/mountinfo')).split('\n').find((line) => line.includes(' /run/secrets '))
    expect(mount).toMatch(/ ro[, ].* - tmpfs tmpfs .*size=256k,nr_inodes=64/)
    expect((await exec('machine', machine, ['touch', fileOf('MINE')])).stderr).toContain('Read-only file system')
    const stranger = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'cat', `${root}${fileOf('NATS_PASSWORD')}`]
    expect((await small.fleet.tool(machine).run(stranger)).exitCode).not.toBe(0)
  }
})

test('each machine has values of its own, and they were there before its first agent', async () => {
  const values = await Promise.all(machines.flatMap((machine) => ['NATS_PASSWORD', 'VAULT_TOKEN'].map((name) => secretOf(machine, name))))
  expect(new Set(values).size).toBe(4)
  for (const value of values) expect(value).toMatch(/^[\w-]{43}$/)
  for (const machine of machines) {
    const written = Number(await said('tool', machine, 'stat', '-c', '%.Y', `${root}${fileOf('NATS_PASSWORD')}`))
    const first = JSON.parse((await logOf(machine, 'ObservabilityHub.log')).split('\n')[0] as string) as { at: string }
    expect(written).toBeLessThan(Date.parse(first.at) / 1000)
  }
})

/** CONNECT and PING by hand: what the server answers first to either. */
function greet(machine: MachineId, server: MachineId, credentials: Readonly<Record<string, string>>): Promise<string> {
  const connect = JSON.stringify({ verbose: false, pedantic: false, lang: 'hand', version: '1', protocol: 1, ...credentials })
  const program = `const s = require('net').connect(4222, 'nats-${server}', () => s.write('CONNECT ' + ${JSON.stringify(connect)} + '\\r\\nPING\\r\\n'))
    let got = ''; s.on('data', (d) => { got += d; const m = /(PONG|-ERR [^\\r]*)/.exec(got); if (m) { console.log(m[0]); process.exit() } })
    s.on('close', () => { console.log('closed ' + got.slice(-80)); process.exit() }); setTimeout(() => { console.log('silent'); process.exit() }, 5000)`
  return node('secrets', machine, program)
}
/** Users and passwords that a server takes. */
async function accounts(machine: MachineId): Promise<readonly { user: string; pass: string }[]> {
  const text = await said('secrets', machine, 'cat', '/run/nats/users.conf')
  return [...text.matchAll(/user: "([^"]+)", password: "([^"]+)"/g)].map(([, user = '', pass = '']) => ({ user, pass }))
}

test('both servers refuse who has no password, a wrong one, another machine’s, or a leaf’s', async () => {
  for (const machine of machines) {
    const [hub] = (await accounts(machine)) as [{ user: string; pass: string }]
    expect(hub.pass).toBe(await secretOf(machine, 'NATS_PASSWORD'))
    expect(await greet(machine, machine, hub)).toBe('PONG') // the control: all else is refused for its credentials
    const other = await secretOf(machine === mainpc ? pc2 : mainpc, 'NATS_PASSWORD')
    for (const wrong of [{}, { user: hub.user }, { ...hub, pass: 'wrong-password-of-this-test' }, { ...hub, pass: other }]) {
      expect(await greet(machine, machine, wrong)).toBe("-ERR 'Authorization Violation'")
    }
  }
  const leaf = (await accounts(mainpc)).find(({ user }) => user.startsWith('leaf-')) as { user: string; pass: string }
  expect(await greet(mainpc, mainpc, leaf)).toContain('-ERR')
  const { leafs } = JSON.parse(await said('tool', mainpc, 'tool', 'fetch', 'http://nats-mainpc:8222/leafz')) as {
    leafs: readonly unknown[]
  }
  expect(leafs).toHaveLength(1) // while the leaf itself came in with it
  const words = await small.fleet.logs('nats', mainpc, 500)
  expect(words.match(/authentication error - User "hub-mainpc-/g)?.length).toBeGreaterThanOrEqual(2)
  expect(words).not.toContain('wrong-password-of-this-test')
})

test('Vault keeps its contract: token, path, version, 403, 404, sealed', async () => {
  const value = await secretOf(pc2, 'NATS_PASSWORD')
  expect(await until(async () => (await vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD')).status === 200, healthMs)).toBe(true)
  expect((await vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD?version=1')).body.data).toMatchObject({
    data: { value },
    metadata: { version: 1 },
  })
  expect((await vault(pc2, 'GET', 'secret/data/pc2/NONE')).status).toBe(404)
  for (const [path, token] of [
    ['mainpc/NATS_PASSWORD', undefined],
    ['pc2/NATS_PASSWORD', 'wrong'],
    ['pc2/NATS_PASSWORD', ''],
  ] as const) {
    const answer = await vault(pc2, 'GET', `secret/data/${path}`, undefined, token)
    expect(answer).toEqual({ status: 403, body: { errors: ['permission denied'] } })
  }
  expect((await vault(pc2, 'PUT', 'sys/seal')).status).toBe(204)
  expect(await vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD')).toEqual({ status: 503, body: { errors: ['Vault is sealed'] } })
  const key = await said('secrets', pc2, 'cat', '/run/link/vault-unseal-key')
  expect((await vault(pc2, 'PUT', 'sys/unseal', { key })).status).toBe(200)
  expect((await vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD')).status).toBe(200)
})

test('without its secret an agent does not start and names it; the others stay; Vault is the third place, the file the second', async () => {
  const value = await secretOf(pc2, 'NATS_PASSWORD')
  await supervise(pc2, 'stop', 'ObservabilityHub')
  await said('secrets', pc2, 'rm', '-f', fileOf('NATS_PASSWORD'))
  expect((await vault(pc2, 'DELETE', 'secret/metadata/pc2/NATS_PASSWORD')).status).toBe(204)

  const begun = await supervise(pc2, 'start', 'ObservabilityHub')
  expect([begun.exitCode, begun.stdout]).toEqual([expect.any(Number), expect.stringContaining('ERROR')])
  const missing = `secret NATS_PASSWORD is missing: not in the environment; no ${fileOf('NATS_PASSWORD')}; Vault has none`
  const log = await logOf(pc2, 'ObservabilityHub.log')
  expect(log).toContain(missing)
  expect(log).not.toContain(value)
  expect(await small.health(hubOf(pc2))).not.toBe(well)
  for (const agent of [worker, farWorker, hubOf(mainpc)]) expect([agent, await small.health(agent)]).toEqual([agent, well])

  await said('machine', pc2, 'sh', '-c', 'node /opt/fleet/boot.js > /tmp/boot-again.log 2>&1 || true')
  const boot = await said('machine', pc2, 'cat', '/tmp/boot-again.log')
  expect(boot).toMatch(/missing-secret: there is no \/run\/secrets\/NATS_PASSWORD after 10000 ms, and ObservabilityHub on pc2 needs it/)

  // What is in Vault and in no file is enough, without anyone's help: supervisord keeps trying.
  expect((await vault(pc2, 'POST', 'secret/data/pc2/NATS_PASSWORD', { data: { value } })).status).toBe(200)
  expect(await healthy(hubOf(pc2))).toBe(true)
  expect(await isConnected(pc2)).toBe(true)
  await said('secrets', pc2, 'node', '/opt/fleet/secrets.js') // makes what is missing: the password that the server takes
  expect(await secretOf(pc2, 'NATS_PASSWORD')).toBe(value)
})

test('a hub with a wrong password stays up, counts and says that it is refused, and comes back with the right one', async () => {
  const value = await secretOf(pc2, 'NATS_PASSWORD')
  const wrong = 'wrong-password-in-the-file-0123456789'
  const put = (text: string) =>
    said(
      'secrets',
      pc2,
      'sh',
      '-c',
      `umask 0377; printf %s ${text} > /run/secrets/new && mv -f /run/secrets/new ${fileOf('NATS_PASSWORD')}`,
    )
  await put(wrong)
  await supervise(pc2, 'restart', 'ObservabilityHub')
  const refusals = async () => {
    const metrics = await said('tool', pc2, 'tool', 'fetch', 'http://127.0.0.1:9101/metrics')
    return Number(/^hub_nats_refused_total\S* (\d+)/m.exec(metrics)?.[1] ?? 0)
  }
  expect(await until(async () => (await refusals()) > 0, healthMs)).toBe(true)
  expect([await small.health(hubOf(pc2)), (await hubHealth(pc2)).nats]).toEqual([well, 'disconnected'])
  const log = await logOf(pc2, 'ObservabilityHub.log')
  expect(log).toContain('NATS refuses NATS_PASSWORD')
  for (const secret of [wrong, value]) {
    expect(log).not.toContain(secret)
    expect(await small.fleet.logs('nats', pc2, 500)).not.toContain(secret)
  }
  const pid = (await supervise(pc2, 'pid', 'ObservabilityHub')).stdout
  await put(value)
  expect(await isConnected(pc2)).toBe(true)
  expect((await supervise(pc2, 'pid', 'ObservabilityHub')).stdout).toBe(pid)
})

test('a password is changed and the old one retired while reports flow: no restart, none lost, none twice', async () => {
  const before = await Promise.all(machines.map((machine) => secretOf(machine, 'NATS_PASSWORD')))
  const pids = () => Promise.all(machines.map(async (machine) => (await supervise(machine, 'pid', 'ObservabilityHub')).stdout))
  const pidsBefore = await pids()
  expect(await isConnected(mainpc)).toBe(true)
  const counts = async () => {
    const [central, edge] = await Promise.all(machines.map(hubHealth))
    return { heard: Number(central?.bus), published: Number(edge?.published), unpublished: Number(edge?.unpublished) }
  }
  const start = await counts()
  const flood = node(
    'tool',
    pc2,
    `const go = async () => { let taken = 0
    const end = Date.now() + 22000
    for (let sequence = 1; Date.now() < end; sequence++) {
      const body = JSON.stringify({ agent: 'pc2/Flood', name: 'Flood', machine: 'pc2', sequence, metrics: { a: 1 } })
      const answer = await fetch('http://127.0.0.1:9100/metrics', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      if (answer.status === 202) taken++
      await new Promise((next) => setTimeout(next, 10))
    }
    console.log(taken) }; go()`,
  )
  for (const machine of machines)
    expect(await said('secrets', machine, 'node', '/opt/fleet/secrets.js', 'rotate', 'NATS_PASSWORD')).toContain('rotated')
  for (const [index, machine] of machines.entries()) {
    const [fresh, old] = (await accounts(machine)) as [{ user: string; pass: string }, { user: string; pass: string }]
    expect([fresh.pass, old.pass]).toEqual([await secretOf(machine, 'NATS_PASSWORD'), before[index]])
    expect([await greet(machine, machine, fresh), await greet(machine, machine, old)]).toEqual(['PONG', 'PONG']) // the overlap
  }
  const moved = async (machine: MachineId) => (await logOf(machine, 'ObservabilityHub.log')).includes('moved to the new password')
  for (const machine of machines) expect(await until(() => moved(machine), healthMs)).toBe(true)
  const olds = await Promise.all(machines.map(async (machine) => (await accounts(machine))[1] as { user: string; pass: string }))
  for (const machine of machines) expect(await said('secrets', machine, 'node', '/opt/fleet/secrets.js', 'retire')).toContain('retired')
  for (const [index, machine] of machines.entries()) expect(await greet(machine, machine, olds[index] ?? {})).toContain('-ERR')

  const taken = Number(await flood)
  expect(taken).toBeGreaterThan(300)
  const all = await until(async () => {
    const now = await counts()
    return now.heard - start.heard === now.published - start.published
  }, healthMs)
  const end = await counts()
  expect([all, end.unpublished - start.unpublished]).toEqual([true, 0])
  expect(end.published - start.published).toBeGreaterThanOrEqual(taken)
  expect(await pids()).toEqual(pidsBefore)
  expect((await vault(pc2, 'GET', 'secret/data/pc2/NATS_PASSWORD')).body.data.data.value).toBe(await secretOf(pc2, 'NATS_PASSWORD'))
})

test('no value is where others can look; the same search finds one that was put there', async () => {
  const docker = new Docker(optionsOf(small.ready.engine))
  const planted = `planted-${process.pid}-0123456789abcdef`
  const values = [
    ...(await Promise.all(machines.flatMap((machine) => ['NATS_PASSWORD', 'VAULT_TOKEN'].map((name) => secretOf(machine, name))))),
    ...(await Promise.all(machines.map(accounts))).flat().map(({ pass }) => pass),
    await said('secrets', pc2, 'cat', '/run/link/vault-unseal-key'),
  ]
  expect(values).toHaveLength(8) // two hubs twice, two tokens, one leaf, one key
  const surfaces = async (): Promise<Readonly<Record<string, string>>> => {
    const containers = await small.fleet.containers()
    const inspected = await Promise.all(containers.map(async ({ id }) => JSON.stringify(await docker.getContainer(id).inspect())))
    const words = await Promise.all(containers.map(({ id }) => engine.tail(id, 2000)))
    const ps = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'ps', 'auxeww']
    const of = (argv: readonly string[]) => Promise.all(machines.map((machine) => said('tool', machine, ...argv)))
    const monitors = ['varz', 'connz?auth=1&subs=1', 'leafz?subs=1', 'jsz?accounts=1&streams=1&consumers=1']
    const monitored = await Promise.all(
      machines.flatMap((machine) => monitors.map((path) => said('tool', machine, 'tool', 'fetch', `http://nats-${machine}:8222/${path}`))),
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
      `echo ${planted} > ${root}/var/log/fleet/planted.log; echo ${planted} > ${root}/srv/fleet/planted; echo ${planted} > /proc/1/fd/1 || true`,
    ])
  const sleeper = small.fleet
    .tool(pc2)
    .run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env', `PLANTED=${planted}`, 'sleep', '12'])
  const found = await surfaces()
  const hits = (needle: string) => Object.entries(found).flatMap(([surface, text]) => (text.includes(needle) ? [surface] : []))
  expect(values.flatMap(hits)).toEqual([])
  expect(hits(planted)).toEqual(expect.arrayContaining(['processes', 'rootProcesses', 'logs', 'deployed']))
  // What has nothing planted in it is shown to be what it should be by words that belong there.
  expect(found.inspect).toContain(small.run)
  expect(found.output).toContain('NATS_PASSWORD, VAULT_TOKEN written')
  expect(found.monitors).toContain('hub-mainpc-')
  await sleeper
})

test('a whole drill leaves no value in its journal, its reports or its words', async () => {
  const drill = start(['drill', 'agent-kill', '--target', 'mainpc/Worker', ...configs('small', 'mainpc', 'pc2'), '--json'])
  await drill.said('fault applied')
  const run = newestRun('drill-agent-kill')
  const { containers } = await engine.holdings(`${runLabel}=${run}`)
  const tools = containers.filter(({ labels }) => labels[roleLabel] === 'tool')
  const read = ['sh', '-c', `cat ${root}${fileOf('NATS_PASSWORD')}; echo; cat ${root}${fileOf('VAULT_TOKEN')}`]
  const values = (await Promise.all(tools.map(async ({ id }) => (await engine.exec(id, read)).stdout.split('\n')))).flat()
  expect(values.map((value) => value.length)).toEqual([43, 43, 43, 43])
  const { stdout, stderr, exitCode } = await drill.ended
  const folder = join(projectRoot, 'reports', run)
  const texts = [stdout, stderr, ...readdirSync(folder).map((file) => readFileSync(join(folder, file)).toString('latin1'))]
  expect(texts.length).toBeGreaterThan(3)
  for (const value of values) expect(texts.some((text) => text.includes(value))).toBe(false)
  expect(texts.filter((text) => text.includes(run)).length).toBeGreaterThanOrEqual(2) // the search does find what is there
  expect(exitCode).toBe(0)
})
