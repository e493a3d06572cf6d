/** Loaded by vitest beside its own reporter: writes the run's tally to the file that GAUNTLET_TALLY names. */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { projectRoot } from '../base/project.ts'
import type { Tally } from './tally.ts'

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    const tally: Tally = {
      passed: count('passed'),
      skipped: count('skipped'),
      failed: modules.flatMap(failuresOf),
      files: modules.map((module) => ({ name: nameOf(module), tookMs: module.diagnostic().duration })),
    }
    const file = process.env.GAUNTLET_TALLY
    if (file !== undefined) writeFileSync(file, JSON.stringify(tally))
  }
}

function nameOf({ moduleId }: TestModule): string {
  return relative(projectRoot, moduleId)
}

/** A file that does not load, or a hook that fails, has words of its own, and tests that were never run. */
function failuresOf(module: TestModule): readonly string[] {
  const said = (errors: readonly { readonly message?: string }[] = []) => (errors[0]?.message ?? 'nothing was said').split('\n', 1)[0]
  const failures = [...module.children.allTests('failed')].map(
    (test) => `${nameOf(module)}: ${test.fullName}: ${said(test.result().errors)}`,
  )
  const outside = [module, ...module.children.allSuites()].flatMap((each) => each.errors())
  if (outside.length > 0) return [...failures, `${nameOf(module)}: ${said(outside)}`]
  return failures.length === 0 && module.state() === 'failed' ? [`${nameOf(module)}: it failed, and no test says why`] : failures
}
