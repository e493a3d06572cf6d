/** `tool log FILE LINES` prints the end of one of the machine's logs as anybody may read it: no secret of the machine is in it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { secretsDirectory } from '../fleet/contract.ts'
import { targetRoot } from './cat.ts'
import { secretsIn, withoutSecrets } from './redact.ts'
import { done, failed, type Io, misused } from './verb.ts'

export async function log([file, lines = '']: readonly string[], io: Io): Promise<number> {
  if (file === undefined || !/^[1-9]\d*$/.test(lines)) {
    io.warn('log needs a file, and how many lines of it')
    return misused
  }
  try {
    const end = readFileSync(join(targetRoot, file), 'utf8').trimEnd().split('\n').slice(-Number(lines))
    io.print(withoutSecrets(end.join('\n'), secretsIn(secretsDirectory)))
    return done
  } catch (error) {
    io.warn(error instanceof Error ? error.message : String(error))
    return failed
  }
}
