/** One scenario file to a scenario, or to all that is wrong with it. */
import { basename } from 'node:path'
import { Clone, Default } from 'typebox/value'
import type { Problem } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { type Document, inOrder, readDocument } from '../config/document.ts'
import { schemaProblems } from '../config/schema-problems.ts'
import type { Source } from '../config/source.ts'
import type { Promises } from '../journal/event.ts'
import { replicateMs } from '../journal/load-slots.ts'
import { looksOf } from '../statistics/looks.ts'
import { leastRequests } from '../statistics/slowdown.ts'
import { durationMs } from './duration.ts'
import { isOffLimits, stringsOf } from './off-limits.ts'
import type { Load, Scenario } from './scenario.ts'
import { type LimitsFile, type ScenarioFile, scenarioSchema, type Vocabulary } from './schema.ts'

export type ScenarioRead = { readonly scenario: Scenario } | { readonly problems: readonly Problem[] }

export function readScenario(source: Source, vocabulary: Vocabulary, promises: Promises): ScenarioRead {
  const { faults: kinds } = vocabulary
  const document = readDocument(source, scenarioSchema(vocabulary))
  const problems = [...document.problems, ...faultProblems(document, kinds)]
  const file = document.typed
  if (file)
    problems.push(
      ...wrongName(document, file.name, source.file),
      ...tooShort(document, file, promises),
      ...untold(document, file),
      ...loadProblems(document, file),
      ...drawnTwice(document, file),
    )
  return file && problems.length === 0 ? { scenario: scenarioOf(document, file, kinds) } : { problems: inOrder(problems) }
}

/** Also of a file that has other problems, so that all are said at once. */
function faultProblems(document: Document<ScenarioFile>, kinds: Vocabulary['faults']): Problem[] {
  const { faults } = (document.value ?? {}) as { readonly faults?: unknown }
  return (Array.isArray(faults) ? faults : []).flatMap((use: Partial<ScenarioFile['faults'][number]> | null, index) => {
    if (typeof use?.kind !== 'string') return []
    const path = ['faults', index]
    const aimed = offLimits(document, use, path)
    const elsewhere = ({ line, column }: Problem) => !aimed.some((said) => said.line === line && said.column === column)
    const schema = Object.hasOwn(kinds, use.kind) ? kinds[use.kind] : undefined
    if (schema) {
      if (use.params === null || Array.isArray(use.params)) return aimed
      const others = schemaProblems(schema, withDefaults(schema, use.params), document, [...path, 'params'])
      return [...aimed, ...others.filter(elsewhere)]
    }
    const near = nearest(use.kind, Object.keys(kinds))
    const message = `kind: no fault is called ${use.kind}${near ? `; did you mean ${near}?` : ''}`
    return [...aimed, { ...document.placeOf([...path, 'kind']), message, expected: `one of ${Object.keys(kinds).join(', ')}` }]
  })
}

