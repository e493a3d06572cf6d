/**
 * From a command to its effect, beside Chaos Toolkit doing the same to the same process of the same fleet. Ours is given to a harness
 * that runs; theirs is timed from the start of `chaos run`, which is its command, and once more from the start of its action to that
 * action's end, by its own journal. The effect is what the kernel shows. Pumba is on no registry that can be reached from here, so that
 * it is not compared.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultKind } from '../src/faults/index.ts'
import { samplePlan } from '../src/faults/samples.ts'
import { holdFault, type Lease } from '../src/run/hold.ts'
import { mainpc, never, type SmallFleet, until, well, worker } from '../suites/small-fleet.ts'

export interface Rival {
  /** Medians in ms. */
  readonly oursMs: number
  readonly chaosRunMs: number
  readonly chaosActionMs: number
}

export interface RivalsBench {
  readonly stop: Rival
  readonly kill: Rival
}

const rounds = 9
const version = '1.19.0'
const lookEveryMs = 2
const patienceMs = 30_000

/** @param folder where its private Python lives, made at the first call */
export async function benchRivals(small: SmallFleet, folder: string): Promise<RivalsBench> {
  const chaos = chaosToolkit(folder)
  return {
    stop: await against(small, chaos, folder, 'process-stop', 'STOP'),
    kill: await against(small, chaos, folder, 'process-kill', 'KILL'),
  }
}

async function against(small: SmallFleet, chaos: string, folder: string, kind: FaultKind, signal: 'STOP' | 'KILL'): Promise<Rival> {
  const tool = (await small.fleet.containers()).find(({ name }) => name.includes(`tool-${mainpc}`))?.id ?? ''
  const times = { ours: [] as number[], run: [] as number[], action: [] as number[] }
  const experiment = join(folder, `${kind}.json`)
  const journal = join(folder, 'journal.json')
  for (let round = 0; round < rounds; round += 1) {
    const lease = `rival-${kind}-${round}`
    const plan = samplePlan(small.topology, kind, lease)
    let held: Lease | undefined
    const ours = async () => {
      held = await holdFault(small.fleet, { lease, kind, plan, holdMs: 60_000 }, { write: () => {}, signal: never })
    }
    times.ours.push(await timed(small, ours))
    await held?.release()
    await whenWell(small)
    const { stdout } = await small.fleet.tool(mainpc).run(['tool', 'process', 'Worker'])
    const pid = /pid=(\d+)/.exec(stdout)?.[1] ?? ''
    writeFileSync(experiment, JSON.stringify(experimentOf(['--host', small.ready.engine, 'exec', tool, 'kill', `-${signal}`, pid])))
    times.run.push(
      await timed(small, () =>
        ended(
          spawn(chaos, ['--no-version-check', '--log-file', '/dev/null', 'run', '--journal-path', journal, experiment], {
            stdio: 'ignore',
          }),
        ),
      ),
    )
    const { run } = JSON.parse(readFileSync(journal, 'utf8')) as { run: readonly { duration: number }[] }
    times.action.push((run[0]?.duration ?? Number.NaN) * 1_000)
    if (signal === 'STOP') await small.fleet.tool(mainpc).run(['kill', '-CONT', pid])
    await whenWell(small)
  }
  return { oursMs: median(times.ours), chaosRunMs: median(times.run), chaosActionMs: median(times.action) }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => child.once('close', () => done()).once('error', fail))
}

/** Its own process action, and nothing beside it: no look before, no proof after, no undo. */
function experimentOf(args: readonly string[]) {
  return {
    title: 'one fault',
    description: 'as bare as it can be',
    method: [{ type: 'action', name: 'hurt', provider: { type: 'process', path: 'docker', arguments: args } }],
    rollbacks: [],
  }
}

function chaosToolkit(folder: string): string {
  const chaos = join(folder, 'bin', 'chaos')
  if (existsSync(chaos)) return chaos
  mkdirSync(folder, { recursive: true })
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' })
  execFileSync(join(folder, 'bin', 'pip'), ['install', '--quiet', `chaostoolkit==${version}`], { stdio: 'inherit' })
  return chaos
}

/** From the command until the worker's process, as this host sees it, is stopped or gone. */
async function timed(small: SmallFleet, command: () => Promise<void>): Promise<number> {
  const pid = await hostPidOf(small)
  const beganMs = performance.now()
  const over = command()
  while (isRunning(pid)) {
    if (performance.now() - beganMs > patienceMs) throw new Error(`a command had no effect within ${patienceMs} ms`)
    await sleep(lookEveryMs)
  }
  const tookMs = performance.now() - beganMs
  await over
  return tookMs
}

function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !['T', 'Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3))
  } catch {
    return false
  }
}

/** The worker's id outside of its machine: containers' processes stand in this host's table, each with its environment. */
async function hostPidOf(small: SmallFleet): Promise<number> {
  const { stdout } = await small.fleet.tool(mainpc).run(['tool', 'process', 'Worker'])
  const inside = /pid=(\d+)/.exec(stdout)?.[1] ?? ''
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isWorker(name, inside))
  if (found.length !== 1)
    throw new Error(`this host shows ${found.length} processes of ${worker}; the bench needs an engine on this host, and root`)
  return Number(found[0])
}

function isWorker(pid: string, inside: string): boolean {
  try {
    const own = new RegExp(`^NSpid:.*\\s${inside}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return own && readFileSync(`/proc/${pid}/environ`, 'utf8').includes('SUPERVISOR_PROCESS_NAME=Worker\0')
  } catch {
    return false
  }
}

async function whenWell(small: SmallFleet): Promise<void> {
  if (!(await until(async () => (await small.health(worker)) === well, patienceMs))) throw new Error(`${worker} did not come back`)
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
