/**
 * How long the fleet takes from the beginning of its boot scripts, on machines where nothing runs but supervisord, to the last healthy
 * agent, beside the floor: the CPU seconds of as many bare Node HTTP servers, divided by the cores. The floor is measured before and
 * after, in the same image, so that whatever else the machine does weighs on both.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { once } from '../src/base/gather.ts'
import { bringUp, type Fleet } from '../src/fleet/fleet.ts'
import type { MachineId } from '../src/fleet/topology.ts'
import { usual } from '../src/journal/asked-for.ts'
import type { BootEvent } from '../src/journal/event.ts'
import { boot } from '../src/run/boot.ts'
import { bringUpOf } from '../src/run/bring-up.ts'
import { fleetRequestOf } from '../src/run/request.ts'
import type { Ready } from '../src/setup/prepare.ts'
import { atMost, type Group } from './row.ts'

interface StartUp {
  readonly startUpMs: number
  readonly floorMs: number
  /** Anonymous memory of the machines' containers, by their cgroups. */
  readonly memoryMb: number
}

const never = new AbortController().signal
const ticksPerSecond = 100 // USER_HZ, the same on every Linux
const bootMs = 120_000
/** For the engine to be done with the containers it has just started. */
const quietMs = 3_000
/** It is the noisiest of all: the one in the middle of five counts. */
const rounds = 5

export function startUpRows(ready: () => Promise<Ready>): Group {
  const measured = once(async () => {
    const all: StartUp[] = []
    for (let round = 0; round < rounds; round += 1) all.push(await startUp(await ready()))
    return all.toSorted((a, b) => a.startUpMs / a.floorMs - b.startUpMs / b.floorMs)[rounds >> 1] as StartUp
  })
  const row = {
    id: 'start-up',
    what: '77 agents healthy from cold',
    how: `From the beginning of the boot scripts, on machines that run nothing yet, to the last healthy agent; the one in the middle of ${rounds}.`,
    unit: 's',
    against: 'CPU seconds of 77 bare Node HTTP servers ÷ cores',
    measure: async () => {
      const { startUpMs, floorMs } = await measured()
      return { value: startUpMs / 1000, other: floorMs / 1000 }
    },
  } as const
  const memory = {
    id: 'start-up-memory',
    what: 'memory of the 77, their machines included',
    how: 'The proportional share of every process on both machines, so that what they have in common counts once.',
    unit: 'MB',
    target: atMost(1536),
    measure: async () => ({ value: (await measured()).memoryMb }),
  } as const
  return { rows: [row, memory] }
}

async function startUp(ready: Ready): Promise<StartUp> {
  const request = fleetRequestOf(usual)
  const { topology } = request.configs
  const agents = topology.agents.size
  const before = floorMsOf(agents, ready)
  const directory = mkdtempSync(join(tmpdir(), 'gauntlet-bench-'))
  try {
    await using fleet = await bringUp(bringUpOf(request, ready, { run: `bench-${process.pid}`, directory, seed: 0 }), never)
    await fleet.observer().run(['node', '-e', 'process.kill(1, "SIGTERM")'], { timeoutMs: 5_000 }) // it measures others, and costs what is measured here
    await sleep(quietMs)
    const answers = (await boot(fleet, [...topology.machines.keys()], bootMs, never)).filter(({ dryRun }) => !dryRun)
    const spans = await Promise.all(answers.map((answer) => spanOf(fleet, answer)))
    const startUpMs = Math.max(...spans.map(({ endMs }) => endMs)) - Math.min(...spans.map(({ startMs }) => startMs))
    const memoryMb = await memoryMbOf(fleet, [...topology.machines.keys()])
    const after = floorMsOf(agents, ready)
    return { startUpMs, floorMs: (before + after) / 2, memoryMb }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** On the kernel's clock: from the beginning of the machine's boot script to its last healthy agent. */
async function spanOf(fleet: Fleet, answer: BootEvent): Promise<{ readonly startMs: number; readonly endMs: number }> {
  const [first] = answer.started
  const healthyMs = answer.started.map(({ healthyMs }) => healthyMs ?? Number.POSITIVE_INFINITY)
  if (first === undefined || !answer.ok) throw new Error(`${answer.machine} did not boot: ${JSON.stringify(answer.findings)}`)
  const name = first.agent.replace(/^.*\//, '')
  const machine = fleet.machine(answer.machine as MachineId)
  const { stdout: pid } = await machine.run(['supervisorctl', 'pid', name])
  const { stdout: stat } = await machine.run(['cat', `/proc/${Number(pid)}/stat`])
  const startTicks = Number(stat.replace(/^.*\) /s, '').split(' ')[19])
  const startMs = (startTicks / ticksPerSecond) * 1000 - first.startedMs
  return { startMs, endMs: startMs + Math.max(...healthyMs) }
}

/**
 * CPU seconds of bare servers started all at once, ÷ cores: what no start-up of as many processes can go below. Each tells what it has
 * used by itself, to the microsecond: /proc counts in ticks of 10 ms, rounded down, of which a start takes only three.
 */
function floorMsOf(servers: number, { engine, images }: Ready): number {
  const script = `
    const { spawn } = require('node:child_process')
    const bare = "require('node:http').createServer((q, s) => s.end('ok'))" +
      ".listen(0, () => { const { user, system } = process.cpuUsage(); process.stdout.write(String(user + system)) })"
    const children = Array.from({ length: ${servers} }, () => spawn(process.execPath, ['-e', bare], { stdio: ['ignore', 'pipe', 'ignore'] }))
    Promise.all(children.map((child) => new Promise((listening) => child.stdout.once('data', listening)))).then((told) => {
      console.log(told.reduce((sum, usedUs) => sum + Number(usedUs), 0))
      for (const child of children) child.kill('SIGKILL')
    })`
  const args = [
    '--host',
    engine,
    'run',
    '--rm',
    '--network',
    'none',
    '--label',
    'gauntlet.bench=1',
    '--entrypoint',
    'node',
    images.machine,
    '-e',
    script,
  ]
  const usedUs = Number(execFileSync('docker', args, { encoding: 'utf8', timeout: 120_000 }))
  if (!(usedUs > 0)) throw new Error('the bare servers did not say what they used')
  return usedUs / 1000 / cpus().length
}

/** As the processes themselves have it: their proportional share, so that what 77 of them have in common counts once. */
async function memoryMbOf(fleet: Fleet, machines: readonly MachineId[]): Promise<number> {
  const sum = "cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print sum }'"
  const kilobytes = await Promise.all(machines.map(async (machine) => Number((await fleet.tool(machine).run(['sh', '-c', sum])).stdout)))
  return kilobytes.reduce((all, own) => all + own, 0) / 1024
}
