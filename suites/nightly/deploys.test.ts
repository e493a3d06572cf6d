/** Deploys on a real fleet: a change is one commit and a restart, a revert and a restart take it back, and nobody else notices. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AgentId } from '../../src/fleet/topology.ts'
import { get, inMachine, isCommitted } from '../fleet/by-hand.ts'
import { mainpc, pc2, processes, type SmallFleet, smallFleet, until, well, worker } from '../small-fleet.ts'

const config = 'config/mainpc.startup.yaml'
const script = 'mainpc/worker.py'
const bootScript = 'scripts/start_system_v2'
const log = '/var/log/fleet/Worker.log'
const hub = 'mainpc/ObservabilityHub' as AgentId

let small: SmallFleet
beforeAll(async () => {
  small = await smallFleet(`deploys-suite-${process.pid}`)
  for (const machine of [mainpc, pc2]) {
    expect(await until(() => isCommitted(small, machine), 30_000)).toBe(true)
  }
})
afterAll(() => small?.[Symbol.asyncDispose]())

const on = (...argv: string[]) => inMachine(small, mainpc, ...argv)
const attempt = (...argv: string[]) => small.fleet.machine(mainpc).run(argv, { timeoutMs: 60_000 })
const head = async () => (await on('git', 'rev-parse', 'HEAD')).trim()
const replace = (path: string, from: string, to: string) => on('sed', '-i', `s/${from}/${to}/`, path)
const healthAt = (port: number) => get(small, mainpc, `http://127.0.0.1:${port}/health`)
const pidOf = async (name: string) => (await processes(small, mainpc)).get(name)

test('each machine holds one commit of what it was deployed with, owned by the agents, and nothing beside it', async () => {
  for (const [machine, scripts] of [
    [mainpc, ['mainpc/observability_hub.py', 'mainpc/service_registry.py', 'mainpc/worker.py']],
    [pc2, ['pc2/far_worker.py', 'pc2/observability_hub.py']],
  ] as const) {
    const at = (...argv: string[]) => inMachine(small, machine, ...argv)
    expect(await at('git', 'log', '--format=%s')).toBe('as deployed\n')
    expect(await at('git', 'status', '--porcelain')).toBe('')
    expect((await at('git', 'ls-files')).trim().split('\n')).toEqual([`config/${machine}.startup.yaml`, ...scripts, bootScript])
    expect(await at('stat', '-c', '%U', '/srv/fleet/.git/HEAD', '/srv/fleet/config')).toBe('agents\nagents\n')
  }
})

test('a port move is one commit and a restart; reverted and restarted, file, port and behaviour are the old ones', async () => {
  const before = { commit: await head(), text: await on('cat', config), processes: await processes(small, mainpc) }
  await replace(config, 'health_check_port: 8300', 'health_check_port: 8333')
  const commit = (await on('fleet-change', 'Worker: another health port')).trim()
  expect(await on('git', 'log', '--format=%H')).toBe(`${commit}\n${before.commit}\n`)
  expect(await small.health(worker)).toBe(well) // nothing changes before the restart
  expect(await pidOf('Worker')).toBe(before.processes.get('Worker'))

  await on('supervisorctl', 'restart', 'Worker')
  expect(await until(async () => (await healthAt(8333)).includes('"status":"healthy"'), 10_000)).toBe(true)
  expect(await small.health(worker)).toContain('ECONNREFUSED')
  const changed = await pidOf('Worker')

  await on('git', 'revert', '--no-edit', commit)
  expect(await on('cat', config)).toBe(before.text)
  await on('supervisorctl', 'restart', 'Worker')
  expect(await until(async () => (await small.health(worker)) === well, 10_000)).toBe(true)
  expect(await healthAt(8333)).toContain('ECONNREFUSED')
  const after = await processes(small, mainpc)
  expect(new Set([before.processes.get('Worker'), changed, after.get('Worker')]).size).toBe(3)
  for (const name of ['ServiceRegistry', 'ObservabilityHub']) expect([name, after.get(name)]).toEqual([name, before.processes.get(name)])
  expect(await small.health(hub)).toBe(well)
})

test('a migration of an agent is a commit of its variant, and can be taken back', async () => {
  const text = await on('cat', script)
  await replace(script, 'BaseAgent', 'legacy')
  const commit = (await on('fleet-change', 'Worker: as it was before BaseAgent')).trim()
  await on('supervisorctl', 'restart', 'Worker')
  expect(await until(async () => (await small.health(worker)).includes('no answer'), 15_000)).toBe(true)
  await on('git', 'revert', '--no-edit', commit)
  expect(await on('cat', script)).toBe(text)
  await on('supervisorctl', 'restart', 'Worker')
  expect(await until(async () => (await small.health(worker)) === well, 10_000)).toBe(true)
})

test('a flag of one agent is a commit; the process has it after the restart, and not after the revert', async () => {
  const edge = 'http://pc2.lan:9100'
  const accepted = async () => (await get(small, pc2, 'http://127.0.0.1:9100/agents')).includes('"mainpc/Worker"')
  await replace(script, '"BaseAgent"', `"BaseAgent","environment":{"OBS_HUB_URL":"${edge.replaceAll('/', '\\/')}"}`)
  const commit = (await on('fleet-change', 'Worker: reports to the edge hub')).trim()
  expect(await accepted()).toBe(false)
  await on('supervisorctl', 'restart', 'Worker')
  expect(await until(accepted, 20_000)).toBe(true)
  await on('git', 'revert', '--no-edit', commit)
  await on('supervisorctl', 'restart', 'Worker')
  expect(await until(async () => (await small.health(worker)) === well, 10_000)).toBe(true)
})

test('the boot script is changed by a commit: a bad one starts nothing and stops nobody; reverted, it starts who is missing', async () => {
  const text = await on('cat', bootScript)
  await on('supervisorctl', 'stop', 'Worker')
  const before = await processes(small, mainpc)
  await replace(bootScript, '--scripts \\/srv\\/fleet', '--scripts \\/srv\\/fleet\\/scripts')
  const commit = (await on('fleet-change', 'boot script: look for scripts beside it')).trim()
  const dry = await attempt('start_system_v2', '--dry-run')
  expect([dry.exitCode, dry.stdout]).toEqual([1, expect.stringContaining('mainpc: 0/3 scripts found')])
  const real = await attempt('start_system_v2')
  expect([real.exitCode, real.stdout]).toEqual([1, expect.stringContaining('aborted: nothing is started')])
  expect(await processes(small, mainpc)).toEqual(before)
  expect([...before.keys()]).not.toContain('Worker')

  await on('git', 'revert', '--no-edit', commit)
  expect(await on('cat', bootScript)).toBe(text)
  expect(await on('start_system_v2')).toContain('mainpc: 3/3 scripts found')
  expect(await small.health(worker)).toBe(well)
  const after = await processes(small, mainpc)
  for (const [name, pid] of before) expect([name, after.get(name)]).toEqual([name, pid])
})

test('the log handler of one agent is changed by a commit and a restart, and is the old one after its revert and a restart', async () => {
  const text = await on('cat', script)
  const pieces = async () => (await on('sh', '-c', `ls ${log}.*.gz 2> /dev/null || true`)).split('\n').filter(Boolean)
  /** More than the quota, in lines on the agent's own standard output; whether a piece was cut off is for the last line to say. */
  const flood = async (word: string) => {
    const program = `const out = require('node:fs').openSync('/proc/${await pidOf('Worker')}/fd/1', 'w')
      for (let n = 0; n < 400; n++) require('node:fs').writeSync(out, JSON.stringify({ word: '${word}', n, filling: 'x'.repeat(200) }) + '\\n')`
    await on('node', '-e', program)
    const last = async () =>
      (await on('sh', '-c', `zcat -f ${log} ${log}.*.gz 2> /dev/null | grep -c '"${word}"' || true`)).trim() === '400'
    expect(await until(last, 10_000)).toBe(true)
  }
  expect(await pieces()).toEqual([])
  await replace(script, '"BaseAgent"', '"BaseAgent","log":{"bytes":0,"pieces":0}')
  const commit = (await on('fleet-change', 'Worker: a log that is never cut')).trim()
  const restarted = async () => {
    await on('supervisorctl', 'restart', 'Worker')
    expect(await until(async () => (await small.health(worker)) === well, 10_000)).toBe(true)
  }
  await restarted()
  await flood('uncut')
  expect(await pieces()).toEqual([])
  await on('git', 'revert', '--no-edit', commit)
  expect(await on('cat', script)).toBe(text)
  await flood('still')
  expect(await pieces()).toEqual([]) // nothing changes before the restart
  await restarted()
  await flood('cut')
  expect((await pieces()).length).toBeGreaterThan(0)
})

