/**
 * A predicate as one plain sentence, by the words that its question has for its fields; and whether it asks for anything that its
 * question never answers, which would be unknown for ever.
 */
import type { TSchema } from 'typebox'
import { keysOf, type Predicate } from '../base/predicate.ts'
import type { Asked, Phrase } from './answer.ts'
import { type Question, questions } from './index.ts'

/** `kernel shows mainpc/RadarIngest stopped (state T)` */
export function sentenceOf(verb: Question, machine: string, predicate: Predicate): string {
  const asked: Asked = questions[verb]
  return `${asked.witness} shows ${wordsOf(asked, [], machine, predicate)}`
}

function wordsOf(asked: Asked, prefix: readonly string[], machine: string, predicate: Predicate): string {
  const of = (part: Predicate) => wordsOf(asked, prefix, machine, part)
  if ('all' in predicate) return predicate.all.map((part) => ('any' in part ? `(${of(part)})` : of(part))).join('; ')
  if ('any' in predicate) return predicate.any.map((part) => ('all' in part ? `(${of(part)})` : of(part))).join(' or ')
  const path = [...prefix, ...keysOf(predicate.path)]
  const { phrase, keys } = phraseOf(asked, path)
  if (!('of' in predicate)) return phrase(predicate, machine, ...keys)
  const noun = phrase({ op: 'is', value: null }, machine, ...keys)
  const inner = wordsOf(asked, [...path, '*'], machine, predicate.of)
  return `${predicate.op === 'none' ? 'no ' : ''}${noun} ${inner}`
}

/** @throws Error where the question has no words for this path: then it does not answer it either */
function phraseOf({ says }: Asked, path: readonly string[]): { readonly phrase: Phrase; readonly keys: readonly string[] } {
  for (const [pattern, phrase] of Object.entries(says)) {
    const wanted = keysOf(pattern)
    if (wanted.length !== path.length || !wanted.every((key, place) => key === '*' || key === path[place])) continue
    return { phrase, keys: path.filter((key, place) => wanted[place] === '*' && key !== '*') }
  }
  throw new Error(`nothing is said at /${path.join('/')}`)
}

/** @returns the first path of the predicate that no answer of this schema can have; undefined: none */
export function strayPath(schema: TSchema, predicate: Predicate): string | undefined {
  const parts = 'all' in predicate ? predicate.all : 'any' in predicate ? predicate.any : undefined
  if (parts !== undefined) return parts.map((part) => strayPath(schema, part)).find((path) => path !== undefined)
  const { path } = predicate as Extract<Predicate, { path: string }>
  const found = keysOf(path).reduce<TSchema | undefined>(below, schema)
  if (found === undefined) return path
  if (!('of' in predicate)) return undefined
  const items = variants(found).find((each) => each.type === 'array')?.items as TSchema | undefined
  return items === undefined ? path : strayPath(items, predicate.of)
}

type Shape = TSchema & {
  readonly type?: string
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly patternProperties?: Readonly<Record<string, TSchema>>
  readonly anyOf?: readonly TSchema[]
  readonly items?: unknown
}

function variants(schema: TSchema): readonly Shape[] {
  const shape = schema as Shape
  return shape.anyOf?.flatMap(variants) ?? [shape]
}

function below(schema: TSchema | undefined, key: string): TSchema | undefined {
  const found = schema === undefined ? [] : variants(schema)
  for (const { properties, patternProperties } of found) {
    if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key]
    const record = Object.entries(patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(key))
    if (record !== undefined) return record[1]
  }
  return undefined
}
