/** `./gauntlet doctor`: what this machine has and can do; 0 only if the gate could run. */
import { exitCode } from '../base/errors.ts'
import { doctor as examine, renderDoctor } from '../setup/doctor.ts'
import type { Arguments } from './arguments.ts'

export async function doctor(args: Arguments): Promise<number> {
  const report = await examine()
  process.stdout.write(args.has('json') ? `${JSON.stringify(report, undefined, 2)}\n` : renderDoctor(report))
  return report.ready ? 0 : exitCode.environment
}