test('a change that would add a clash, an unknown key or a missing script is refused before anything is stopped', async () => {
  const before = { commit: await head(), processes: await processes(small, mainpc) }
  for (const [from, to, words] of [
    ['port: 7300', 'port: 7200', 'port-clash: 7200'],
    ['required: true', 'obligatory: true', 'obligatory is an unknown key'],
    ['worker.py', 'walker.py', 'missing-script: Worker'],
  ] as const) {
    await replace(config, from, to)
    const { exitCode, stderr } = await attempt('fleet-change', 'a bad change')
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(words)])
    await on('git', 'checkout', '--', config)
  }
  expect((await attempt('fleet-change', 'nothing')).stderr).toContain('nothing was changed')
  expect({ commit: await head(), processes: await processes(small, mainpc) }).toEqual(before)
})

test('all agents are restarted by one command, and are well again as other processes', async () => {
  const before = await processes(small, pc2)
  await inMachine(small, pc2, 'supervisorctl', 'restart', 'all')
  for (const agent of ['pc2/ObservabilityHub', 'pc2/FarWorker'] as AgentId[]) {
    expect(await until(async () => (await small.health(agent)) === well, 20_000)).toBe(true)
  }
  const after = await processes(small, pc2)
  for (const [name, pid] of before) expect([name, after.has(name), after.get(name) === pid]).toEqual([name, true, false])
})

