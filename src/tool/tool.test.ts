/** The tool as it runs in a container, on processes of this machine: arm, apply, prove, undo, prove gone, and every way it can be cut short. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Static } from 'typebox'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { holdRequest, runTool, type ToolProgram, toolEnvironment, toolProgram } from '../../fixtures/tool-program.ts'
import { type questions, wrongIn } from '../answers/index.ts'
import type { Predicate } from '../base/predicate.ts'
import type { Step } from '../faults/fault.ts'
import { processKill } from '../faults/process-kill.ts'
import { processStop } from '../faults/process-stop.ts'
import type { Agent, AgentId, Machine, MachineId, Topology } from '../fleet/topology.ts'
import { pids, processOf } from './proc.ts'
import type { HoldRequest } from './protocol.ts'
import { release } from './release.ts'
import { emptyMemory, type Io } from './verb.ts'

/** Unlike any other test's, since the whole machine's process table is looked at. */
const name = `Sleeper${process.pid}`
let bundle: ToolProgram
let home: string
let children: ChildProcess[]

beforeAll(() => {
  bundle = toolProgram()
}, 60_000)
afterAll(() => bundle[Symbol.dispose]())
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gauntlet-tool-'))
  children = []
})
afterEach(() => {
  for (const lease of tool(['leases']).stdout.split('\n').filter(Boolean)) tool(['release', JSON.parse(lease).lease])
  for (const child of children) child.kill('SIGKILL')
  rmSync(home, { recursive: true })
})

function agent(named = name): ChildProcess {
  const child = spawn('sleep', ['60'], { env: { ...process.env, SUPERVISOR_PROCESS_NAME: named } })
  children.push(child)
  return child
}

const environment = () => toolEnvironment(home)
const tool = (args: readonly string[], stdin = '') => runTool(bundle.file, home, args, stdin)
const request = (lease: string, steps: readonly Step[], ttlMs = 30_000, proofMs = 2_000, lasts: HoldRequest['lasts'] = 'until-undone') =>
  holdRequest(lease, steps, { ttlMs, proofMs, lasts })

const topology: Topology = {
  machines: new Map([['m' as MachineId, { id: 'm' } as Machine]]),
  agents: new Map([['m/A' as AgentId, { id: 'm/A', name, machine: 'm' } as Agent]]),
}
const targets = { agents: ['m/A' as AgentId] as const }
const stop = (lease: string) => processStop.plan(topology, targets, {}, lease).steps
const keepDead = (lease: string) => processKill.plan(topology, targets, { signal: 'KILL', keep: 'dead' }, lease).steps
const killOnce = (lease: string) => processKill.plan(topology, targets, { signal: 'KILL', keep: 'once' }, lease).steps
const stateOf = (child: ChildProcess) => processOf(child.pid as number)?.state
const leaseLines = () =>
  tool(['leases'])
    .stdout.split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { lease: string; state: string; guarded: boolean })

const guardOf = (lease: string) => (JSON.parse(readFileSync(join(home, 'leases', lease, 'guard.json'), 'utf8')) as { pid: number }).pid
const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8')

const isSo: Predicate = { path: '/is', op: 'is', value: true }

/** What the tool says of processes by their names; it is a possible answer. */
function seen(words: readonly string[]): Static<typeof questions.process.answer>['processes'] {
  const answer = JSON.parse(tool(['process', ...words]).stdout)
  expect(wrongIn('process', answer)).toBeUndefined()
  return answer.processes
}

/** Bounded; what is waited for is asserted by the caller. */
async function until(condition: () => boolean, withinMs = 5_000): Promise<boolean> {
  for (const endMs = performance.now() + withinMs; performance.now() < endMs; await sleep(20)) if (condition()) return true
  return condition()
}

