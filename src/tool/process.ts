/**
 * `tool process NAME…` prints what the kernel says of the processes that supervisord runs under these names. With `--lease ID`,
 * also of those that the lease has signalled, so that "the one we killed" and "the one there is now" can be told apart. With `--own`
 * before the names, only of those that supervisord started itself: each leads a group, and children inherit no more than the name.
 *
 *     AgentName pid=123 start=4567 state=S
 *     AgentName none
 *     AgentName pid=101 start=4001 state=gone signalled
 *     AgentName pid=123 start=4567 state=S new
 */
import { flags } from './flags.ts'
import { noted } from './lease-folder.ts'
import { type Incarnation, isAlive, named, processOf } from './proc.ts'
import { done, type Io } from './verb.ts'

export async function processes(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'own'])
  const [lease] = found.lease ?? []
  const names = found.own ?? found[''] ?? []
  const signalled = (lease === undefined ? undefined : noted(lease, 'signalled')) ?? []

  for (const old of signalled.filter(({ name }) => names.includes(name)))
    io.print(`${old.name} pid=${old.pid} start=${old.start} state=${isAlive(old) ? processOf(old.pid)?.state : 'gone'} signalled`)
  for (const [name, all] of named(names)) {
    const list = found.own === undefined ? all : all.filter(({ pid, group }) => pid === group)
    const current = list.filter(({ pid, start }) => !signalled.some((old) => same(old, { pid, start })))
    for (const { pid, start, state } of current)
      io.print(`${name} pid=${pid} start=${start} state=${state}${lease === undefined ? '' : ' new'}`)
    if (list.length === 0) io.print(`${name} none`)
  }
  return done
}

function same(a: Incarnation, b: Incarnation): boolean {
  return a.pid === b.pid && a.start === b.start
}
