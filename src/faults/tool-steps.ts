/** What steps of a fault run: a verb of the tool that stands beside their target. */
import type { NonEmpty } from '../base/nonempty.ts'
import type { Command } from './fault.ts'

/**
 * The longest time from the begin of a change until an agent that it restarts answers again: a commit by the machine's deploy path, a stop,
 * and a start on a host that others keep busy. Two to six seconds were measured on two cores with a load of twenty.
 */
export const restartMs = 15_000

export function tool(...words: NonEmpty<string>): Command {
  return { argv: ['tool', ...words] }
}

/** @param told on its standard input, as a line of JSON */
export function toolTold(told: object, ...words: NonEmpty<string>): Command {
  return { ...tool(...words), stdin: `${JSON.stringify(told)}\n` }
}
