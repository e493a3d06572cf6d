/**
 * The shape of each event as it stands in a file. A journal may come from another machine or have been edited: what does not
 * keep to this is refused where it stands, so that no check ever meets a field that is missing.
 */
import Type, { type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { predicateSchema } from '../base/predicate-schema.ts'
import { journalSchema, type Kind, serviceProbes } from './event.ts'
import { loadDesigns } from './load-event.ts'

const text = Type.String()
const texts = Type.Array(text)
const number = Type.Number()
const flag = Type.Boolean()
const count = Type.Integer({ minimum: 0 })
const word = (...words: string[]) => Type.Enum(words)
const list = Type.Array
const object = Type.Object
const opt = Type.Optional
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()])

const promises = object({
  uptime: Type.Number({ exclusiveMinimum: 0, maximum: 1 }), // 0 promises nothing
  coverage: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  registrationMs: number,
  metricsFreshMs: number,
  bootMs: number,
  recoveryMs: number,
  rollbackMs: opt(number),
  rollbackAgentMs: opt(number),
  rollbackConfigMs: opt(number),
  latencyP50: opt(Type.Number({ minimum: 1 })),
  latencyP95: opt(Type.Number({ minimum: 1 })),
  latencyP99: opt(Type.Number({ minimum: 1 })),
  latencyLeastMs: opt(Type.Number({ minimum: 0 })),
})
const timeOrNull = orNull(number)
const sequence = Type.Integer({ minimum: 1 })
const ranges = list(Type.Tuple([sequence, sequence]))
const expectedAlert = object({
  alert: text,
  level: text,
  channel: text,
  subjects: opt(texts),
  afterMs: number,
  withinMs: number,
  resolvedMs: number,
})
const alertingRules = list(
  object({ kind: word('alert', 'record'), name: text, exprHash: text, forMs: number, labels: Type.Record(text, text) }),
)
const above = Type.Number({ exclusiveMinimum: 0 })
const asked = object({ path: text, says: text })
const predicate = predicateSchema

