/**
 * A predicate as one plain sentence, by the words that its question has for its fields; and whether it asks for anything that its
 * question never answers, which would be unknown for ever.
 */
import type { TSchema } from 'typebox'
import { keysOf, type Predicate } from '../base/predicate.ts'
import type { Asked, Said, Words } from './answer.ts'
import { type Question, questions } from './index.ts'

/** `kernel shows mainpc/RadarIngest stopped (state T)` */
export function sentenceOf(verb: Question, machine: string, predicate: Predicate): string {
  const asked: Asked = questions[verb]
  return `${asked.witness} shows ${worded(clausesOf(asked, machine, predicate))}`
}

interface Clause {
  readonly subjects: readonly string[]
  readonly phrases: readonly string[]
  /** Alternatives, which stand in brackets beside anything else. */
  readonly isOr?: true
}

function clausesOf(asked: Asked, machine: string, predicate: Predicate): readonly Clause[] {
  if ('all' in predicate) return joined(predicate.all.flatMap((part) => clausesOf(asked, machine, part)))
  if ('any' in predicate) return [alternatives(predicate.any.map((part) => clausesOf(asked, machine, part)))]
  const path = keysOf(predicate.path)
  const { words, keys } = wordsAt(asked, path)
  const subject = words.of?.(machine, ...keys) ?? machine
  const phrase = 'of' in predicate ? ofItems(asked, machine, path, predicate) : words.is?.(predicate, machine, ...keys)
  return [{ subjects: [subject], phrases: phrase === undefined ? [] : [phrase] }]
}

/** What is said of the items is said of the list; of none, the contrary. */
function ofItems(asked: Asked, machine: string, path: readonly string[], { op, of }: Extract<Predicate, { of: Predicate }>): string {
  if ('all' in of || 'any' in of || 'of' in of)
    throw new Error(`there are no words for what is composed of the items at /${path.join('/')}`)
  const { words, keys } = wordsAt(asked, [...path, '*', ...keysOf(of.path)])
  const said = (as: Said) => words.is?.(as, machine, ...keys) ?? ''
  if (op !== 'none') return said(of)
  return of.op === 'is' || of.op === 'not' ? said({ op: of.op === 'is' ? 'not' : 'is', value: of.value }) : `not ${said(of)}`
}

/** @throws Error where the question has no words for this path: then it does not answer it either */
function wordsAt({ says }: Asked, path: readonly string[]): { readonly words: Words; readonly keys: readonly string[] } {
  for (const [pattern, words] of Object.entries(says)) {
    const wanted = keysOf(pattern)
    if (wanted.length !== path.length || !wanted.every((key, place) => key === '*' || key === path[place])) continue
    return { words, keys: path.filter((key, place) => wanted[place] === '*' && key !== '*') }
  }
  throw new Error(`nothing is said at /${path.join('/')}`)
}

/** Of whom the same is said, it is said once; and what is said of the same, one after the other. */
function joined(clauses: readonly Clause[]): readonly Clause[] {
  const bySaid = Map.groupBy(clauses, ({ phrases, isOr, subjects }) => (isOr ? subjects : phrases).join())
  const once = [...bySaid.values()].map((group): Clause => {
    const [first] = group as [Clause]
    return first.isOr ? first : { subjects: [...new Set(group.flatMap(({ subjects }) => subjects))], phrases: first.phrases }
  })
  const bySubject = Map.groupBy(once, ({ subjects }) => subjects.join())
  return [...bySubject.values()].map((group): Clause => {
    const [first] = group as [Clause]
    return { ...first, phrases: group.flatMap(({ phrases }) => phrases) }
  })
}

function alternatives(options: readonly (readonly Clause[])[]): Clause {
  const subjects = new Set(options.map((clauses) => clauses.map((clause) => clause.subjects.join()).join(';')))
  const [first] = options[0] as readonly [Clause]
  if (subjects.size === 1 && options.every((clauses) => clauses.length === 1))
    return { subjects: first.subjects, phrases: [options.flatMap(([clause]) => clause?.phrases ?? []).join(' or ')] }
  const texts = options.map((clauses) => (clauses.length > 1 ? `(${worded(clauses)})` : worded(clauses)))
  return { subjects: [texts.join(' or ')], phrases: [], isOr: true }
}

const listed = new Intl.ListFormat('en-GB', { type: 'conjunction' })

/** `INPUT and OUTPUT of mainpc`: what all begin and end with is said once. */
function together(subjects: readonly string[]): string {
  const all = subjects.map((subject) => subject.split(' '))
  const [first = []] = all
  const most = Math.min(...all.map(({ length }) => length)) - 1
  const alike = (word: (words: readonly string[], place: number) => string | undefined, limit: number) => {
    let count = 0
    while (count < limit && all.every((words) => word(words, count) === word(first, count))) count += 1
    return count
  }
  const head = subjects.length === 1 ? 0 : alike((words, place) => words[place], most)
  const tail = subjects.length === 1 ? 0 : alike((words, place) => words.at(-1 - place), most - head)
  const middles = all.map((words) => words.slice(head, words.length - tail).join(' '))
  return [...first.slice(0, head), listed.format(middles), ...first.slice(first.length - tail)].join(' ')
}

function worded(clauses: readonly Clause[]): string {
  return clauses
    .map(({ subjects, phrases, isOr }) => {
      const text = [together(subjects), phrases.join(', ')].filter(Boolean).join(' ')
      return isOr && clauses.length > 1 ? `(${text})` : text
    })
    .join('; ')
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
