/** `tool log FILE LINES` prints the end of one of the machine's logs as anybody may read it: no secret of the machine is in it. */
import { secretsDirectory } from '../fleet/contract.ts'
import { printed } from './cat.ts'
import { secretsIn, withoutSecrets } from './redact.ts'
import { type Io, misused } from './verb.ts'

export async function log([file, lines = '']: readonly string[], io: Io): Promise<number> {
  if (file === undefined || !/^[1-9]\d*$/.test(lines)) {
    io.warn('log needs a file, and how many lines of it')
    return misused
  }
  return printed(file, io, (text) => {
    const end = text.trimEnd().split('\n').slice(-Number(lines))
    return withoutSecrets(end.join('\n'), secretsIn(secretsDirectory))
  })
}
