/** What steps of a fault run: a verb of the tool that stands beside their target. */

import { isQuestion, type Question, questions } from '../answers/index.ts'
import { sentenceOf, strayPath } from '../answers/sentence.ts'
import type { NonEmpty } from '../base/nonempty.ts'
import { allOf, type Predicate } from '../base/predicate.ts'
import type { Command, Query } from './fault.ts'

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

/**
 * What proves a fault: a question to the tool, and what its answer must say.
 * @throws Error where it is no question, or never answers what is asked of it: such a proof would be unknown for ever
 */
export function query(command: Command, ...parts: readonly Predicate[]): Query {
  const holds = allOf(parts)
  const [, verb] = command.argv
  if (!isQuestion(verb)) throw new Error(`${verb} is no question of the tool`)
  const stray = strayPath(questions[verb].answer, holds)
  if (stray !== undefined) throw new Error(`${verb} answers nothing at ${stray}`)
  return { command, holds }
}

/** A proof as one plain sentence. */
export function sentenceFor(machine: string, { command, holds }: Query): string {
  return sentenceOf(command.argv[1] as Question, machine, holds)
}

export function is(path: string, value: string | number | boolean | null): Predicate {
  return { path, op: 'is', value }
}
