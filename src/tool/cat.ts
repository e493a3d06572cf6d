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
  return printed(file, io, (text) => text.replace(/\n$/, ''))
}

/** @param shown what is printed of the file's text */
export function printed(file: string, io: Io, shown: (text: string) => string): number {
  try {
    io.print(shown(readFileSync(join(targetRoot, file), 'utf8')))
    return done
  } catch (error) {
    io.warn(error instanceof Error ? error.message : String(error))
    return failed
  }
}
