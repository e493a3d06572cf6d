/** `./gauntlet sweep`: ends faults and removes containers that a killed run left behind. */
import { exitCode } from '../base/errors.ts'
import { reportsDirectory } from '../base/project.ts'
import { sweep as sweepAll } from '../sweep.ts'
import type { Arguments } from './arguments.ts'
import { theEngine } from './engine.ts'

export async function sweep(args: Arguments): Promise<number> {
  const { address } = await theEngine()
  const out = args.has('json') ? process.stderr : process.stdout
  const summary = await sweepAll({ engine: address, reportsDirectory, say: (line) => out.write(`${line}\n`) })
  if (args.has('json')) process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`)
  return summary.problems.length === 0 ? 0 : exitCode.environment
}
