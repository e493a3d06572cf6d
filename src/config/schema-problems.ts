/** What a schema has against a value, in words and with the place: one problem for each place, never the validator's own prose. */
import type { TSchema } from 'typebox'
import { Settings } from 'typebox/system'
import { Errors } from 'typebox/value'
import type { Problem } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Nodes, Path } from './nodes.ts'

/** The parts of JSON Schema that our schemas use. `expected` is our own keyword: the expectation in words, where they can be better. */
interface SchemaView {
  readonly expected?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly SchemaView[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly minItems?: number
  readonly properties?: Readonly<Record<string, SchemaView>>
  readonly patternProperties?: Readonly<Record<string, SchemaView>>
  readonly items?: SchemaView
}

/** @param base path of `value` in the document */
export function schemaProblems(schema: TSchema, value: unknown, nodes: Nodes, base: Path = []): Problem[] {
  // The library stops at eight errors unless told otherwise, and all problems are wanted at once.
  Settings.Set({ maxErrors: 10_000 })
  const errors = Errors(schema, value)
  const paths = errors.map((error) => fromPointer(error.instancePath, value))
  const seen = new Set<string>()
  const problems = errors.flatMap((error, index) => {
    const path = paths[index] as Path
    const view = schemaAt(schema as SchemaView, path)
    if (error.keyword === 'boolean') return [] // the same unknown key is reported by its mapping
    if (error.keyword === 'additionalProperties') return error.params.additionalProperties.map((key) => unknownKey(view, path, key))
    if (error.keyword === 'required') return error.params.requiredProperties.map((key) => missingKey(view, path, key))
    const isBranch = paths.some((other) => other.length > path.length && path.every((step, i) => step === other[i])) && view?.anyOf
    if (isBranch || seen.has(error.instancePath)) return []
    seen.add(error.instancePath)
    return [wrongValue(view, path)]
  })
  // Where the text itself is wrong (an alias to nothing), what its value lacks is no news.
  return problems.filter(({ line, column }) => !nodes.problems.some((said) => said.line === line && said.column === column))

  function unknownKey(view: SchemaView | undefined, path: Path, key: string): Problem {
    const known = Object.keys(view?.properties ?? {})
    const meant = nearest(key, known)
    const hint = meant ? `; did you mean ${meant}?` : ''
    return {
      ...nodes.placeOf([...base, ...path, key], 'key'),
      message: `${key}: unknown key${hint}`,
      expected: `one of ${known.join(', ')}`,
    }
  }

  function missingKey(view: SchemaView | undefined, path: Path, key: string): Problem {
    const expected = expectation(view?.properties?.[key])
    const place = nodes.placeOf([...base, ...path], 'key')
    return { ...place, message: `${label([...base, ...path])}: ${key} is missing, expected ${expected}` }
  }

  function wrongValue(view: SchemaView | undefined, path: Path): Problem {
    const expected = expectation(view)
    const whole = [...base, ...path]
    const message = `${label(whole)}: expected ${expected}, found ${found(valueAt(value, path), whole)}`
    return { ...nodes.placeOf(whole), message }
  }
}

/** The last key of a path, with the indices behind it: `dependencies[2]`. */
export function label(path: Path): string {
  const start = path.findLastIndex((step) => typeof step === 'string')
  if (start < 0) return 'the file'
  return `${path[start]}${path
    .slice(start + 1)
    .map((index) => `[${index}]`)
    .join('')}`
}

/** A value in words. Where a secret may stand, its type only. */
export function found(value: unknown, path: Path = []): string {
  const kind = kindOf(value)
  const mayBeSecret = path.some((step) => /env|pass|secret|token|credential|key/i.test(String(step)))
  if (Array.isArray(value) && value.length === 0) return 'an empty list'
  if (kind === 'nothing' || kind === 'a list' || kind === 'a mapping' || mayBeSecret) return kind
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return 'a date'
  return { object: 'a mapping', string: 'a string', number: 'a number', boolean: 'a boolean' }[typeof value as string] ?? 'another type'
}

/** What a schema asks for, in words. */
export function expectation(schema: SchemaView | undefined): string {
  if (!schema) return 'something else'
  if (schema.expected) return schema.expected
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.enum) return `one of ${schema.enum.join(', ')}`
  if (schema.anyOf?.every((branch) => 'const' in branch)) return `one of ${schema.anyOf.map((branch) => String(branch.const)).join(', ')}`
  if (schema.anyOf) return schema.anyOf.map(expectation).join(' or ')
  return ofType(schema)
}

function ofType({ type, minimum, maximum, minLength, minItems }: SchemaView): string {
  const number = type === 'integer' ? 'an integer' : 'a number'
  if (type === 'integer' || type === 'number') {
    if (minimum !== undefined && maximum !== undefined) return `${number} from ${minimum} to ${maximum}`
    return minimum === undefined ? number : `${number} of at least ${minimum}`
  }
  if (type === 'string') return minLength ? 'a string that is not empty' : 'a string'
  if (type === 'array') return minItems ? `a list of at least ${minItems}` : 'a list'
  return { boolean: 'true or false', object: 'a mapping', null: 'nothing' }[type ?? ''] ?? 'something else'
}

function schemaAt(schema: SchemaView | undefined, path: Path): SchemaView | undefined {
  const [step, ...rest] = path
  if (!schema || step === undefined) return schema
  for (const branch of schema.anyOf ?? []) {
    const below = schemaAt(branch, path)
    if (below) return below
  }
  const pattern = Object.entries(schema.patternProperties ?? {}).find(([regex]) => new RegExp(regex, 'u').test(String(step)))
  return schemaAt(typeof step === 'number' ? schema.items : (schema.properties?.[step] ?? pattern?.[1]), rest)
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | null)?.[step], value)
}

/** A JSON pointer as a path; a step into a list becomes a number. */
function fromPointer(pointer: string, value: unknown): Path {
  const path: (string | number)[] = []
  for (const part of pointer.split('/').slice(1)) {
    const step = part.replaceAll('~1', '/').replaceAll('~0', '~')
    path.push(Array.isArray(valueAt(value, path)) ? Number(step) : step)
  }
  return path
}
