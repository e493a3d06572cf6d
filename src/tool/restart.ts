/** Restarts agents by their supervisor, and tells processes from before a moment from those that were started since. */
import { join } from 'node:path'
import { supervisorSocket } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import { type Incarnation, named } from './proc.ts'
import type { ProcessInfo, Supervisor } from './supervisor.ts'

/** Of the process table: Linux counts in hundredths of a second for whoever asks. */
const tickMs = 10

/** supervisord's program of the machine's boot script (the machine contract). */
const bootProgram = 'boot'

/** Stopped and started again; whether they stay up is for others to see. @throws Error for a name that supervisord does not know */
export async function restart(names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const { control, processes } = await supervised(names)
  await Promise.all(processes.map((process) => again(control, process)))
}

/** Stopped, and left to the machine's boot script, which starts whoever does not run, if it starts anybody. @throws as `restart` */
export async function restartByBoot(names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const { control, processes } = await supervised([...names, bootProgram])
  await Promise.all(processes.map((process) => stop(control, process)))
  await control.startProcess(bootProgram, false)
}

async function supervised(names: readonly string[]) {
  const { supervisor } = await import('./supervisor.ts') // its XML parser would delay every other verb
  const control = supervisor(process.env.GAUNTLET_SUPERVISOR_SOCKET ?? join(targetRoot, supervisorSocket))
  const known = await control.getAllProcessInfo()
  const unknown = names.filter((name) => known.every((process) => process.name !== name))
  if (unknown.length > 0) throw new Error(`supervisord knows no process named ${unknown.join(', ')}`)
  return { control, processes: known.filter(({ name }) => names.includes(name)) }
}

async function again(control: Supervisor, process: ProcessInfo): Promise<void> {
  await stop(control, process)
  await control.startProcess(nameOf(process), false)
}

async function stop(control: Supervisor, process: ProcessInfo): Promise<void> {
  await control.stopProcess(nameOf(process)).catch(() => undefined) // it may not run
}

function nameOf({ group, name }: ProcessInfo): string {
  return `${group}:${name}`
}

export type Age = 'fresh' | 'stale' | 'none'

/** @param sinceMs on the kernel's clock. Fresh: each of them was started since; stale: at least one was not; none: there is none. */
export function ageOf(name: string, sinceMs: number): Age {
  const processes = named([name]).get(name) ?? []
  if (processes.length === 0) return 'none'
  return processes.every((process) => isSince(process, sinceMs)) ? 'fresh' : 'stale'
}

export function isSince({ start }: Pick<Incarnation, 'start'>, sinceMs: number): boolean {
  return (start + 1) * tickMs > sinceMs
}
