/** `./gauntlet judge RUN`: the same journal, the same verdict, byte for byte; for tomorrow, elsewhere, or whoever does not trust us. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { judgeRun } from '../verdict/judge-run.ts'
import type { Arguments } from './arguments.ts'
import { verdictExitCode } from './judged.ts'
import { reportsDirectory } from './places.ts'
import { showVerdict } from './show.ts'

export async function judge(args: Arguments): Promise<number> {
  const [run = ''] = args.positionals
  const byId = join(reportsDirectory, run)
  const directory = !existsSync(run) && existsSync(byId) ? byId : resolve(run)
  const { verdict } = judgeRun(directory)
  showVerdict(verdict, directory, args.has('json'))
  return verdictExitCode(verdict)
}
