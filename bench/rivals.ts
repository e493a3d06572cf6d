/**
 * From a command to its effect, beside Chaos Toolkit doing the same to the same process of the same fleet. Ours is given to a harness
 * that runs; theirs is timed from the start of `chaos run`, which is its command, and once more from the start of its action to that
 * action's end, by its own journal. The effect is what the kernel shows. It stands for the other tools: Pumba comes
 * as a container image only, and none could be pulled where this was measured.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { once } from '../src/base/gather.ts'
import { poll } from '../src/base/poll.ts'
import type { FaultKind } from '../src/faults/index.ts'
import { samplePlan } from '../src/faults/samples.ts'
import { holdFault, type Lease } from '../src/run/hold.ts'
import { mainpc, never, processes, type SmallFleet, until, well, worker } from '../suites/small-fleet.ts'
import { byTurns } from './by-turns.ts'
import { atMost, type Row } from './row.ts'

const rounds = 9
const version = '1.19.0'
const lookEveryMs = 2
const patienceMs = 30_000

/** @param folder where its private Python lives, made at the first call */
export function rivalRows(small: () => Promise<SmallFleet>, folder: string): readonly Row[] {
  const chaos = once(() => chaosToolkit(folder))
  const pair = (name: string, what: string, kind: FaultKind, signal: 'STOP' | 'KILL'): readonly Row[] => {
    const measured = once(async () => against(await small(), chaos(), folder, kind, signal))
    const row = { what: `command → ${what}, as the kernel shows it`, unit: 'ms' } as const
    return [
      {
        ...row,
        id: `chaos-run-${name}`,
        how: `\`${kind}\` by a harness that runs, in turn with Chaos Toolkit ${version} from the start of its command; the one in the middle of ${rounds}.`,
        against: '`chaos run`, its process action without undo or proof',
        measure: async () => {
          const { oursMs, runMs } = await measured()
          return { value: oursMs, other: runMs }
        },
      },
      {
        ...row,
        id: `chaos-action-${name}`,
        how: "The same, against the duration of its action alone by Chaos Toolkit's own journal.",
        against: 'that action alone, within an experiment that runs',
        target: atMost(0.25, 'ratio'),
        measure: async () => {
          const { oursMs, actionMs } = await measured()
          return { value: oursMs, other: actionMs }
        },
      },
    ]
  }
  return [...pair('stop', 'process stopped', 'process-stop', 'STOP'), ...pair('kill', 'process killed', 'process-kill', 'KILL')]
}

async function against(small: SmallFleet, chaos: string, folder: string, kind: FaultKind, signal: 'STOP' | 'KILL') {
  const tool = (await small.fleet.containers()).find(({ name }) => name.includes(`tool-${mainpc}`))?.id ?? ''
  const experiment = join(folder, `${kind}.json`)
  const journal = join(folder, 'journal.json')
  const run = ['--no-version-check', '--log-file', '/dev/null', 'run', '--journal-path', journal, experiment]
  return byTurns(rounds, async (round) => {
    const lease = `rival-${kind}-${round}`
    const plan = samplePlan(small.topology, kind, lease)
    let held: Lease | undefined
    const oursMs = await timed(small, async () => {
      held = await holdFault(small.fleet, { lease, kind, plan, holdMs: 60_000 }, { write: () => {}, signal: never })
    })
    await held?.release()
    await whenWell(small)
    const pid = await pidOf(small)
    writeFileSync(experiment, JSON.stringify(experimentOf(['--host', small.ready.engine, 'exec', tool, 'kill', `-${signal}`, `${pid}`])))
    const runMs = await timed(small, () => ended(spawn(chaos, run, { stdio: 'ignore' })))
    const { run: actions } = JSON.parse(readFileSync(journal, 'utf8')) as { run: readonly { duration: number }[] }
    if (signal === 'STOP') await small.fleet.tool(mainpc).run(['kill', '-CONT', `${pid}`])
    await whenWell(small)
    return { oursMs, runMs, actionMs: (actions[0]?.duration ?? Number.NaN) * 1_000 }
  })
}

const startMs = 10_000

async function pidOf(small: SmallFleet): Promise<number> {
  // Its supervisor counts it as running a second after its start.
  const asked = async () => (await processes(small, mainpc)).get('Worker')
  const pid = await poll(asked, (found) => found !== undefined, { withinMs: startMs, everyMs: 200 })
  if (pid === undefined) throw new Error(`${worker} does not run`)
  return pid
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
  const inside = await pidOf(small)
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isWorker(name, inside))
  if (found.length !== 1)
    throw new Error(`this host shows ${found.length} processes of ${worker}; the bench needs an engine on this host, and root`)
  return Number(found[0])
}

function isWorker(pid: string, inside: number): boolean {
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
