/** A verdict on the terminal: the document alone with --json, words for a person otherwise. */
import { relative } from 'node:path'
import { renderJson } from '../render/json.ts'
import { renderTerminal } from '../render/terminal.ts'
import type { Verdict } from '../verdict.ts'

export function showVerdict(verdict: Verdict, directory: string, asJson: boolean): void {
  const place = relative(process.cwd(), directory)
  const words = (colour: boolean) => renderTerminal(verdict, { report: place, colour })
  if (asJson) {
    process.stdout.write(renderJson(verdict))
    process.stderr.write(words(isColourful(process.stderr)))
  } else {
    process.stdout.write(words(isColourful(process.stdout)))
  }
}

function isColourful(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR
}
