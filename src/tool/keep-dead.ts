/**
 * `tool keep-dead NAME…` kills every new incarnation of these processes at once, until it is killed itself. It looks at ids it has
 * not seen before, and only when the kernel has given one out: a look then costs a few bytes, and the machine is idle meanwhile.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { named, pids, processOf, signal, supervisedName } from './proc.ts'
import { areNames, type Io, misused } from './verb.ts'

/** A program takes longer than this until it listens anywhere; more looks would only cost. */
const lookEveryMs = 25
/** A fork carries its parent's environment until it execs; supervisord's children do so well within this. */
const youngMs = 2_000

export async function keepDead(names: readonly string[], io: Io): Promise<number> {
  if (!areNames('keep-dead', names, io)) return misused
  for (const target of [...named(names).values()].flat()) signal(target, 'SIGKILL')
  const wanted = new Set(names)
  let settled = new Set<number>()
  const young = new Map<number, number>()
  let newest = ''
  for (; ; await sleep(lookEveryMs)) {
    const given = newestId()
    if (given === newest && young.size === 0) continue
    newest = given
    const nowMs = performance.now()
    const present = pids()
    for (const pid of present) {
      if (settled.has(pid)) continue
      const seenMs = young.get(pid) ?? nowMs
      young.set(pid, seenMs)
      const name = supervisedName(pid)
      if (name !== undefined && wanted.has(name)) kill(pid)
      else if (name !== undefined || nowMs - seenMs > youngMs) settled.add(pid)
    }
    const here = new Set(present)
    settled = settled.intersection(here)
    for (const pid of young.keys()) if (!here.has(pid) || settled.has(pid)) young.delete(pid)
  }
}

/** The id that was given out last in this namespace of processes; the kernel counts them up. */
function newestId(): string {
  return readFileSync('/proc/loadavg', 'utf8').trim().split(' ').at(-1) ?? ''
}

function kill(pid: number): void {
  const target = processOf(pid)
  if (target) signal(target, 'SIGKILL')
}
