/** `tool cat FILE` prints a file of the machine's own file system, seen through its first process. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { done, failed, type Io, misused } from './verb.ts'

/** The root of the machine's file system, as its first process sees it. */
export const targetRoot = '/proc/1/root'

export async function cat([file]: readonly string[], io: Io): Promise<number> {
  if (file === undefined) {
    io.warn('cat needs a file')
    return misused
  }
  try {
    io.print(readFileSync(join(targetRoot, file), 'utf8').replace(/\n$/, ''))
    return done
  } catch (error) {
    io.warn(error instanceof Error ? error.message : String(error))
    return failed
  }
}
