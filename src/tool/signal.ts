/**
 * `tool signal --lease ID --signal S --process NAME…` signals every process that supervisord runs under these names, and remembers
 * them in the lease's folder before it does; with `--caught`, none unless each of them catches it. `tool signal --lease ID --signal S --remembered` signals those, and no other.
 */
import { flags, one, some } from './flags.ts'
import { note, noted } from './lease-folder.ts'
import { catches, named, signal as send } from './proc.ts'
import { done, type Io, refuse } from './verb.ts'

export async function signal(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'signal', 'process', 'remembered', 'caught'])
  const lease = one(found, 'lease')
  const name = `SIG${one(found, 'signal')}` as NodeJS.Signals
  return found.remembered ? toRemembered(lease, name, io) : toNamed(lease, name, some(found, 'process'), found.caught !== undefined, io)
}

function toNamed(lease: string, name: NodeJS.Signals, processes: readonly string[], mustCatch: boolean, io: Io): number {
  const found = named(processes)
  const absent = processes.filter((process) => found.get(process)?.length === 0)
  if (absent.length > 0) return refuse(io, `supervisord runs no process named ${absent.join(', ')}`)
  const deaf = mustCatch ? [...found].filter(([, list]) => list.some(({ pid }) => !catches(pid, name))).map(([process]) => process) : []
  if (deaf.length > 0) return refuse(io, `${name} would end ${deaf.join(', ')}, which does not catch it`)
  const targets = [...found].flatMap(([process, list]) => list.map(({ pid, start }) => ({ name: process, pid, start })))
  note(lease, 'signalled', [...(noted(lease, 'signalled') ?? []), ...targets])
  for (const target of targets)
    io.print(`${target.name} pid=${target.pid} start=${target.start} ${send(target, name) ? 'signalled' : 'gone'}`)
  return done
}

function toRemembered(lease: string, name: NodeJS.Signals, io: Io): number {
  for (const target of noted(lease, 'signalled') ?? [])
    io.print(`${target.name} pid=${target.pid} start=${target.start} ${send(target, name) ? 'signalled' : 'gone'}`)
  return done
}
