/**
 * Whether an event of a file is one. A journal may come from another machine or have been edited: what does not keep to its schema
 * is refused where it stands, so that no check ever meets a field that is missing.
 */
import { Compile } from 'typebox/compile'
import { eventSchemas, journalSchema } from './event.ts'

/** Samples are looked at by hand (columns.ts). */
const { samples: _, ...others } = eventSchemas

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