/** Samples are checked by hand, column by column, since there may be millions (columns.ts). */
const schemas = {
  run: object({
    schema: Type.Literal(journalSchema),
    id: text,
    startedAt: text,
    reproduce: text,
    seed: number,
    profile: text,
    timeScale: opt(Type.Number({ minimum: 1 })),
    defects: opt(list(object({ id: text, sentence: text, owners: texts, on: texts }))),
    vault: opt(text),
    commit: orNull(text),
    dirty: flag,
    images: Type.Record(text, text),
    host: object({ cores: number, memoryMb: number, kernel: text, engine: text, abilities: texts }),
    suite: object({ name: text, scenarios: texts, requires: texts }),
    promises,
  }),
  topology: object({
    machines: list(object({ id: text, engine: text, configFile: text })),
    agents: list(object({ id: text, name: text, machine: text, role: text, port: number, healthPort: number, dependsOn: texts })),
    services: opt(list(object({ id: text, machine: text, probe: word(...serviceProbes), agent: opt(text) }))),
    places: opt(texts),
  }),
  'config-findings': object({
    findings: list(
      object({ rule: text, severity: word('error', 'note'), message: text, file: text, line: number, column: number, agents: texts }),
    ),
  }),
  scenario: object({
    name: text,
    hypothesis: text,
    risks: texts,
    criteria: texts,
    limits: promises,
    coldStart: flag,
    planned: opt(object({ steadyMs: number, disturbedMs: number })),
    alerts: opt(list(expectedAlert)),
  }),
  phase: object({ name: word('bring-up', 'steady', 'fault', 'recovery', 'final') }),
  boot: object({
    machine: text,
    dryRun: flag,
    ok: flag,
    scripts: object({ found: count, total: count }),
    layers: list(texts),
    findings: list(object({ rule: text, message: text, agents: texts })),
    started: list(
      object({
        agent: text,
        startedMs: number,
        healthyMs: timeOrNull,
        waitedFor: opt(list(object({ agent: text, healthyMs: timeOrNull }))),
      }),
    ),
  }),
  validation: object({ machine: text, planted: text, answer: word('refused', 'accepted', 'unclear'), said: texts }),
  'agent-log': object({ agent: text, lines: texts }),
  registrations: object({ records: list(object({ agent: text, sinceStartMs: number, status: text })) }),
  exposition: object({ answers: list(object({ agent: text, problem: orNull(text), samples: number, self: flag })) }),
  freshness: object({ hub: text, records: list(object({ agent: text, ageMs: number })) }),
  pushes: object({ machine: text, records: list(object({ agent: text, ageMs: number })) }),
  accounts: object({
    when: word('before', 'after'),
    records: list(object({ agent: text, incarnation: number, sequence: count, lost: count, lostSequences: list(sequence) })),
  }),
  processes: object({
    when: word('before', 'after'),
    machine: text,
    records: list(object({ agent: text, pid: count, startTicks: count })),
  }),
  sequences: object({
    hub: text,
    waitedMs: number,
    records: list(object({ agent: text, incarnation: number, stored: ranges, doubled: ranges })),
  }),
  notices: object({
    when: word('before', 'after'),
    notices: list(
      object({
        service: text,
        channel: text,
        alert: orNull(text),
        level: orNull(text),
        subject: orNull(text),
        firedMs: number,
        resolvedMs: timeOrNull,
        times: count,
      }),
    ),
    heartbeats: count,
    heartbeatMs: timeOrNull,
    heartbeatEveryMs: number,
    heartbeatsMs: opt(list(number)),
    uncertainMs: opt(Type.Number({ minimum: 0 })),
    deployed: opt(alertingRules),
    rules: orNull(object({ names: texts, broken: opt(texts), ageMs: number, agentsSeen: count, evaluated: opt(alertingRules) })),
    dropped: count,
    unmatched: count,
    refused: count,
  }),
  plan: object({
    lease: text,
    fault: text,
    ttlMs: number,
    holdMs: number,
    plan: Type.Unknown(),
    targets: texts,
    radius: texts,
    silences: texts,
    idles: opt(texts),
    mayFail: opt(texts),
    restarts: opt(object({ ids: texts, withinMs: above })),
    lasts: word('instant', 'until-undone'),
    expectations: list(object({ machine: text, effective: predicate, lasting: predicate, gone: predicate })),
  }),
  lease: object({
    lease: text,
    state: word('armed', 'applying', 'applied', 'refused', 'releasing', 'undone', 'released', 'expired', 'failed'),
    detail: opt(text),
    begun: opt(texts),
    because: opt(word('held', 'load-over', 'cut-short')),
  }),
  proof: object({
    lease: text,
    step: count,
    machine: text,
    query: word('effective', 'lasting', 'gone'),
    answer: Type.Unknown(),
    problem: orNull(text),
    ageMs: Type.Number({ minimum: 0 }),
  }),
  observer: object({
    state: word('started', 'stopped', 'lost'),
    intervalMs: Type.Number({ minimum: 0 }),
    timeoutMs: Type.Number({ minimum: 0 }),
    latenessMs: Type.Number({ minimum: 0 }),
    offsetMs: number,
    offsetErrorMs: Type.Number({ minimum: 0 }),
    sent: opt(count),
    unsent: opt(count),
    detail: opt(text),
  }),
  lag: object({ fromMs: number, toMs: number, cause: word('event-loop', 'clock') }),
  load: object({
    load: text,
    design: word(...loadDesigns),
    when: word('before', 'during'),
    ratePerS: above,
    slotMs: above,
    replicates: Type.Integer({ minimum: 1, maximum: 10_000 }),
    looks: list(Type.Integer({ minimum: 1 })),
    timeoutMs: above,
    warmUpMs: Type.Number({ minimum: 0 }),
    seed: number,
    targets: list(object({ machine: text, agents: object({ old: texts, twin: texts, new: texts }) })),
    asks: object({ old: asked, twin: asked, new: asked }),
  }),
  'load-samples': object({
    load: text,
    scheduled: list(number),
    targets: list(count),
    arms: list(count),
    answers: list(count),
    latency: list(number),
  }),
  'load-end': object({ load: text, sent: orNull(count), dropped: orNull(count), exitCode: Type.Integer(), said: text }),
  snapshot: object({ when: word('before', 'after'), machine: text, lines: texts }),
  leftovers: object({ containers: texts, networks: texts, volumes: texts, processes: opt(texts), files: opt(texts) }),
  abort: object({ condition: text, seen: text, causeMs: number }),
  trouble: object({ code: text, message: text, next: text }),
  end: object({ endedAt: text, interrupted: flag }),
} satisfies Record<Exclude<Kind, 'samples'>, TSchema>

const validators = new Map(Object.entries(schemas).map(([kind, schema]) => [kind, Compile(schema)]))

/** @returns what is wrong with an event that is no batch of samples; undefined when nothing is */
export function problemOf(kind: unknown, event: unknown): string | undefined {
  const validator = typeof kind === 'string' ? validators.get(kind) : undefined
  if (validator === undefined)
    return `no event is called ${JSON.stringify(kind) ?? 'undefined'}; there are ${[...validators.keys()].join(', ')}`
  if (validator.Check(event)) return undefined
  const [first] = validator.Errors(event)
  return `${String(kind)}${first?.instancePath ?? ''} ${first?.message ?? 'has another shape'}`
}
