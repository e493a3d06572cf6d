/**
 * YAML text and a schema to a typed value, or to all problems at once, each with its place. The one way in for whatever a
 * person writes: startup configs, scenarios, suites, promises.
 */
import type { Static, TSchema } from 'typebox'
import { GauntletError, type Problem } from '../base/errors.ts'
import { type Nodes, readNodes } from './nodes.ts'
import { schemaProblems } from './schema-problems.ts'
import { isSource, readSource, type Source } from './source.ts'

export interface Document<T> extends Nodes {
  /** Undefined when there is a problem. */
  readonly typed: T | undefined
}

export function readDocument<S extends TSchema>(source: Source, schema: S): Document<Static<S>> {
  const nodes = readNodes(source)
  const problems = nodes.value === undefined ? nodes.problems : inOrder([...nodes.problems, ...schemaProblems(schema, nodes.value, nodes)])
  return { ...nodes, problems, typed: problems.length === 0 ? (nodes.value as Static<S>) : undefined }
}

/** Reads one file to the end, or throws all that is wrong with it. @throws GauntletError usage/file */
export function loadDocument<S extends TSchema>(file: string, schema: S): Document<Static<S>> & { readonly typed: Static<S> } {
  const source = readSource(file)
  if (!isSource(source)) throw fileError([source])
  const document = readDocument(source, schema)
  if (document.typed === undefined) throw fileError(document.problems)
  return { ...document, typed: document.typed }
}

export function fileError(problems: readonly Problem[]): GauntletError {
  const files = [...new Set(problems.map((problem) => problem.file))].join(', ')
  return new GauntletError('usage/file', `reading ${files}: ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`, {
    problems,
  })
}

/** By place, each said once: an alias repeats what is wrong with its anchor. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  const once = new Map(problems.map((problem) => [`${problem.line}:${problem.column} ${problem.message}`, problem]))
  return [...once.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}