/** Said here, with its place: as the name of an agent it would only be unknown. */
function offLimits(
  { placeOf }: Document<ScenarioFile>,
  use: Partial<ScenarioFile['faults'][number]>,
  path: readonly (string | number)[],
): Problem[] {
  const { target, params } = use
  return stringsOf({ target, params })
    .filter(([, word]) => isOffLimits(word))
    .map(([where, word]) => ({
      ...placeOf([...path, ...where]),
      message: `${where.join('.')}: ${word} watches the fleet or ends its faults, and no fault may touch it`,
      expected: 'agents, machines, and what stands on the data network',
    }))
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

/** Nobody being told may be what is expected, and may be forgotten: it has to be said. */
function untold({ placeOf }: Document<ScenarioFile>, { criteria, alerts }: ScenarioFile): Problem[] {
  if (!criteria.includes('alerts') || alerts !== undefined) return []
  return [{ ...placeOf(['criteria']), message: 'criteria: expected alerts: with who is told, or [], since it is judged by alerts' }]
}

/** For the change to be in, and for its agents to be well again, before the load begins; and for the load generator's own start and end. */
const loadSlackMs = 60_000

/** How long a load may take, and so how long its faults must be held for at least. */
export function longestMs(load: Load): number {
  return (load.looks.at(-1) ?? 0) * replicateMs(load) + loadSlackMs
}

function loadProblems({ placeOf }: Document<ScenarioFile>, { criteria, load, faults }: ScenarioFile): Problem[] {
  if (load === undefined) {
    const wanted = criteria.includes('latency')
    return wanted ? [{ ...placeOf(['criteria']), message: 'criteria: expected load:, since it is judged by latency' }] : []
  }
  const planned = loadOf(load)
  const requests = (planned.ratePerS * replicateMs(planned)) / 1000
  const most = planned.looks.at(-1) ?? 0
  const needsMs = longestMs(planned)
  const short = faults.flatMap(({ hold }, index) => (durationMs(hold) < needsMs ? [index] : []))
  const seconds = (ms: number) => `${ms / 1000}s`
  return [
    ...(requests < leastRequests.p95 || !Number.isInteger(requests)
      ? [
          {
            ...placeOf(['load']),
            message: `load: expected a whole number of requests a slot and arm, at least ${leastRequests.p95}, found ${requests}`,
          },
        ]
      : []),
    ...((load.mostSlots ?? most) < (load.slots ?? 0)
      ? [{ ...placeOf(['load', 'mostSlots']), message: `load.mostSlots: expected at least slots, ${load.slots}, found ${load.mostSlots}` }]
      : []),
    ...faults
      .slice(1)
      .flatMap(({ at }, place) =>
        at === undefined
          ? [{ ...placeOf(['faults', place + 1]), message: `faults.${place + 1}: expected at:, since the load is sent while all are held` }]
          : [],
      ),
    ...short.map((index) => ({
      ...placeOf(['faults', index, 'hold']),
      message: `faults.${index}.hold: expected at least ${seconds(needsMs)}, which the load may take, found ${faults[index]?.hold}; it is released sooner when the load is over`,
    })),
  ]
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
function scenarioOf({ placeOf }: Document<ScenarioFile>, file: ScenarioFile, kinds: Vocabulary['faults']): Scenario {
  const { name, hypothesis, risks, criteria, coldStart = false } = file
  const faults = file.faults.map(({ kind, target, at, hold, params }, index) => ({
    kind,
    target,
    ...(at === undefined ? {} : { atMs: durationMs(at) }),
    holdMs: durationMs(hold),
    params: withDefaults(kinds[kind] as Vocabulary['faults'][string], params),
    place: placeOf(['faults', index, 'kind']),
    targetPlace: placeOf(['faults', index, 'target']),
  }))
  const limits = limitsOf(file.limits ?? {})
  const alerts = file.alerts?.map(({ alert, level, channel, subject, after, within, resolved }) => {
    const afterMs = after === undefined ? 0 : durationMs(after)
    const about = subject === undefined ? {} : { subjects: [subject] }
    return { alert, level, channel, ...about, afterMs, withinMs: durationMs(within), resolvedMs: durationMs(resolved) }
  })
  return {
    name,
    hypothesis,
    risks,
    criteria,
    coldStart,
    steadyMs: durationMs(file.steady),
    recoveryMs: durationMs(file.recovery),
    faults,
    ...(alerts && { alerts }),
    ...(file.load && { load: loadOf(file.load) }),
    limits,
  }
}

function loadOf(file: NonNullable<ScenarioFile['load']>): Load {
  const { design, rate = 42, slot = '10s', slots = 12, mostSlots = 30 } = file
  // What was before the change cannot be made longer once it is in.
  const looks = design === 'control' ? [slots] : looksOf(slots, Math.max(slots, mostSlots))
  return { design, ratePerS: rate, slotMs: durationMs(slot), looks, old: file.old, new: file.new }
}

function withDefaults(schema: Vocabulary['faults'][string], params: unknown): Readonly<Record<string, unknown>> {
  return Default(schema, Clone(params ?? {})) as Readonly<Record<string, unknown>>
}

function limitsOf({ uptime, coverage, registration, metricsFresh, boot, recovery, ...others }: LimitsFile): Partial<Promises> {
  const { latencyP50, latencyP95, latencyP99, ...durations } = others
  return {
    ...(latencyP50 === undefined ? {} : { latencyP50 }),
    ...(latencyP95 === undefined ? {} : { latencyP95 }),
    ...(latencyP99 === undefined ? {} : { latencyP99 }),
    ...(uptime === undefined ? {} : { uptime }),
    ...(coverage === undefined ? {} : { coverage }),
    ...(registration === undefined ? {} : { registrationMs: durationMs(registration) }),
    ...(metricsFresh === undefined ? {} : { metricsFreshMs: durationMs(metricsFresh) }),
    ...(boot === undefined ? {} : { bootMs: durationMs(boot) }),
    ...(recovery === undefined ? {} : { recoveryMs: durationMs(recovery) }),
    ...Object.fromEntries(Object.entries(durations).map(([name, limit]) => [`${name}Ms`, durationMs(limit)])),
  }
}