test('a dry run says how many scripts there are, and starts nothing', async () => {
  const before = await processes(small, mainpc)
  expect(await on('start_system_v2', '--dry-run')).toContain('mainpc: 3/3 scripts found')
  expect(await processes(small, mainpc)).toEqual(before)
})

test('with a script missing the boot aborts, names it, and starts nothing; with it back, all come up', async () => {
  const at = (...argv: string[]) => small.fleet.machine(pc2).run(argv, { timeoutMs: 60_000 })
  await at('supervisorctl', 'stop', 'all')
  await at('rm', 'pc2/far_worker.py')
  const dry = await at('start_system_v2', '--dry-run')
  expect([dry.exitCode, dry.stdout]).toEqual([1, expect.stringContaining('pc2: 1/2 scripts found')])
  const real = await at('start_system_v2')
  expect(real.exitCode).toBe(1)
  expect(real.stdout).toContain('FarWorker: there is no pc2/far_worker.py below the project root')
  expect((await processes(small, pc2)).size).toBe(0)
  const last = (await inMachine(small, pc2, 'tail', '-n', '1', '/var/log/fleet/boot.ndjson')).trim()
  expect(JSON.parse(last)).toMatchObject({ dryRun: false, ok: false, scripts: { found: 1, total: 2 }, started: [] })
  await at('git', 'checkout', '--', 'pc2/far_worker.py')
  expect((await at('start_system_v2')).exitCode).toBe(0)
  expect(await until(async () => (await processes(small, pc2)).size === 2, 10_000)).toBe(true) // RUNNING is said after a second
})

test('a machine that is started again keeps what was changed since it was deployed', async () => {
  await replace(config, 'A small fleet', 'The small fleet')
  const commit = (await on('fleet-change', 'words')).trim()
  await on('node', '/opt/fleet/deploy.js')
  expect([await head(), await on('git', 'status', '--porcelain')]).toEqual([commit, ''])
  expect(await on('cat', config)).toContain('The small fleet')
})
