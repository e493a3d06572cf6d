/**
 * `./gauntlet judge RUN`: the same journal, the same verdict, byte for byte; for tomorrow, elsewhere, or whoever does not trust us. With
 * other limits it is another verdict, and says so; the run's own reports are left alone. Of several runs it is what they say together.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { reportsDirectory } from '../base/project.ts'
import { judgeAgain, judgeRuns } from '../verdict/judge-run.ts'
import type { Arguments } from './arguments.ts'
import { verdictExitCode } from './run-command.ts'
import { showPool, showVerdict } from './show.ts'

export async function judge(args: Arguments): Promise<number> {
  const [first = '', ...others] = args.positionals.map(directoryOf)
  const asJson = args.has('json')
  if (others.length > 0) {
    const pool = judgeRuns([first, ...others], args.values.limit)
    showPool(pool, asJson)
    return verdictExitCode(pool)
  }
  const { verdict } = judgeAgain(first, args.values.limit)
  showVerdict(verdict, first, asJson)
  return verdictExitCode(verdict)
}

function directoryOf(run: string): string {
  const byId = join(reportsDirectory, run)
  return !existsSync(run) && existsSync(byId) ? byId : resolve(run)
}
