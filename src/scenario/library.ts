/** The folder of scenarios, suites and promises: what there is in it by name, and each of them read and checked. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { GauntletError, type Problem } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { fileError, loadDocument } from '../config/document.ts'
import { isSource, readSource } from '../config/source.ts'
import type { Promises } from '../journal/event.ts'
import { durationMs } from './duration.ts'
import { readScenario } from './read.ts'
import type { Scenario, Suite } from './scenario.ts'
import { promisesSchema, suiteSchema, type Vocabulary } from './schema.ts'

export interface Library {
  readonly promises: Promises
  readonly scenarioNames: readonly string[]
  readonly suiteNames: readonly string[]
  /**
   * @param reference a name of this folder, or the path of a file anywhere
   * @throws GauntletError usage/arguments for an unknown name, usage/file with all problems of the file
   */
  scenario(reference: string): Scenario
  /** @throws GauntletError as `scenario` does, with all problems of all its files */
  suite(name: string): Suite & { readonly steps: readonly Scenario[] }
}

/**
 * @throws GauntletError usage/file with all problems of promises.yaml
 */
export function openLibrary(folder: string, vocabulary: Vocabulary): Library {
  const promises = readPromises(join(folder, 'promises.yaml'))
  const scenarioNames = namesIn(folder).filter((name) => name !== 'promises')
  const suiteNames = namesIn(join(folder, 'suites'))

  function read(file: string) {
    const source = readSource(file)
    return isSource(source) ? readScenario(source, vocabulary, promises) : { problems: [source] }
  }

  function scenario(reference: string): Scenario {
    const isPath = reference.includes('/') || /\.ya?ml$/.test(reference)
    if (!isPath && !scenarioNames.includes(reference)) throw unknownName('scenario', reference, scenarioNames)
    const result = read(isPath ? reference : join(folder, `${reference}.yaml`))
    if ('problems' in result) throw fileError(result.problems)
    return result.scenario
  }

  function suite(name: string) {
    if (!suiteNames.includes(name)) throw unknownName('suite', name, suiteNames)
    const { typed, placeOf } = loadDocument(join(folder, 'suites', `${name}.yaml`), suiteSchema(vocabulary))
    const problems: Problem[] = []
    const steps: Scenario[] = []
    if (typed.name !== name)
      problems.push({ ...placeOf(['name']), message: `name: expected ${name}, as its file is called, found ${typed.name}` })
    for (const [index, step] of typed.scenarios.entries()) {
      const problem = misplaced(step, typed.scenarios.indexOf(step) < index, scenarioNames)
      const result = problem ? { problems: [{ ...placeOf(['scenarios', index]), ...problem }] } : read(join(folder, `${step}.yaml`))
      if ('problems' in result) problems.push(...result.problems)
      else steps.push(result.scenario)
    }
    if (problems.length > 0) throw fileError(problems)
    return { ...typed, steps }
  }

  return { promises, scenarioNames, suiteNames, scenario, suite }
}

function misplaced(step: string, isRepeated: boolean, known: readonly string[]): Problem | undefined {
  if (isRepeated) return { message: `scenarios: ${step} stands in it twice`, expected: 'each scenario once' }
  return known.includes(step) ? undefined : { message: `scenarios: no scenario is called ${step}`, expected: oneOf(step, known) }
}

function unknownName(what: 'scenario' | 'suite', name: string, known: readonly string[]): GauntletError {
  const message = `no ${what} is called ${name}`
  return new GauntletError('usage/arguments', message, { problems: [{ message, expected: oneOf(name, known) }] })
}

function oneOf(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return `${near ? `${near}? There are ` : 'one of '}${known.join(', ')}`
}

function namesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replace(/\.yaml$/, ''))
    .sort()
}

function readPromises(file: string): Promises {
  const { typed } = loadDocument(file, promisesSchema)
  const { uptime, coverage, registration, metricsFresh, boot, recovery, rollback, rollbackAgent, rollbackConfig } = typed
  const { latencyP50, latencyP95, latencyP99, latencyLeast } = typed
  return {
    uptime: uptime.limit,
    coverage: coverage.limit,
    registrationMs: durationMs(registration.limit),
    metricsFreshMs: durationMs(metricsFresh.limit),
    bootMs: durationMs(boot.limit),
    recoveryMs: durationMs(recovery.limit),
    rollbackMs: durationMs(rollback.limit),
    rollbackAgentMs: durationMs(rollbackAgent.limit),
    rollbackConfigMs: durationMs(rollbackConfig.limit),
    latencyP50: latencyP50.limit,
    latencyP95: latencyP95.limit,
    latencyP99: latencyP99.limit,
    latencyLeastMs: durationMs(latencyLeast.limit),
  }
}
