/**
 * `tool revive NAME…` has supervisord start what it does not run. A process that was killed too often is FATAL or waits in BACKOFF;
 * a start is refused while it waits, so that it is stopped first.
 */
import { join } from 'node:path'
import { supervisorSocket } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import { done, failed, type Io, misused } from './verb.ts'

const up = ['RUNNING', 'STARTING']

export async function revive(names: readonly string[], io: Io): Promise<number> {
  if (names.length === 0) {
    io.warn('revive needs the names of processes')
    return misused
  }
  const { supervisor } = await import('./supervisor.ts') // its XML parser would delay every other verb
  const control = supervisor(process.env.GAUNTLET_SUPERVISOR_SOCKET ?? join(targetRoot, supervisorSocket))
  const known = await control.getAllProcessInfo()
  let exitCode = done
  for (const name of names) {
    const info = known.find((one) => one.name === name)
    if (info === undefined) {
      io.warn(`supervisord knows no process named ${name}`)
      exitCode = failed
    } else if (up.includes(info.statename)) io.print(`${name} ${info.statename}`)
    else {
      const whole = `${info.group}:${info.name}`
      if (info.statename === 'BACKOFF') await control.stopProcess(whole).catch(() => {}) // it may be FATAL by now
      const answer = await control.startProcess(whole, false).then(
        () => 'started',
        (error: Error) => error.message,
      )
      io.print(`${name} was ${info.statename}: ${answer}`)
    }
  }
  return exitCode
}
