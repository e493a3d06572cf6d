/**
 * What an answer must say, as data: it can be printed, written to a journal, and tried again by somebody who has nothing else. Paths are
 * JSON Pointers (RFC 6901). What an answer does not say is neither true nor false.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

export type Predicate =
  | { readonly path: string; readonly op: 'is' | 'not'; readonly value: string | number | boolean | null }
  | { readonly path: string; readonly op: 'atLeast' | 'atMost'; readonly value: number }
  /** Of a list. That nothing is in it says nothing of every one. */
  | { readonly path: string; readonly op: 'every' | 'some' | 'none'; readonly of: Predicate }
  | { readonly all: readonly [Predicate, ...Predicate[]] }
  | { readonly any: readonly [Predicate, ...Predicate[]] }

/** Unknown where the answer does not say. */
export type Holds = true | false | 'unknown'

export function holds(predicate: Predicate, answer: Json): Holds {
  if ('all' in predicate) return least(predicate.all.map((part) => holds(part, answer)))
  if ('any' in predicate) return not(least(predicate.any.map((part) => not(holds(part, answer)))))
  const found = at(answer, predicate.path)
  if (found === undefined) return 'unknown'
  if ('of' in predicate)
    return Array.isArray(found)
      ? holdsOf(
          predicate.op,
          found.map((item: Json) => holds(predicate.of, item)),
        )
      : 'unknown'
  if (predicate.op === 'is') return found === predicate.value
  if (predicate.op === 'not') return found !== predicate.value
  const { op, value } = predicate
  if (typeof found !== 'number' || typeof value !== 'number') return 'unknown'
  return op === 'atLeast' ? found >= value : found <= value
}

function holdsOf(op: 'every' | 'some' | 'none', each: readonly Holds[]): Holds {
  if (op === 'every') return each.length === 0 ? 'unknown' : least(each)
  const some = not(least(each.map(not)))
  return op === 'some' ? some : not(some)
}

/** False where any is, unknown where any is that; of none, true. */
function least(all: readonly Holds[]): Holds {
  return all.includes(false) ? false : all.includes('unknown') ? 'unknown' : true
}

function not(value: Holds): Holds {
  return value === 'unknown' ? value : !value
}

/** @returns undefined where there is nothing at that place */
function at(answer: Json, path: string): Json | undefined {
  return keysOf(path).reduce<Json | undefined>((value, key) => {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined
    return (value as Readonly<Record<string, Json>>)[key]
  }, answer)
}

export function keysOf(path: string): readonly string[] {
  return path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** `/agents/Worker/state` */
export function pathOf(...keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** @throws Error where there is none: nothing would be asked */
export function allOf(predicates: readonly Predicate[]): Predicate {
  const [first, ...rest] = predicates
  if (first === undefined) throw new Error('a predicate of no parts holds of nothing')
  return rest.length === 0 ? first : { all: [first, ...rest] }
}