test('holds nothing that only planning needs: each verb would wait for it', () => {
  expect(bundle.loadedAtOnce).toContain('src/tool/undo.ts')
  expect(bundle.loadedAtOnce.filter((file) => /node_modules\/(yaml|typebox)\//.test(file))).toEqual([])
})

test('a stopped process is proven stopped, released, and proven running; a second release does no harm', () => {
  const child = agent()
  const bystander = agent(`${name}Other`)
  const held = tool(['hold'], request('one', stop('one')))
  expect(held.lines.map(({ kind }) => kind)).toEqual(['armed', 'applied', 'proof'])
  expect(held.exitCode).toBe(0)
  expect(stateOf(child)).toBe('T')
  expect(stateOf(bystander)).toBe('S')
  expect(leaseLines()).toEqual([{ lease: 'one', state: 'applied', guarded: true, undone: false }])

  for (const [round, asked] of [
    ['first', ['lasting', 'gone']],
    ['second', ['gone']],
  ] as const) {
    const released = tool(['release', 'one'])
    const proofs = released.lines.flatMap((line) => (line.kind === 'proof' ? [line.query] : []))
    expect([round, released.exitCode, proofs]).toEqual([round, 0, asked])
    expect(stateOf(child)).toBe('S')
    expect(leaseLines()).toEqual([{ lease: 'one', state: 'released', guarded: false, undone: true }])
  }
})

test('what supervisord started itself is told from its children, which bear the same name', async () => {
  const code = 'require("child_process").spawn("sleep", ["60"], { stdio: "ignore" }); setInterval(() => {}, 1000)'
  const leader = spawn(process.execPath, ['-e', code], { env: { ...process.env, SUPERVISOR_PROCESS_NAME: name }, detached: true })
  try {
    expect(await until(() => seen([name])[name]?.count === 2)).toBe(true)
    const own = processOf(leader.pid as number)
    expect(seen(['--own', name, `${name}Other`])).toEqual({
      [name]: {
        count: 1,
        now: [{ pid: own?.pid, startTicks: own?.start, state: expect.stringMatching(/^[RS]$/), runs: true }],
        signalled: [],
      },
      [`${name}Other`]: { count: 0, now: [], signalled: [] },
    })
  } finally {
    process.kill(-(leader.pid as number), 'SIGKILL')
  }
})

test('a fault ends by itself when its time is over, though its holder was killed', async () => {
  const child = agent()
  const holder = spawn(process.execPath, [bundle.file, 'hold'], { env: environment(), stdio: ['pipe', 'ignore', 'ignore'] })
  holder.stdin.end(request('ttl', [never(stop('ttl')[0])], 1_500, 60_000))
  expect(await until(() => stateOf(child) === 'T')).toBe(true)
  holder.kill('SIGKILL')
  expect(await until(() => stateOf(child) === 'S')).toBe(true)
  expect(await until(() => leaseLines()[0]?.state === 'expired' && !leaseLines()[0]?.guarded)).toBe(true)
  expect(leaseLines()).toEqual([{ lease: 'ttl', state: 'expired', guarded: false, undone: true }])
  const released = tool(['release', 'ttl'])
  expect(released.lines.map(({ kind }) => kind)).toEqual(['expired', 'undone', 'proof'])
  expect(stateOf(child)).toBe('S')
})

test('a hold that is still applying when its time is over is ended before the undo', async () => {
  const child = agent()
  const [step] = stop('slow')
  const slow = { ...step, apply: { argv: ['sh', '-c', `sleep 1; kill -STOP ${child.pid}`] } } as Step
  const holder = spawn(process.execPath, [bundle.file, 'hold'], { env: environment(), stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  holder.stdin.end(request('slow', [slow], 300))
  await new Promise((resolve) => holder.once('exit', resolve))
  await sleep(1_200)
  expect(stateOf(child)).toBe('S')
})

test('what is kept dead stays dead through every restart, and lives again after the release', async () => {
  let restarts = 0
  const supervise = () => agent().once('exit', () => restarts++ < 5 && supervise())
  supervise()
  const held = tool(['hold'], request('dead', keepDead('dead'), 30_000, 1_000))
  expect(held.exitCode).toBe(0)
  expect(await until(() => restarts === 6)).toBe(true) // the first, and five restarts: all killed
  expect(seen([name])).toEqual({ [name]: { count: 0, now: [], signalled: [] } })
  tool(['release', 'dead'])
  const later = agent()
  await sleep(300)
  expect(stateOf(later)).toBe('S') // nobody is left who would kill it
})

test('what must run while a fault lasts dies with its guard', async () => {
  agent()
  expect(tool(['hold'], request('orphan', keepDead('orphan'))).exitCode).toBe(0)
  process.kill(guardOf('orphan'), 'SIGKILL')
  expect(await until(() => !leaseLines()[0]?.guarded)).toBe(true)
  await sleep(100)
  const later = agent()
  await sleep(300)
  expect(stateOf(later)).toBe('S')
})

test('what was forked when its parent was dead already does not begin', async () => {
  const mark = join(home, 'began')
  const late = { argv: ['sh', '-c', `touch ${mark}; exec sleep 60`] as [string, ...string[]] }
  const [step] = keepDead('late') as readonly [Step]
  agent()
  // A setpriv that is slow to start: the guard is killed between the fork and the request to die with it.
  writeFileSync(join(home, 'setpriv'), '#!/bin/sh\nsleep 0.5\nexec /usr/bin/setpriv "$@"\n', { mode: 0o755 })
  const held = spawnSync(process.execPath, [bundle.file, 'hold'], {
    env: { ...environment(), PATH: `${home}:${process.env.PATH}` },
    input: request('late', [{ ...step, sustain: late }], 30_000, 100),
    encoding: 'utf8',
  })
  expect(held.status).toBe(0)
  process.kill(guardOf('late'), 'SIGKILL')
  await sleep(2_500)
  expect(existsSync(mark)).toBe(false)
})

test('a release ends what a killed guard left running', async () => {
  const child = agent()
  const [step] = stop('left') as readonly [Step]
  // Deaf to the death of its parent, as nothing of ours should be.
  const deaf = { argv: ['setpriv', '--pdeathsig', 'clear', '--', 'sleep', '61'] as [string, ...string[]] }
  expect(tool(['hold'], request('left', [{ ...step, sustain: deaf }])).exitCode).toBe(0)
  const guard = guardOf('left')
  const group = () => pids().filter((pid) => processOf(pid)?.group === guard && processOf(pid)?.state !== 'Z')
  expect(await until(() => group().some((pid) => processOf(pid)?.comm === 'sleep' && commandOf(pid).includes('61')))).toBe(true)
  process.kill(guard, 'SIGKILL')
  await sleep(100)
  expect(group().length).toBeGreaterThan(0)
  expect(tool(['release', 'left']).exitCode).toBe(0)
  expect(await until(() => group().length === 0)).toBe(true)
  expect(stateOf(child)).toBe('S')
})

test('killed once: gone is not proven by the dead one, only by another that runs', async () => {
  agent()
  const held = tool(['hold'], request('once', killOnce('once'), 30_000, 300, 'instant'))
  expect(held.lines.at(-1)).toMatchObject({
    kind: 'proof',
    query: 'effective',
    answer: { processes: { [name]: { count: 0, signalled: [{ isGone: true }] } } },
  })
  const early = spawnSync(process.execPath, [bundle.file, 'release', 'once'], { env: environment(), encoding: 'utf8' })
  expect(early.status).toBe(3)
  expect(early.stderr).toMatch(/^step 0: `tool process .*` says .*"now":\[\].*"isGone":true/) // sweep has nothing else to show
  expect(leaseLines()[0]?.state).toBe('applied')
  agent()
  const late = tool(['release', 'once'])
  expect(late.exitCode).toBe(0)
  expect(late.lines.map(({ kind }) => kind)).toEqual(['undone', 'proof'])
  expect(late.lines[1]).toMatchObject({
    query: 'gone',
    answer: { processes: { [name]: { now: [{ state: 'S', runs: true }], signalled: [{ isGone: true }] } } },
  })
})

test('a target that is not there is said, and nothing is claimed', () => {
  const held = tool(['hold'], request('nobody', stop('nobody'), 30_000, 100))
  expect(held.exitCode).toBe(1)
  expect(held.lines.map(({ kind }) => kind)).toEqual(['armed', 'refused'])
  expect(held.lines[1]).toMatchObject({ stderr: `supervisord runs no process named ${name}\n`, exitCode: 4 })
})

test('a release that comes before its hold wins', () => {
  const child = agent()
  expect(tool(['release', 'early']).exitCode).toBe(0)
  const held = tool(['hold'], request('early', stop('early')))
  expect([held.exitCode, held.lines.map(({ kind }) => kind)]).toEqual([1, ['refused']])
  expect(stateOf(child)).toBe('S')
})

test('an undo that fails is named with its answer, and the other steps are undone all the same', () => {
  const child = agent()
  const broken: Step = {
    machine: 'm' as MachineId,
    undo: { argv: ['sh', '-c', 'echo no way back >&2; exit 3'] },
    apply: { argv: ['true'] },
    effective: { command: { argv: ['echo', '{"is":true}'] }, holds: isSo },
    gone: { command: { argv: ['false'] }, holds: isSo },
  }
  expect(tool(['hold'], request('broken', [...stop('broken'), broken], 30_000, 200)).exitCode).toBe(0)
  const released = tool(['release', 'broken'])
  expect(released.exitCode).toBe(1)
  expect(released.lines.find(({ kind }) => kind === 'failed')).toMatchObject({ index: 1, exitCode: 3, stderr: 'no way back\n' })
  expect(stateOf(child)).toBe('S')
})

test('a lease id that leads elsewhere is refused', async () => {
  const io: Io = {
    print: () => {},
    warn: () => {},
    stdin: async () => '',
    run: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
    signal: new AbortController().signal,
    memory: emptyMemory(),
  }
  for (const lease of ['../../etc', '', '.hidden', 'a/b', `a\n`]) await expect(release([lease], io)).rejects.toThrow('is not a lease id')
})

test('what the machine cannot do is said, and so is what nobody knows how to try', () => {
  const env = { ...environment(), GAUNTLET_SUPERVISOR_SOCKET: join(home, 'nobody.sock') }
  const can = (ability: string) => spawnSync(process.execPath, [bundle.file, 'can', ability], { env, encoding: 'utf8' })
  expect(can('supervisor')).toMatchObject({ status: 1, stderr: expect.stringContaining('ENOENT') })
  expect(can('fly')).toMatchObject({ status: 64, stderr: expect.stringContaining('there are supervisor') })
})

test('an unknown verb names those there are', () => {
  expect(tool(['unhold'])).toMatchObject({
    exitCode: 64,
    stderr: expect.stringMatching(/^no verb "unhold"; there are serve, .*hold, look, release/),
  })
})

/** Effective never comes true, so that the holder is still there to be killed. */
function never(step: Step): Step {
  return { ...step, effective: { command: { argv: ['false'] }, holds: isSo } }
}
