/**
 * Starts the Docker engine of this machine, with systemd or without it. What a killed engine leaves behind is told from an engine
 * that runs: a pid file whose process is gone, or is by now somebody else, would keep a new engine from starting.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import { GauntletError } from '../base/errors.ts'
import { poll } from '../base/poll.ts'
import { run } from '../base/program.ts'

const startMs = 90_000
/** An engine that is there already has had its time. */
const runningMs = 20_000
const engineLog = '/var/log/gauntlet-dockerd.log'

/** Pid files of the engine, each with the program that has to be behind it. */
const pidFiles = [
  ['/var/run/docker.pid', 'dockerd'],
  ['/var/run/docker/containerd/containerd.pid', 'containerd'],
] as const

export type PidFileState = { readonly kind: 'absent' } | { readonly kind: 'stale' } | { readonly kind: 'running'; readonly pid: number }

/** @param commandOf name of the program that runs under a pid, undefined when none does */
export function pidFileState(text: string | undefined, program: string, commandOf: (pid: number) => string | undefined): PidFileState {
  if (text === undefined) return { kind: 'absent' }
  const pid = /^\d+$/.test(text.trim()) ? Number(text.trim()) : 0
  return pid > 0 && commandOf(pid) === program ? { kind: 'running', pid } : { kind: 'stale' }
}

/** Brings it to the point where `answers` says so. @throws GauntletError with the end of the engine's log */
export async function startEngine(answers: () => Promise<boolean>, clock: Clock, note: (text: string) => void): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new GauntletError('environment/root', 'to start the Docker engine, since none answers', {
      cause: `this is uid ${process.getuid?.()}`,
    })
  }
  const pid = await clearStale(note)
  if (pid !== undefined) {
    note(`waiting for dockerd (pid ${pid}), which is there and does not answer yet`)
    if (await becomes(answers, () => false, runningMs, clock)) return
    throw new GauntletError('environment/engine', `to reach dockerd, which runs as pid ${pid}`, {
      cause: `no answer in ${runningMs / 1000} s`,
    })
  }
  const ended = await launch(note)
  if (await becomes(answers, ended, startMs, clock)) return
  throw new GauntletError('environment/engine', 'to start dockerd', { cause: `the end of ${engineLog}:\n${await logTail()}` })
}

/** Not longer than there is somebody to answer. */
async function becomes(answers: () => Promise<boolean>, ended: () => boolean, withinMs: number, clock: Clock): Promise<boolean> {
  const last = await poll(
    async () => ({ isUp: await answers(), isOver: ended() }),
    ({ isUp, isOver }) => isUp || isOver,
    { withinMs, everyMs: 250, clock },
  )
  return last.isUp
}

/** Removes stale pid files; gives the pid of an engine that runs after all. */
async function clearStale(note: (text: string) => void): Promise<number | undefined> {
  for (const [path, program] of pidFiles) {
    const state = pidFileState(await read(path), program, commandOf)
    if (state.kind === 'running' && program === 'dockerd') return state.pid
    if (state.kind !== 'stale') continue
    note(`removing ${path}, left by an engine that is gone`)
    await rm(path, { force: true })
  }
  return undefined
}

/** @returns whether the engine it started has ended already */
async function launch(note: (text: string) => void): Promise<() => boolean> {
  if (existsSync('/run/systemd/system')) {
    note('systemctl start docker')
    if ((await run(['systemctl', 'start', 'docker'], { timeoutMs: startMs })).exitCode === 0) return () => false
  }
  await mountCgroups()
  note(`starting dockerd, log in ${engineLog}`)
  const log = await open(engineLog, 'a')
  // Not through base/program.ts: it outlives us, so that there is neither an end of it to wait for nor a bound to its time.
  const child = spawn('dockerd', [], { detached: true, stdio: ['ignore', log.fd, log.fd], cwd: '/' })
  let ended = false
  child.once('error', () => {
    ended = true
  })
  child.once('exit', () => {
    ended = true
  })
  child.unref()
  await log.close()
  return () => ended
}

/** Where no init did it: without any cgroup the engine refuses to start. */
async function mountCgroups(): Promise<void> {
  if (/ - cgroup2? /.test((await read('/proc/self/mountinfo')) ?? '')) return
  await mkdir('/sys/fs/cgroup', { recursive: true })
  await run(['mount', '-t', 'cgroup2', 'cgroup2', '/sys/fs/cgroup'], { timeoutMs: 10_000 })
}

/** A zombie is gone already: where nobody reaps, its pid stays. */
function commandOf(pid: number): string | undefined {
  try {
    const [, command, state] = /^\d+ \((.*)\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return state === 'Z' || state === 'X' ? undefined : command
  } catch {
    return undefined
  }
}

async function logTail(): Promise<string> {
  const lines = ((await read(engineLog)) ?? '').trim().split('\n')
  return lines.slice(-8).join('\n')
}

function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
