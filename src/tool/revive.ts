/**
 * `tool revive NAME…` has supervisord start what does not live. A process that was killed again and again is FATAL or waits in
 * BACKOFF, longer each time; a start is refused while it waits, so that it is stopped first. And supervisord may take a process for
 * running that was killed a moment ago: it looks once a second, so that this looks again until each one really lives.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { supervisorSocket } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import { named } from './proc.ts'
import type { ProcessInfo, Supervisor } from './supervisor.ts'
import { areNames, done, failed, type Io, misused } from './verb.ts'

const patienceMs = 5_000
const lookEveryMs = 100

export async function revive(names: readonly string[], io: Io): Promise<number> {
  if (!areNames('revive', names, io)) return misused
  const { supervisor } = await import('./supervisor.ts') // its XML parser would delay every other verb
  const control = supervisor(process.env.GAUNTLET_SUPERVISOR_SOCKET ?? join(targetRoot, supervisorSocket))
  for (const endMs = performance.now() + patienceMs; ; await sleep(lookEveryMs)) {
    const dead = [...named(names)].flatMap(([name, processes]) => (processes.length === 0 ? [name] : []))
    if (dead.length === 0) return done
    if (performance.now() > endMs) {
      io.warn(`supervisord does not start ${dead.join(', ')}`)
      return failed
    }
    const known = await control.getAllProcessInfo()
    for (const name of dead) {
      const info = known.find((process) => process.name === name)
      if (info === undefined) io.warn(`supervisord knows no process named ${name}`)
      else await start(control, info, io)
    }
    if (dead.every((name) => known.every((process) => process.name !== name))) return failed
  }
}

async function start(control: Supervisor, { name, group, statename }: ProcessInfo, io: Io): Promise<void> {
  if (statename === 'RUNNING' || statename === 'STARTING') return // it has yet to see the death
  const whole = `${group}:${name}`
  if (statename === 'BACKOFF') await control.stopProcess(whole).catch(() => {}) // it may be FATAL by now
  const answer = await control.startProcess(whole, false).then(
    () => 'started',
    (error: Error) => error.message,
  )
  io.print(`${name} was ${statename}: ${answer}`)
}
