/**
 * YAML text to plain values, keeping the place of every key and value. Read as YAML 1.1, since that is what the readers of
 * startup configs on the machines do (`yes` is true, `<<` merges). What such a reader would lose silently is a problem here:
 * a key given twice, an alias to nothing, an alias to what contains it.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml'
import type { Problem } from '../base/errors.ts'
import type { Source } from './source.ts'

export type Path = readonly (string | number)[]

export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface Nodes {
  /** Undefined when the text is not YAML or holds nothing. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** Where the value at this path begins, or its key; of a path that is not there, its nearest ancestor's. */
  placeOf(path: Path, part?: 'key' | 'value'): Place
}

interface Offsets {
  readonly key?: number
  readonly value: number
}

/** What a walk over the nodes needs and fills. */
interface Walk {
  readonly document: Document
  readonly places: Map<string, Offsets>
  readonly report: (offset: number, message: string, expected: string) => void
  readonly placeAt: (offset: number) => Place
  values: number
}

/** A bound on what aliases may expand to: a text of a few lines can otherwise ask for billions of values. */
const mostValues = 50_000
/** A bound on nesting, below what the stack would allow: a readable file has about ten levels. */
const deepest = 100
const mostSyntaxErrors = 20

export function readNodes({ file, text }: Source): Nodes {
  const lines = new LineCounter()
  const problems: Problem[] = []
  const places = new Map<string, Offsets>()
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const report = (offset: number, message: string, expected: string) => problems.push({ ...placeAt(offset), message, expected })

  const document = parsed(text, lines)
  if (document === undefined) {
    report(indentedBeyond(text), 'nested too deeply', `at most ${deepest} levels`)
    return { value: undefined, problems, placeOf: () => placeAt(0) }
  }
  for (const error of syntaxErrors(document)) {
    if (error.code === 'MULTIPLE_DOCS') report(error.pos[0], 'a second document begins here', 'one document in a file')
    else if (error.code === 'RESOURCE_EXHAUSTION') report(error.pos[0], 'nested too deeply', `at most ${deepest} levels`)
    else report(error.pos[0], `not valid YAML: ${sentence(error.message)}`, 'valid YAML')
  }
  const root = document.contents as Node | null
  let value: unknown
  if (problems.length === 0) {
    if (!root || (isScalar(root) && root.value === null)) report(0, 'the file is empty', 'a mapping')
    else value = wholeValue({ document, places, report, placeAt, values: 0 }, root)
  }
  return { value, problems, placeOf: (path, part) => placeAt(offsetOf(places, path, part ?? 'value')) }
}

