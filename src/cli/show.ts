/** A verdict, or several runs counted together, on the terminal: the document alone with --json, words for a person otherwise. */
import { relative } from 'node:path'
import { renderJson } from '../render/json.ts'
import { renderPool } from '../render/pool.ts'
import { renderTerminal } from '../render/terminal.ts'
import type { Pool } from '../verdict/pool.ts'
import type { Verdict } from '../verdict.ts'

export function showVerdict(verdict: Verdict, directory: string, asJson: boolean): void {
  const report = relative(process.cwd(), directory)
  show(renderJson(verdict), (colour) => renderTerminal(verdict, { report, colour }), asJson)
}

export function showPool(pool: Pool, asJson: boolean): void {
  show(renderJson(pool), (colour) => renderPool(pool, colour), asJson)
}

function show(document: string, words: (colour: boolean) => string, asJson: boolean): void {
  if (asJson) process.stdout.write(document)
  const stream = asJson ? process.stderr : process.stdout
  stream.write(words(isColourful(stream)))
}

function isColourful(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR
}
