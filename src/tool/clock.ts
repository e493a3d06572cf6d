/**
 * The clock of the machine's processes, set wrong by a lease: of all that live in the machine's own container, supervisord included.
 *
 *     tool clock set --lease ID --offset-ms N --drift-ms-per-s D
 *     tool clock keep --lease ID      follows the drift, and reaches who is started or replaced by another program, until it is killed
 *     tool clock back --lease ID
 *     tool clock can                  tries it on a process of its own
 *     tool clock-state --lease ID
 *
 * The state is read from the memory of every process, and then one of them is asked for the time: supervisord, which tells whole seconds.
 */
import { spawn } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Static } from 'typebox'
import type { clock as clocks } from '../answers/clock.ts'
import { supervisorSocket } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import { type Flags, flags, one } from './flags.ts'
import { kernelNowMs, note, noted } from './lease-folder.ts'
import { pids, processOf } from './proc.ts'
import { ownVdso, restore, shift, shiftOf, type Vdso } from './vdso.ts'
import { done, failed, type Io, misused, refuse } from './verb.ts'

const lookEveryMs = 100
/** A child of supervisord becomes another program, with a vDSO of its own, well within this. */
const youngMs = 2_000
const lookAtOldEveryMs = 1_000
/** Of what supervisord says: it cuts off, and takes a moment to answer. */
const toleranceS = 2

export async function clock([deed = '', ...args]: readonly string[], io: Io): Promise<number> {
  if (deed === 'can') return can(io)
  const found = flags(args, ['lease', 'offset-ms', 'drift-ms-per-s'])
  const lease = one(found, 'lease')
  if (deed === 'set') return set(lease, found, io)
  if (deed === 'keep') return keep(lease)
  if (deed === 'back') return back(lease, io)
  io.warn(`a clock can be set, kept, or brought back; not ${JSON.stringify(deed)}`)
  return misused
}

async function set(lease: string, found: Flags, io: Io): Promise<number> {
  const own = ownVdso()
  const there = processesOfMachine()
  const taken = there.filter((pid) => attempt(() => shiftOf(pid, own)) !== undefined)
  if (taken.length > 0) return refuse(io, `another lease has set the clock of ${taken.length} processes`)
  const [offsetMs, driftMsPerS] = [Number(one(found, 'offset-ms')), Number(one(found, 'drift-ms-per-s'))]
  note(lease, 'clock', { offsetMs, driftMsPerS, atMs: kernelNowMs() })
  const reached = there.filter((pid) => attempt(() => shift(pid, wantedNs(lease), own) ?? true))
  io.print(`the clock of ${reached.length} processes is set`)
  return reached.length > 0 ? done : failed
}

/** Looks at young processes again and again, at old ones now and then, and at all of them where the offset moves. */
async function keep(lease: string): Promise<number> {
  const own = ownVdso()
  const drifts = noted(lease, 'clock')?.driftMsPerS !== 0
  const seenMs = new Map<number, number>()
  for (let oldMs = 0; ; await sleep(lookEveryMs)) {
    const nowMs = performance.now()
    const all = processesOfMachine()
    const isRound = nowMs - oldMs >= lookAtOldEveryMs
    if (isRound) oldMs = nowMs
    for (const pid of all) {
      const firstMs = seenMs.get(pid) ?? nowMs
      seenMs.set(pid, firstMs)
      if (!drifts && !isRound && nowMs - firstMs > youngMs) continue
      attempt(() => (drifts || shiftOf(pid, own) === undefined ? shift(pid, wantedNs(lease), own) : undefined))
    }
    const here = new Set(all)
    for (const pid of seenMs.keys()) if (!here.has(pid)) seenMs.delete(pid)
  }
}

async function back(lease: string, io: Io): Promise<number> {
  if (noted(lease, 'clock') === undefined) return done // it was never set
  const own = ownVdso()
  const there = processesOfMachine()
  for (const pid of there) attempt(() => restore(pid, own))
  io.print(`the clock of ${there.length} processes is the kernel's`)
  return done
}

export async function clockState(args: readonly string[]): Promise<Static<typeof clocks.answer>> {
  const lease = one(flags(args, ['lease']), 'lease')
  if (noted(lease, 'clock') === undefined) return { isSet: false, processes: 0, wrong: 0, right: 0, supervisord: null }
  const own = ownVdso()
  const all = processesOfMachine()
  const wrong = all.filter((pid) => attempt(() => shiftOf(pid, own)) !== undefined).length
  const setS = Number(wantedNs(lease)) / 1e9
  const wantedS = wrong > 0 ? setS : 0
  const offS = (await supervisordNowS()) - Date.now() / 1000
  const isCoarse = Math.abs(setS) <= 2 * toleranceS // then its whole seconds cannot tell one from the other
  const fits = isCoarse || Math.abs(offS + 0.5 - wantedS) <= toleranceS
  return { isSet: true, processes: all.length, wrong, right: all.length - wrong, supervisord: { offS: Math.round(offS), wantedS, fits } }
}

async function supervisordNowS(): Promise<number> {
  const { supervisor } = await import('./supervisor.ts') // its XML parser would delay every other verb
  const control = supervisor(process.env.GAUNTLET_SUPERVISOR_SOCKET ?? join(targetRoot, supervisorSocket))
  const [first] = await control.getAllProcessInfo()
  if (first === undefined) throw new Error('supervisord knows no process, and so does not tell the time')
  return first.now
}

function wantedNs(lease: string): bigint {
  const { offsetMs = 0, driftMsPerS = 0, atMs = 0 } = noted(lease, 'clock') ?? {}
  return BigInt(Math.round((offsetMs + (driftMsPerS * (kernelNowMs() - atMs)) / 1000) * 1e6))
}

/** Those that see the machine's files. The tool container's own see others, and must tell the right time. */
function processesOfMachine(): number[] {
  const machine = readlinkSync('/proc/1/ns/mnt')
  if (readlinkSync('/proc/self/ns/mnt') === machine) throw new Error('this is no tool container: nobody could tell whose clock is meant')
  return pids().filter((pid) => attempt(() => readlinkSync(`/proc/${pid}/ns/mnt`)) === machine && !['Z', 'X'].includes(stateOf(pid)))
}

function stateOf(pid: number): string {
  return processOf(pid)?.state ?? 'X'
}

/** @returns undefined where the process ended meanwhile. @throws whatever else it does */
function attempt<T>(deed: () => T): T | undefined {
  try {
    return deed()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH' || /has no vDSO|memory of process \d+ ended/.test(String(error))) return undefined
    throw error
  }
}

const trialMs = 3_600_000

/** On a process of our own: that it may be done, and that it is felt. */
async function can(io: Io): Promise<number> {
  const own: Vdso = ownVdso()
  const child = spawn(
    process.execPath,
    ['-e', 'process.stdin.once("data", () => process.stdout.write(String(Date.now()), () => process.exit()))'],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  )
  const said = new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())))
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve('')))
  await new Promise((resolve) => child.once('spawn', resolve))
  shift(child.pid as number, BigInt(trialMs) * 1_000_000n, own)
  child.stdin.end('now\n')
  const readMs = Number(await Promise.race([said, ended]))
  const offMs = readMs - Date.now()
  io.print(`a process reads the time ${(offMs / 1000).toFixed(1)} s off, where ${trialMs / 1000} s are wanted`)
  return Math.abs(offMs - trialMs) < 10_000 ? done : failed
}