/** @returns undefined for blocks nested beyond the parser's stack; it counts the levels only of what stands in brackets */
function parsed(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    return parseDocument(text, { lineCounter, uniqueKeys: false, version: '1.1', prettyErrors: false })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Each level of blocks is indented by a column at least, or opened by a dash. */
function indentedBeyond(text: string): number {
  return Math.max(0, text.search(new RegExp(`^[ -]{${deepest}}`, 'm')))
}

/** One mistake in the syntax makes the parser find others after it: past the first few they say nothing more. */
function syntaxErrors(document: Document): readonly YAMLError[] {
  const all = [...document.errors, ...document.warnings]
  const exhausted = all.find((error) => error.code === 'RESOURCE_EXHAUSTION')
  return exhausted ? [exhausted] : all.slice(0, mostSyntaxErrors)
}

function wholeValue(walk: Walk, root: Node): unknown {
  const value = visit(walk, root, [], [])
  return walk.values < mostValues ? value : undefined
}

function visit(walk: Walk, node: Node | null, path: Path, above: readonly Node[], key?: Node): unknown {
  const keyOffset = startOf(key)
  const offset = startOf(node) ?? keyOffset ?? 0
  walk.places.set(pointer(path), keyOffset === undefined ? { value: offset } : { key: keyOffset, value: offset })
  if (isBeyond(walk, offset, above)) return null
  if (isAlias(node)) {
    const target = targetOf(walk, node, above)
    return target ? visit(walk, target, path, [...above, node], key) : null
  }
  if (isMap(node)) return Object.fromEntries(entriesOf(walk, node, path, [...above, node]))
  if (isSeq(node)) return node.items.map((item, index) => visit(walk, item as Node, [...path, index], [...above, node]))
  return isScalar(node) ? scalarValue(node) : null
}

function isBeyond(walk: Walk, offset: number, above: readonly Node[]): boolean {
  if (++walk.values === mostValues) walk.report(offset, `more than ${mostValues} values`, 'fewer aliases, or a smaller file')
  if (above.length === deepest) walk.report(offset, 'nested too deeply', `at most ${deepest} levels`)
  return walk.values >= mostValues || above.length >= deepest
}

function targetOf({ document, report }: Walk, alias: Alias, above: readonly Node[]): Node | undefined {
  const target = alias.resolve(document)
  const offset = startOf(alias) ?? 0
  if (!target) report(offset, `*${alias.source}: no anchor &${alias.source} stands above it`, 'the name of an anchor')
  else if (above.includes(target)) report(offset, `*${alias.source}: refers to what contains it`, 'another anchor')
  else return target
  return undefined
}

/** `y` and `n` are booleans to the letter of YAML 1.1, and plain words to those who read the configs on the machines. */
function scalarValue({ type, source, value }: Scalar): unknown {
  return type === 'PLAIN' && source !== undefined && /^[yn]$/i.test(source) ? source : value
}

/** Merged keys first, so that the mapping's own win. */
function entriesOf(walk: Walk, map: YAMLMap, path: Path, above: readonly Node[]): [string, unknown][] {
  const pairs = map.items as Pair<Node, Node | null>[]
  const merged = pairs.filter((pair) => isMerge(pair.key)).flatMap((pair) => mergedEntries(walk, pair, path, above))
  const first = new Map<string, number>()
  const own: [string, unknown][] = []
  for (const pair of pairs.filter((pair) => !isMerge(pair.key))) {
    const name = nameOf(pair.key)
    const offset = startOf(pair.key) ?? above.map(startOf).findLast((start) => start !== undefined) ?? 0
    const earlier = name === undefined ? undefined : first.get(name)
    if (name === undefined) walk.report(offset, 'a key that is not a word', 'a plain word as key')
    else if (earlier !== undefined) {
      const { line, column } = walk.placeAt(earlier)
      walk.report(offset, `${name}: the same key twice in one mapping, first at line ${line}, column ${column}`, 'each key once')
    } else {
      first.set(name, offset)
      own.push([name, visit(walk, pair.value, [...path, name], above, pair.key)])
    }
  }
  return [...merged, ...own]
}

/** Of several mappings to merge the first wins, so that they are laid down from the last. */
function mergedEntries(walk: Walk, pair: Pair<Node, Node | null>, path: Path, above: readonly Node[]): [string, unknown][] {
  const given = isSeq(pair.value) ? (pair.value.items as Node[]).toReversed() : [pair.value]
  return given.flatMap((node) => {
    const map = isAlias(node) ? targetOf(walk, node, above) : node
    if (isMap(map)) return isBeyond(walk, startOf(map) ?? 0, above) ? [] : entriesOf(walk, map, path, [...above, map])
    if (map || !isAlias(node)) walk.report(startOf(node) ?? startOf(pair.key) ?? 0, '<<: not a mapping', 'a mapping to merge')
    return []
  })
}

function isMerge(key: Node): boolean {
  return isScalar(key) && typeof key.value === 'symbol' && key.value.description === '<<'
}

/** A key as it is written: `on` stays `on`, though its value would be true. */
function nameOf(key: Node): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined
  return key.type === 'PLAIN' && key.source !== undefined ? key.source : String(key.value)
}

function startOf(node: Node | null | undefined): number | undefined {
  return node?.range?.[0]
}

function pointer(path: Path): string {
  return JSON.stringify(path)
}

function offsetOf(places: ReadonlyMap<string, Offsets>, path: Path, part: 'key' | 'value'): number {
  const found = places.get(pointer(path))
  if (found) return part === 'key' ? (found.key ?? found.value) : found.value
  return path.length === 0 ? 0 : offsetOf(places, path.slice(0, -1), 'key')
}

/** The parser's own words, without the full stop and in lower case. */
function sentence(message: string): string {
  const [line = ''] = message.split('\n')
  return `${line.charAt(0).toLowerCase()}${line.slice(1).replace(/[.:]$/, '')}`
}
