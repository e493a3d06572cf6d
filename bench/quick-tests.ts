/**
 * As much of the test runner as the tests of the checks use, without starting a process: it stands in for `vitest` when a mutant is
 * tried, which happens some seven hundred times. What it does not know, it refuses; that the tests pass on the code as it is shows
 * that it knows enough.
 */
import { isDeepStrictEqual } from 'node:util'

/** Those of one file come one after the other, with what is done before and after each of that file. */
interface Group {
  readonly tests: { readonly name: string; readonly body: () => unknown }[]
  readonly before: (() => unknown)[]
  readonly after: (() => unknown)[]
}
const groups: Group[] = []

/** Golden histories that need not be judged, since nothing in them is judged otherwise than before. */
let unconcerned: ReadonlySet<unknown> = new Set()
export function leaveOut(rows: ReadonlySet<unknown>): void {
  unconcerned = rows
}

/** What is registered from now on belongs to the next file. */
export function file(): void {
  groups.push({ tests: [], before: [], after: [] })
}
const current = () => groups.at(-1) as Group

/** @returns what failed first, which ends it; nothing where all pass */
export function run(): string | undefined {
  for (const { tests, before, after } of groups)
    for (const { name, body } of tests)
      try {
        for (const each of before) each()
        if (body() instanceof Promise) return `${name}: it is not over when it returns`
      } catch (error) {
        return `${name}: ${String(error)}`
      } finally {
        for (const each of after) each()
      }
  return undefined
}

export function beforeEach(body: () => unknown): void {
  current().before.push(body)
}

export function afterEach(body: () => unknown): void {
  current().after.push(body)
}

type Body = (...args: never[]) => unknown

export const test = Object.assign((name: string, body: Body) => void current().tests.push({ name, body: body as () => unknown }), {
  each: (table: readonly unknown[]) => (name: string, body: (...args: unknown[]) => unknown) => {
    for (const row of table.filter((each) => !unconcerned.has(each)))
      current().tests.push({ name, body: () => body(...(Array.isArray(row) ? row : [row])) })
  },
})

export function describe(_: string, body: () => unknown): void {
  body()
}

type Holds = (actual: unknown) => boolean
const holding = Symbol('asymmetric')
const asymmetric = (holds: Holds) => ({ [holding]: holds })

/** Fields that are undefined are no fields, as toEqual has it; with `part`, objects may have more than is expected. */
function equals(actual: unknown, expected: unknown, part: boolean): boolean {
  if (typeof expected !== 'object' || expected === null) return Object.is(actual, expected)
  if (holding in expected) return (expected[holding] as Holds)(actual)
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== Array.isArray(expected)) return false
  if (Array.isArray(expected)) {
    const list = actual as unknown[]
    return list.length === expected.length && expected.every((each, place) => equals(list[place], each, part))
  }
  if (expected instanceof Map || expected instanceof Set) return isDeepStrictEqual(actual, expected)
  const [has, wanted] = [actual as Record<string, unknown>, expected as Record<string, unknown>]
  const extra = Object.keys(has).filter((key) => has[key] !== undefined && !(key in wanted))
  return (part || extra.length === 0) && Object.keys(wanted).every((key) => equals(has[key], wanted[key], part))
}

const isCloseTo = (actual: unknown, value: number, digits = 2) =>
  actual === value || Math.abs((actual as number) - value) < 10 ** -digits / 2 // infinity is close to itself only

const matchers = {
  toBe: (actual: unknown, expected: unknown) => Object.is(actual, expected),
  toEqual: (actual: unknown, expected: unknown) => equals(actual, expected, false),
  toMatchObject: (actual: unknown, expected: unknown) => equals(actual, expected, true),
  toHaveLength: (actual: unknown, length: number) => (actual as readonly unknown[]).length === length,
  toMatch: (actual: unknown, pattern: RegExp) => pattern.test(String(actual)),
  toContain: (actual: unknown, part: unknown) => (actual as readonly unknown[]).includes(part), // of a text as well
  toContainEqual: (actual: unknown, expected: unknown) => (actual as readonly unknown[]).some((each) => equals(each, expected, false)),
  toBeNull: (actual: unknown) => actual === null,
  toBeUndefined: (actual: unknown) => actual === undefined,
  toBeGreaterThan: (actual: unknown, least: number) => (actual as number) > least,
  toBeGreaterThanOrEqual: (actual: unknown, least: number) => (actual as number) >= least,
  toBeLessThan: (actual: unknown, most: number) => (actual as number) < most,
  toBeLessThanOrEqual: (actual: unknown, most: number) => (actual as number) <= most,
  toBeCloseTo: isCloseTo,
  toThrow: (actual: unknown, expected?: unknown) => {
    try {
      ;(actual as () => unknown)()
    } catch (error) {
      if (expected instanceof RegExp) return expected.test((error as Error).message)
      return expected === undefined || equals(error, expected, true)
    }
    return false
  },
}
type Matchers = { readonly [Name in keyof typeof matchers]: (...args: unknown[]) => void }

function expectations(actual: unknown, wanted: boolean): Matchers {
  const entries = Object.entries(matchers).map(([name, holds]) => [
    name,
    (...args: unknown[]) => {
      if ((holds as (...all: unknown[]) => boolean)(actual, ...args) !== wanted) throw new Error(`${name} does not hold`)
    },
  ])
  return Object.fromEntries(entries) as Matchers
}

export const expect = Object.assign((actual: unknown) => ({ ...expectations(actual, true), not: expectations(actual, false) }), {
  any: (type: NumberConstructor | StringConstructor) => asymmetric((actual) => typeof actual === (type === Number ? 'number' : 'string')),
  closeTo: (value: number, digits?: number) => asymmetric((actual) => isCloseTo(actual, value, digits)),
  /** Of a list as well, which has a length. */
  objectContaining: (part: object) =>
    asymmetric((actual) => Object.entries(part).every(([key, wanted]) => equals((actual as Record<string, unknown>)[key], wanted, true))),
  stringContaining: (text: string) => asymmetric((actual) => typeof actual === 'string' && actual.includes(text)),
  stringMatching: (pattern: RegExp | string) => asymmetric((actual) => typeof actual === 'string' && new RegExp(pattern).test(actual)),
})
