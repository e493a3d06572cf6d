/** `gate` and `drill`: check everything, run, judge from the journal alone, and exit with the verdict. */
import { join } from 'node:path'
import { exitCode } from '../base/errors.ts'
import { reportsDirectory } from '../base/project.ts'
import { notSought } from '../fleet/defects.ts'
import type { Request } from '../run/request.ts'
import type { Verdict } from '../verdict.ts'
import type { Arguments } from './arguments.ts'
import { drillRequest, gateRequest } from './request.ts'
import { catchSignals } from './signals.ts'

export function gate(args: Arguments): Promise<number> {
  return runCommand(gateRequest(args), args)
}

export function drill(args: Arguments): Promise<number> {
  return runCommand(drillRequest(args), args)
}

export function verdictExitCode({ outcome }: Pick<Verdict, 'outcome'>): number {
  return { GO: exitCode.go, 'NO-GO': exitCode.noGo, INCONCLUSIVE: exitCode.inconclusive }[outcome]
}

/** For whoever waits to see a defect caught: said before anything is started, and beside the document that `--json` prints. */
function notesOn({ defects, planned }: Request): string {
  const scenarios = planned.map(({ scenario }) => scenario.name)
  return notSought(defects, scenarios)
    .map((line) => `note: ${line}\n`)
    .join('')
}

async function runCommand(request: Request, args: Arguments): Promise<number> {
  const asJson = args.has('json')
  process.stderr.write(notesOn(request))
  if (args.has('dry-run')) return (await import('./dry-run.ts')).showPlan(request, asJson)
  const { verdict, directory } = await runAndJudge(request, catchSignals, (line) => process.stderr.write(line))
  const { showVerdict } = await import('./show.ts')
  showVerdict(verdict, directory, asJson)
  return verdictExitCode(verdict)
}

/**
 * Makes the machine ready, runs, judges what was written down, and writes the reports. Modules are loaded as they are needed: a
 * mistyped command should not wait for an engine's client.
 * @param interrupted asked for once the machine is ready: a set-up is ended by the signal itself
 */
export async function runAndJudge(
  request: Request,
  interrupted: () => AbortSignal,
  say: (line: string) => void,
): Promise<{ readonly verdict: Verdict; readonly directory: string }> {
  const { readyWith } = await import('./ready.ts')
  const ready = await readyWith(request.vault, request.planned.some(({ load }) => load !== undefined) ? 'load' : 'images')
  const { tryAbilities } = await import('../setup/abilities.ts')
  const host = { ...ready, tried: await tryAbilities(ready.images.tool) }
  const directory = join(reportsDirectory, request.id)
  const { executeRun } = await import('../run/execute-run.ts')
  await executeRun(request, host, { directory, interrupted, say })
  const { judgeRun } = await import('../verdict/judge-run.ts')
  const { writeReports } = await import('../render/reports.ts')
  const { verdict } = judgeRun(directory)
  writeReports(directory, verdict)
  return { verdict, directory }
}
