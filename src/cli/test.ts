/** `./gauntlet test`: types, style, unit tests, suites. Its last line is `N passed, N failed`, and nothing run is a failure. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCode } from '../base/errors.ts'
import type { Arguments } from './arguments.ts'
import { projectRoot, stateDirectory } from './places.ts'

interface Tally {
  readonly passed: number
  readonly failed: number
}

export async function test(args: Arguments): Promise<number> {
  const unitOnly = args.has('unit')
  const tallies = [await tool('tsc', ['--noEmit']), await tool('biome', ['check', '--error-on-warnings']), await vitest('unit')]
  if (!unitOnly) {
    const { prepare } = await import('../setup/prepare.ts')
    await prepare('images')
    tallies.push(await vitest('suites'))
  }
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0)
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0)
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
  return failed === 0 ? exitCode.go : exitCode.noGo
}

/** A tool that passes or fails as a whole counts as one test. */
async function tool(name: string, args: readonly string[]): Promise<Tally> {
  process.stdout.write(`\n# ${name} ${args.join(' ')}\n`)
  const passed = (await command(join(projectRoot, 'node_modules', '.bin', name), args)) === 0
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1 }
}

async function vitest(project: 'unit' | 'suites'): Promise<Tally> {
  process.stdout.write(`\n# vitest ${project}\n`)
  mkdirSync(stateDirectory, { recursive: true })
  const report = join(stateDirectory, `vitest-${project}-${process.pid}.json`)
  const code = await command(join(projectRoot, 'node_modules', '.bin', 'vitest'), [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ])
  const { passed, failed } = read(report)
  // A runner that fails without a failed test (a file that does not load, say), or that ran nothing, is a failure of its own.
  return failed === 0 && (code !== 0 || passed === 0) ? { passed, failed: 1 } : { passed, failed }
}

function read(report: string): Tally {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number
      numFailedTests: number
    }
    return { passed: numPassedTests, failed: numFailedTests }
  } catch {
    return { passed: 0, failed: 0 }
  }
}

function command(path: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, {
      cwd: projectRoot,
      stdio: 'inherit',
      env: { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env.PATH}` },
    })
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}
