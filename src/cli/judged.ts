/** `gate` and `drill`: check everything, run, judge from the journal alone, and exit with the verdict. */
import { join } from 'node:path'
import { exitCode } from '../base/errors.ts'
import { notSought } from '../fleet/defects.ts'
import type { Verdict } from '../verdict.ts'
import type { Arguments } from './arguments.ts'
import { reportsDirectory } from './places.ts'
import { drillRequest, gateRequest, type Request } from './request.ts'
import { catchSignals } from './signals.ts'

export function gate(args: Arguments): Promise<number> {
  return judged(gateRequest(args), args)
}

export function drill(args: Arguments): Promise<number> {
  return judged(drillRequest(args), args)
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

/** Modules are loaded as they are needed: a mistyped command should not wait for an engine's client. */
async function judged(request: Request, args: Arguments): Promise<number> {
  const asJson = args.has('json')
  process.stderr.write(notesOn(request))
  if (args.has('dry-run')) return (await import('./dry-run.ts')).showPlan(request, asJson)
  const { readyWith } = await import('./vault.ts')
  const ready = await readyWith(request.vault, request.planned.some(({ load }) => load !== undefined) ? 'load' : 'images')
  const { tryAbilities } = await import('../setup/abilities.ts')
  const tried = await tryAbilities(ready.images.tool)
  const abilities = [...tried].flatMap(([name, { outcome }]) => (outcome === 'works' ? [name] : []))
  const { requireKernel } = await import('../run/preflight.ts')
  requireKernel(
    request.planned.flatMap(({ faults }) => faults),
    tried,
  )
  const directory = join(reportsDirectory, request.id)
  const { record } = await import('./record.ts')
  await record(request, ready, abilities, directory, catchSignals())
  const { judgeRun } = await import('../verdict/judge-run.ts')
  const { writeReports } = await import('../render/reports.ts')
  const { verdict } = judgeRun(directory)
  writeReports(directory, verdict)
  const { showVerdict } = await import('./show.ts')
  showVerdict(verdict, directory, asJson)
  return verdictExitCode(verdict)
}
