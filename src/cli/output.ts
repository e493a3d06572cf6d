/**
 * What becomes of a command whose words nobody takes any more: `| head`, a terminal that was closed, a full disk. Left to themselves
 * the streams end the process at once, with 1, which says NO-GO, and with whatever fault is held left to its guard.
 */
import { errorTable, exitCode, GauntletError } from '../base/errors.ts'
import { describeError } from './describe.ts'

/**
 * From now on the command is carried to its end. A reader who has gone has read what he wanted, and the exit code stands; an answer on
 * standard output that found no room is an error of the environment.
 */
export function outliveReaders(process: NodeJS.Process): void {
  let lost: NodeJS.ErrnoException | undefined
  process.stderr.on('error', () => {}) // there is nobody left to tell
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lost ??= error
  })
  process.once('exit', () => {
    if (lost === undefined) return
    const error = new GauntletError('environment/output', 'writing the answer to standard output', { cause: lost })
    process.stderr.write(describeError(error))
    process.exitCode = exitCode[errorTable[error.code].side]
  })
}
