/** One scenario file to a scenario, or to all that is wrong with it. */
import { basename } from 'node:path'
import { Clone, Default } from 'typebox/value'
import type { Problem } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { type Document, inOrder, readDocument } from '../config/document.ts'
import { schemaProblems } from '../config/schema-problems.ts'
import type { Source } from '../config/source.ts'
import type { Promises } from '../journal/event.ts'
import { durationMs } from './duration.ts'
import type { Scenario } from './scenario.ts'
import { type FaultParams, type LimitsFile, type ScenarioFile, scenarioSchema } from './schema.ts'

export type ScenarioRead = { readonly scenario: Scenario } | { readonly problems: readonly Problem[] }

export function readScenario(source: Source, kinds: FaultParams, promises: Promises): ScenarioRead {
  const document = readDocument(source, scenarioSchema)
  const problems = [...document.problems, ...faultProblems(document, kinds)]
  const file = document.typed
  if (file)
    problems.push(...wrongName(document, file.name, source.file), ...tooShort(document, file, promises), ...drawnTwice(document, file))
  return file && problems.length === 0 ? { scenario: scenarioOf(file, kinds) } : { problems: inOrder(problems) }
}

/** Also of a file that has other problems, so that all are said at once. */
function faultProblems(document: Document<ScenarioFile>, kinds: FaultParams): Problem[] {
  const { faults } = (document.value ?? {}) as { readonly faults?: unknown }
  return (Array.isArray(faults) ? faults : []).flatMap((use: Partial<ScenarioFile['faults'][number]> | null, index) => {
    if (typeof use?.kind !== 'string') return []
    const path = ['faults', index]
    const schema = Object.hasOwn(kinds, use.kind) ? kinds[use.kind] : undefined
    if (schema) {
      if (use.params === null || Array.isArray(use.params)) return []
      return schemaProblems(schema, withDefaults(schema, use.params), document, [...path, 'params'])
    }
    const near = nearest(use.kind, Object.keys(kinds))
    const message = `kind: no fault is called ${use.kind}${near ? `; did you mean ${near}?` : ''}`
    return [{ ...document.placeOf([...path, 'kind']), message, expected: `one of ${Object.keys(kinds).join(', ')}` }]
  })
}

function wrongName({ placeOf }: Document<ScenarioFile>, name: string, file: string): Problem[] {
  const expected = basename(file).replace(/\.ya?ml$/, '')
  return name === expected ? [] : [{ ...placeOf(['name']), message: `name: expected ${expected}, as its file is called, found ${name}` }]
}

/** Who is given less time than the limit to come back cannot be seen to keep it. */
function tooShort({ placeOf }: Document<ScenarioFile>, file: ScenarioFile, promises: Promises): Problem[] {
  const limitMs = file.limits?.recovery === undefined ? promises.recoveryMs : durationMs(file.limits.recovery)
  if (!file.criteria.includes('recovery') || durationMs(file.recovery) > limitMs) return []
  return [{ ...placeOf(['recovery']), message: `recovery: expected more than the limit of ${limitMs / 1000}s, found ${file.recovery}` }]
}

function drawnTwice({ placeOf }: Document<ScenarioFile>, file: ScenarioFile): Problem[] {
  return file.faults.flatMap(({ target }, index) => {
    const path = ['faults', index, 'target']
    const draws = target.share !== undefined && target.count !== undefined
    const mixed = target.machines !== undefined && Object.keys(target).length > 1
    return [
      ...(draws ? [{ ...placeOf([...path, 'count'], 'key'), message: 'target: expected share or count, found both' }] : []),
      ...(mixed ? [{ ...placeOf([...path, 'machines'], 'key'), message: 'target: expected machines alone, found it beside others' }] : []),
    ]
  })
}

/** Only for a file without a problem. */
function scenarioOf(file: ScenarioFile, kinds: FaultParams): Scenario {
  const { name, hypothesis, risks, criteria, coldStart = false } = file
  const faults = file.faults.map(({ kind, target, hold, params }) => {
    return { kind, target, holdMs: durationMs(hold), params: withDefaults(kinds[kind] as FaultParams[string], params) }
  })
  const limits = limitsOf(file.limits ?? {})
  return {
    name,
    hypothesis,
    risks,
    criteria,
    coldStart,
    steadyMs: durationMs(file.steady),
    recoveryMs: durationMs(file.recovery),
    faults,
    limits,
  }
}

function withDefaults(schema: FaultParams[string], params: unknown): Readonly<Record<string, unknown>> {
  return Default(schema, Clone(params ?? {})) as Readonly<Record<string, unknown>>
}

function limitsOf({ uptime, coverage, registration, metricsFresh, boot, recovery }: LimitsFile): Partial<Promises> {
  return {
    ...(uptime === undefined ? {} : { uptime }),
    ...(coverage === undefined ? {} : { coverage }),
    ...(registration === undefined ? {} : { registrationMs: durationMs(registration) }),
    ...(metricsFresh === undefined ? {} : { metricsFreshMs: durationMs(metricsFresh) }),
    ...(boot === undefined ? {} : { bootMs: durationMs(boot) }),
    ...(recovery === undefined ? {} : { recoveryMs: durationMs(recovery) }),
  }
}
