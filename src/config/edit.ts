/** One value of a YAML text changed where it stands, and nothing else of it: comments, order and layout stay as their owner wrote them. */
import { isCollection, isMap, type Node, type Pair, parseDocument, type Scalar } from 'yaml'
import { GauntletError } from '../base/errors.ts'
import type { Path } from './nodes.ts'

/**
 * @param value written as JSON, which is YAML as well
 * @returns the text with this value at this path, whether or not there was one; its mapping must be there
 * @throws GauntletError usage/file where the text has no such place, or an alias in it
 */
export function withValue(text: string, path: Path, value: unknown): string {
  const document = parseDocument(text, { uniqueKeys: false, version: '1.1' })
  const written = JSON.stringify(value)
  const there = document.getIn(path, true) as Node | undefined
  if (there?.range) {
    const [start, end] = there.range
    const isBlock = isCollection(there) && !there.flow
    // A block list may stand as far left as its key; what takes its place may not.
    const indented = isBlock ? `  ${written}` : written
    const newline = text.slice(start, end).endsWith('\n') ? '\n' : ''
    return checked(`${text.slice(0, start)}${indented}${newline}${text.slice(end)}`, path, value)
  }
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (!isMap(parent) || !parent.range) throw noPlace(path)
  const pair = `${JSON.stringify(path.at(-1))}: ${written}`
  if (parent.flow) {
    const start = parent.range[0] + 1
    return checked(`${text.slice(0, start)} ${pair},${text.slice(start)}`, path, value)
  }
  const first = ((parent.items[0] as Pair | undefined)?.key as Scalar | undefined)?.range?.[0]
  if (first === undefined) throw noPlace(path)
  const indent = ' '.repeat(first - (text.lastIndexOf('\n', first - 1) + 1))
  return checked(`${text.slice(0, first)}${pair}\n${indent}${text.slice(first)}`, path, value)
}

function checked(text: string, path: Path, value: unknown): string {
  const document = parseDocument(text, { uniqueKeys: false, version: '1.1' })
  const found = document.errors.length > 0 ? undefined : (document.toJS() as unknown)
  const at = path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], found)
  if (JSON.stringify(at) !== JSON.stringify(value)) throw noPlace(path)
  return text
}

function noPlace(path: Path): GauntletError {
  const problems = [
    { message: `${path.join('.')} cannot be changed where it stands`, expected: 'its mapping, written out, without an alias' },
  ]
  return new GauntletError('usage/file', 'changing one value of a config', { problems })
}
