/** What steps of a fault run: a verb of the tool that stands beside their target. */
import type { NonEmpty } from '../base/nonempty.ts'
import type { Command } from './fault.ts'

export function tool(...words: NonEmpty<string>): Command {
  return { argv: ['tool', ...words] }
}

/** @param told on its standard input, as a line of JSON */
export function toolTold(told: object, ...words: NonEmpty<string>): Command {
  return { ...tool(...words), stdin: `${JSON.stringify(told)}\n` }
}
