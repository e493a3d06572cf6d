/**
 * `./gauntlet test`: types, style, unit tests, suites. It ends with a line for each that failed, since an hour's output hides them,
 * and with `N passed, N failed`. Nothing run is a failure.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { exitCode } from '../base/errors.ts'
import type { Arguments } from './arguments.ts'
import { keepLastTest } from './last-test.ts'
import { projectRoot, stateDirectory } from './places.ts'

interface Tally {
  readonly passed: number
  /** Where, which one, and the first line of what was said. */
  readonly failed: readonly string[]
}

export async function test(args: Arguments): Promise<number> {
  const unitOnly = args.has('unit')
  const beganMs = performance.now()
  const tallies = [await tool('tsc', ['--noEmit']), await tool('biome', ['check', '--error-on-warnings']), await vitest('unit')]
  if (!unitOnly) {
    const { prepare } = await import('../setup/prepare.ts')
    await prepare('images')
    tallies.push(await vitest('alone'), await vitest('suites'))
  }
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0)
  const failed = tallies.flatMap((tally) => tally.failed)
  if (!unitOnly) keepLastTest({ endedAt: new Date().toISOString(), tookMs: performance.now() - beganMs, passed, failed: failed.length })
  process.stdout.write(`\n${failed.map((each) => `failed: ${each}\n`).join('')}${passed} passed, ${failed.length} failed\n`)
  return failed.length === 0 ? exitCode.go : exitCode.noGo
}

/** A tool that passes or fails as a whole counts as one test. */
async function tool(name: string, args: readonly string[]): Promise<Tally> {
  process.stdout.write(`\n# ${name} ${args.join(' ')}\n`)
  const passed = (await command(join(projectRoot, 'node_modules', '.bin', name), args)) === 0
  return { passed: passed ? 1 : 0, failed: passed ? [] : [name] }
}

async function vitest(project: 'unit' | 'alone' | 'suites'): Promise<Tally> {
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
  const tally = read(report)
  // A runner that fails without a failed test, or that ran nothing, is a failure of its own.
  const isUnexplained = tally.failed.length === 0 && (code !== 0 || tally.passed === 0)
  return isUnexplained ? { ...tally, failed: [`vitest ${project}: it ended with ${code}, and no test says why`] } : tally
}

/** What is read of vitest's report. A file that does not load has a message, and no tests. */
interface Report {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

function read(report: string): Tally {
  try {
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
    return { passed: numPassedTests, failed: testResults.flatMap(failuresOf) }
  } catch {
    return { passed: 0, failed: [] }
  }
}

function failuresOf({ name, status, message, assertionResults }: Report['testResults'][number]): readonly string[] {
  const file = relative(projectRoot, name)
  const failures = assertionResults
    .filter((each) => each.status === 'failed')
    .map(({ fullName, failureMessages: [said = 'nothing was said'] }) => `${file}: ${fullName}: ${firstLine(said)}`)
  return failures.length === 0 && status === 'failed' ? [`${file}: ${firstLine(message)}`] : failures
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
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
