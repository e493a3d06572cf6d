/**
 * `tool keep-dead NAME…` kills every new incarnation of these processes at once, until it is killed itself. It looks at ids it has
 * not seen before, so that a look costs one listing of /proc and not the environment of everyone.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { named, pids, processOf, signal, supervisedName } from './proc.ts'
import { type Io, misused } from './verb.ts'

const lookEveryMs = 10
/** A fork carries its parent's environment until it execs; supervisord's children do so well within this. */
const youngMs = 2_000

export async function keepDead(names: readonly string[], io: Io): Promise<number> {
  if (names.length === 0) {
    io.warn('keep-dead needs the names of processes')
    return misused
  }
  for (const target of [...named(names).values()].flat()) signal(target, 'SIGKILL')
  const wanted = new Set(names)
  let settled = new Set<number>()
  const young = new Map<number, number>()
  for (;;) {
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
    await sleep(lookEveryMs)
  }
}

function kill(pid: number): void {
  const target = processOf(pid)
  if (target) signal(target, 'SIGKILL')
}
