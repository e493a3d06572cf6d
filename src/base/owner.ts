/** Who owns a run: a process by id and start time, since ids are used again. Kept beside the journal for `sweep`. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const fileName = 'harness.pid'

/** Marks this process as the owner of the run in `directory`, until it is disposed of: it may live on and own others. */
export function claim(directory: string): Disposable {
  const file = join(directory, fileName)
  writeFileSync(file, `${process.pid} ${startTicks(process.pid)}\n`)
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) }
}

/** @returns whether the process that claimed the run in `directory` is still alive; false where nobody ever did */
export function isOwned(directory: string): boolean {
  const file = join(directory, fileName)
  if (!existsSync(file)) return false
  const [pid = '', start] = readFileSync(file, 'utf8').trim().split(' ')
  return start !== undefined && startTicks(Number(pid)) === start
}

/** Field 22 of /proc/PID/stat; the command name before it may hold spaces and parentheses. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
