/**
 * What a tool answers, as types: each question has a schema, a witness whose word it is, and words for its fields, so that a predicate
 * over them can be read as a sentence.
 */
import type { TSchema } from 'typebox'

/** Whose word an answer is: never that of an agent about itself alone, where another can say it. */
export type Witness = 'kernel' | 'supervisord' | 'engine' | 'disk' | 'repository' | 'name server'

/** What a predicate says of one field. */
export interface Said {
  readonly op: 'is' | 'not' | 'atLeast' | 'atMost'
  readonly value: string | number | boolean | null
}

/** @param keys what stands in the path in the places of `*`, in order, with the machine before them */
export type Phrase = (said: Said, ...keys: readonly string[]) => string

export interface Asked<Schema extends TSchema = TSchema> {
  readonly witness: Witness
  readonly answer: Schema
  /** By path, with `*` for the keys of a record and the items of a list. */
  readonly says: Readonly<Record<string, Phrase>>
}

/** For a field that is true or false, or one word or another. */
export function either(
  yes: (...keys: readonly string[]) => string,
  no: (...keys: readonly string[]) => string,
  word: unknown = true,
): Phrase {
  return ({ op, value }, ...keys) => ((op === 'is') === (value === word) ? yes(...keys) : no(...keys))
}

export function counted(of: (...keys: readonly string[]) => string): Phrase {
  return ({ op, value }, ...keys) => {
    const bound = { is: '', not: 'not ', atLeast: 'at least ', atMost: 'at most ' }[op]
    return `${bound}${value === 0 && op === 'is' ? 'no' : value} ${of(...keys)}`
  }
}
