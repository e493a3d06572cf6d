/**
 * `./gauntlet test`, in three tiers: `--unit` has types, style and unit tests; without an option real fleets follow; `--nightly` is what
 * takes longer, whole or by parts. It ends with how long each file took and a line for each that failed, since an hour's output hides
 * them, and with `N passed, N failed`. Nothing run is a failure.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Parse } from 'typebox/value'
import { exitCode, GauntletError } from '../base/errors.ts'
import { run } from '../base/program.ts'
import { projectRoot, stateDirectory } from '../base/project.ts'
import type { Arguments } from './arguments.ts'
import { keepLastTest } from './last-test.ts'
import { chosenParts, type NightlyPart, nightlyParts } from './nightly-parts.ts'
import { summaryOf, sumOf, type Tally, tallySchema } from './tally.ts'

/** Of one tool, whatever it does. */
const longestMs = 3 * 3_600_000

type Step = () => Promise<Tally>

export async function test(args: Arguments): Promise<number> {
  const beganMs = performance.now()
  const tallies: Tally[] = []
  for (const step of stepsOf(args)) tallies.push(await step())
  const sum = sumOf(tallies)
  const took = { endedAt: new Date().toISOString(), tookMs: performance.now() - beganMs }
  if (!args.has('unit') && !args.has('nightly')) keepLastTest({ ...took, passed: sum.passed, failed: sum.failed.length })
  process.stdout.write(`\n${summaryOf(sum)}`)
  return sum.failed.length === 0 ? exitCode.go : exitCode.noGo
}

/** @throws GauntletError usage/arguments before anything is run */
function stepsOf(args: Arguments): readonly Step[] {
  if (args.has('unit') && args.has('nightly')) throw misuse('--unit and --nightly exclude each other', '--unit, --nightly, or neither')
  if (args.has('nightly')) return [fleets, ...nightlySteps(chosenParts(args.positionals, nightlyParts()))]
  const [part] = args.positionals
  if (part !== undefined) throw misuse(`"${part}" is named, and only --nightly has parts`, `gauntlet test --nightly ${part}`)
  const quick = [
    () => program('tsc', join(binaries, 'tsc'), ['--noEmit']),
    () => program('biome', join(binaries, 'biome'), ['check', '--error-on-warnings']),
    () => vitest(['unit']),
  ]
  return args.has('unit') ? quick : [...quick, fleets, () => vitest(['suites']), () => vitest(['alone'])]
}

function misuse(message: string, expected: string): GauntletError {
  return new GauntletError('usage/arguments', 'gauntlet test', { problems: [{ message, expected }] })
}

/** Files first, those that share the machine and then those that do not; then commands, in the order of the parts. */
function nightlySteps(parts: readonly NightlyPart[]): readonly Step[] {
  const projects = (['nightly', 'nightly-alone'] as const).flatMap((project): Step[] => {
    const files = parts.flatMap((part) => ('project' in part && part.project === project ? [part.file] : []))
    return files.length === 0 ? [] : [() => vitest([project], files)]
  })
  return [...projects, ...parts.flatMap((part) => ('script' in part ? [() => program(part.name, 'npm', ['run', ...part.script])] : []))]
}

const binaries = join(projectRoot, 'node_modules', '.bin')
const nothing: Tally = { passed: 0, skipped: 0, failed: [], files: [] }

async function fleets(): Promise<Tally> {
  const { prepare } = await import('../setup/prepare.ts')
  await prepare('images')
  return nothing
}

/** What passes or fails as a whole counts as one test. */
async function program(name: string, path: string, args: readonly string[]): Promise<Tally> {
  process.stdout.write(`\n# ${name}\n`)
  const fromMs = performance.now()
  const code = await command(path, args)
  const files = [{ name, tookMs: performance.now() - fromMs }]
  return code === 0 ? { ...nothing, passed: 1, files } : { ...nothing, failed: [`${name}: it ended with ${code}`], files }
}

async function vitest(projects: readonly string[], files: readonly string[] = []): Promise<Tally> {
  process.stdout.write(`\n# vitest ${projects.join(' ')}\n`)
  mkdirSync(stateDirectory, { recursive: true })
  const report = join(stateDirectory, `tally-${projects.join('-')}-${process.pid}.json`)
  const reporter = join(projectRoot, 'src/cli/tally-reporter.main.ts')
  const options = [...projects.flatMap((project) => ['--project', project]), '--reporter=default', `--reporter=${reporter}`]
  const code = await command(join(binaries, 'vitest'), ['run', ...options, ...files], { GAUNTLET_TALLY: report })
  const tally = read(report)
  // A runner that fails without a failed test, or that ran nothing, is a failure of its own.
  const isUnexplained = tally.failed.length === 0 && (code !== 0 || tally.passed === 0)
  return isUnexplained ? { ...tally, failed: [`vitest ${projects.join(' ')}: it ended with ${code}, and no test says why`] } : tally
}

function read(report: string): Tally {
  try {
    return Parse(tallySchema, JSON.parse(readFileSync(report, 'utf8')))
  } catch {
    return nothing
  } finally {
    rmSync(report, { force: true })
  }
}

async function command(path: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<number> {
  const env = { ...more, PATH: `${join(process.execPath, '..')}:${process.env.PATH}` }
  return (await run([path, ...args], { timeoutMs: longestMs, cwd: projectRoot, env, shown: true })).exitCode
}
