/**
 * What a tool answers, as types: each question has a schema, a witness whose word it is, and words for its fields, so that a predicate
 * over them can be read as a sentence: `kernel shows mainpc/Worker stopped (state T)`.
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
type Subject = (...keys: readonly string[]) => string
/** What is said of it, as it stands behind it: `stopped`, `with rules of ours`. Nothing here agrees with a number, since subjects are joined. */
export type Phrase = (said: Said, ...keys: readonly string[]) => string

/** Of a list, the subject alone: what is said of it is said of its items. Of an item, the phrase alone. */
export interface Words {
  readonly of?: Subject
  readonly is?: Phrase
}

export interface Asked<Schema extends TSchema = TSchema> {
  readonly witness: Witness
  readonly answer: Schema
  /** By path, with `*` for the keys of a record and the items of a list. */
  readonly says: Readonly<Record<string, Words>>
}

/** For a field that is true or false, or one word or another. */
export function either(yes: string, no: string, word: unknown = true): Phrase {
  return ({ op, value }) => ((op === 'is') === (value === word) ? yes : no)
}

/** For a field of several words. @param words by value; one that is denied is said with `not`, where `denied` has no better */
export function oneOf(words: Readonly<Record<string, string>>, denied: Readonly<Record<string, string>> = {}): Phrase {
  return ({ op, value }) => {
    const word = words[String(value)] ?? String(value)
    return op === 'is' ? word : (denied[String(value)] ?? `not ${word}`)
  }
}

/** `with rules of ours`, `without rules of ours`, `with at most 3 files left`. */
export function counted(one: string, many: string, rest = ''): Phrase {
  return ({ op, value }) => {
    const isNone = value === 0 && op !== 'atLeast'
    if (isNone || (value === 1 && op === 'atLeast')) return `${isNone === (op !== 'not') ? 'without' : 'with'} ${many}${rest}`
    const bound = { is: '', not: 'not ', atLeast: 'at least ', atMost: 'at most ' }[op]
    return `with ${bound}${value} ${value === 1 ? one : many}${rest}`
  }
}
