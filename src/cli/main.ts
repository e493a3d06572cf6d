/** The way in. It fails until something says otherwise: only a completed command changes the exit code. */
import { errorTable, exitCode, GauntletError } from '../base/errors.ts'
import { readArguments } from './arguments.ts'
import { type Command, commands, help } from './commands.ts'
import { describeError } from './describe.ts'
import { outliveReaders } from './output.ts'

process.exitCode = exitCode.harness
outliveReaders(process)
const argv = process.argv.slice(2)

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(describeError(error))
  process.exitCode = error instanceof GauntletError ? exitCode[errorTable[error.code].side] : exitCode.harness
}

async function main(): Promise<number> {
  requireFolder()
  if (argv[0] === 'help' || argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(help())
    return 0
  }
  const args = readArguments<Command>(argv, commands)
  return await args.line.run(args)
}

/** Names of files are read, and shown, from it: without one nothing could be named. */
function requireFolder(): void {
  try {
    process.cwd()
  } catch (cause) {
    const problems = [{ message: 'the folder this was called from is no longer there', expected: 'cd to one that is, and call it again' }]
    throw new GauntletError('usage/arguments', 'finding the current folder', { problems, cause })
  }
}
