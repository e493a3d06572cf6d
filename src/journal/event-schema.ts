/**
 * Whether an event of a file is one. A journal may come from another machine or have been edited: what does not keep to its schema
 * is refused where it stands, so that no check ever meets a field that is missing.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { eventSchemas, journalSchema } from './event.ts'

const text = Type.String()
const texts = Type.Array(text)
const number = Type.Number()
const flag = Type.Boolean()
const count = Type.Integer({ minimum: 0 })
const word = (...words: string[]) => Type.Enum(words)
const list = Type.Array
const object = Type.Object
const opt = Type.Optional
const above = Type.Number({ exclusiveMinimum: 0 })
const expectation = Type.Union([object({ matches: text }), object({ exitCode: Type.Integer() })])

const ofFaults = {
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
    expectations: list(object({ machine: text, effective: expectation, gone: expectation })),
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
    query: word('effective', 'gone'),
    exitCode: number,
    stdout: text,
    stderr: text,
    asked: opt(flag),
    ageMs: opt(Type.Number({ minimum: 0 })),
  }),
}

/** Samples are looked at by hand (columns.ts). */
const { samples: _, ...others } = { ...eventSchemas, ...ofFaults }

const validators = new Map(Object.entries(others).map(([kind, schema]) => [kind, Compile(schema)]))

/** @returns what is wrong with an event that is no batch of samples; undefined when nothing is */
export function problemOf(kind: unknown, event: unknown): string | undefined {
  const validator = typeof kind === 'string' ? validators.get(kind) : undefined
  if (validator === undefined)
    return `no event is called ${JSON.stringify(kind) ?? 'undefined'}; there are ${[...validators.keys()].join(', ')}`
  if (validator.Check(event)) return undefined
  const { schema } = event as { readonly schema?: unknown }
  if (kind === 'run' && schema !== journalSchema)
    return `this journal keeps to ${JSON.stringify(schema) ?? 'no schema'}, and this version judges ${journalSchema} alone: judge it by the commit that made it`
  const [first] = validator.Errors(event)
  return `${String(kind)}${first?.instancePath ?? ''} ${first?.message ?? 'has another shape'}`
}
