/**
 * `tool process NAME…` says what the kernel shows of the processes that supervisord runs under these names. With `--lease ID`, those that
 * the lease has signalled are told from those that there are now. With `--own` before the names, only those that supervisord started
 * itself: each leads a group, and children inherit no more than the name.
 */
import type { Static } from 'typebox'
import type { process } from '../answers/processes.ts'
import { flags } from './flags.ts'
import { noted } from './lease-folder.ts'
import { type Incarnation, isAlive, named, type Process } from './proc.ts'

export async function processes(args: readonly string[]): Promise<Static<typeof process.answer>> {
  const found = flags(args, ['lease', 'own'])
  const [lease] = found.lease ?? []
  const names = found.own ?? found[''] ?? []
  const signalled = (lease === undefined ? undefined : noted(lease, 'signalled')) ?? []
  const entries = [...named(names)].map(([name, all]) => {
    const list = found.own === undefined ? all : all.filter(({ pid, group }) => pid === group)
    const now = list.filter((each) => !signalled.some((old) => isSame(old, each)))
    const old = signalled.filter((each) => each.name === name)
    return [
      name,
      { count: now.length, now: now.map(shown), signalled: old.map((each) => ({ ...ids(each), isGone: !isAlive(each) })) },
    ] as const
  })
  return { processes: Object.fromEntries(entries) }
}

function shown(process: Process) {
  return { ...ids(process), state: process.state, runs: ['R', 'S', 'D', 'I'].includes(process.state) }
}

function ids({ pid, start }: Incarnation) {
  return { pid, startTicks: start }
}

function isSame(a: Incarnation, b: Incarnation): boolean {
  return a.pid === b.pid && a.start === b.start
}
