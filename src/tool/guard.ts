/**
 * The process beside the fault that ends it when its time is over, whatever became of everyone else. It is a shell that sleeps,
 * not a Node that waits: it starts in two milliseconds, so that arming does not delay the fault, and weighs nothing.
 *
 * What must run while the fault lasts runs as its children, once it hears `go`. Each child asks the kernel to be killed when its
 * parent dies, and all are in the guard's own process group, so that none survives the guard by any way.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from '../faults/fault.ts'
import { leaseFile, note, noted } from './lease-folder.ts'
import { type Incarnation, isAlive, type Process, pids, processOf, signalGroup } from './proc.ts'
import type { HoldRequest } from './protocol.ts'

/**
 * Before a command in one of the scripts below. The kernel tells only of deaths to come: a parent that died between the fork and the
 * request is told of by nobody, so that the child looks once more before it begins.
 */
const dieWithParent = `setpriv --pdeathsig KILL -- sh -c '[ "$PPID" = "$0" ] && exec "$@"' $$`

export interface Guard {
  /** Starts what must run while the fault lasts. */
  go(): Promise<void>
}

/** Returns once the time to live is running. */
export async function arm({ lease, ttlMs, steps }: HoldRequest): Promise<Guard> {
  const sustained = steps.flatMap(({ index, step }) => (step.sustain ? [sustain(lease, index, step.sustain)] : []))
  const log = openSync(leaseFile(lease, 'guard.log'), 'a')
  const child = spawn('/bin/sh', ['-c', script(lease, ttlMs, sustained)], { detached: true, stdio: ['ignore', log, log, 'pipe'] })
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject)).finally(() => closeSync(log))
  const born = processOf(child.pid as number)
  if (!born) throw new Error('the guard ended as soon as it was started')
  note(lease, 'guard', { pid: born.pid, start: born.start })
  child.unref()
  const ear = child.stdio[3] as Socket
  ear.on('error', () => {}) // a guard without children does not listen
  ear.unref()
  return { go: () => new Promise((resolve) => ear.end('go\n', () => resolve())) }
}

/** `read` gives up when the holder dies without a word: then nothing was applied that needs sustaining. */
function script(lease: string, ttlMs: number, sustained: readonly string[]): string {
  const expire = [process.execPath, ...process.execArgv, process.argv[1] as string, 'expire', lease].map(quoted).join(' ')
  const chorus = `read -r go <&3 && { ${sustained.map((command) => `${command} & `).join('')}wait; }`
  return [
    `${dieWithParent} sleep ${ttlMs / 1000} 3<&- & timer=$!`,
    `echo $timer >${quoted(timerFile(lease))}`,
    sustained.length > 0 ? `${dieWithParent} sh -c ${quoted(chorus)} 3<&3 &` : '',
    'exec 3<&-',
    'wait $timer',
    `exec ${expire}`,
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function sustain(lease: string, index: number, { argv, stdin }: Command): string {
  const file = leaseFile(lease, `sustain-${index}.stdin`)
  writeFileSync(file, stdin ?? '')
  const own = argv[0] === 'tool' ? [process.execPath, ...process.execArgv, process.argv[1] as string, ...argv.slice(1)] : argv
  return `${dieWithParent} ${own.map(quoted).join(' ')} <${quoted(file)}`
}

export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Ends the guard with all its children, and whoever still applies the lease, and waits until they are gone. The guard may call it of itself. */
export async function disarm(lease: string): Promise<void> {
  await endHolder(lease)
  const guard = noted(lease, 'guard')
  if (guard && guard.pid !== process.pid) await end(guard)
  if (guard) for (const child of restOfGroup(guard)) await end(child)
}

/** The same, but the guard itself and its timer: should whoever undoes now be killed, the guard does it when its time is over. */
export async function silence(lease: string): Promise<void> {
  const guard = noted(lease, 'guard')
  const timer = timerOf(lease)
  if (guard === undefined || timer === undefined) return disarm(lease) // without its timer it would begin at once
  await endHolder(lease)
  const others = () => restOfGroup(guard).filter(({ pid }) => pid !== timer)
  for (let left = others(); left.length > 0; left = others()) for (const child of left) await end(child)
}

/** Also what it left running, where it was killed itself. */
async function endHolder(lease: string): Promise<void> {
  const holder = noted(lease, 'holder')
  if (holder === undefined || holder.pid === process.pid) return
  await end(holder)
  for (const child of restOfGroup(holder)) await end(child)
}

function timerFile(lease: string): string {
  return leaseFile(lease, 'timer')
}

/** @returns undefined where the guard has not come so far */
function timerOf(lease: string): number | undefined {
  try {
    return Number(readFileSync(timerFile(lease), 'utf8')) || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Also of a guard that was killed. Its id is nobody else's for as long as its group has members, unless a new process leads it. */
function restOfGroup({ pid, start }: Incarnation): Process[] {
  const leader = processOf(pid)
  if (leader !== undefined && leader.start !== start) return []
  return pids()
    .map(processOf)
    .filter((other): other is Process => other !== undefined && other.group === pid && other.pid !== pid && other.start >= start)
}

async function end(target: Incarnation): Promise<void> {
  for (let tries = 0; tries < 400 && signalGroup(target, 'SIGKILL'); tries += 1) await sleep(5)
  if (isAlive(target)) throw new Error(`process ${target.pid} does not end`)
}
