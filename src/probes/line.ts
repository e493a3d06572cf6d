/** Reads a line of the observer: another program's output, so nothing in it is taken on trust. */
import { answers } from '../journal/probe.ts'
import type { ObserverLine } from './protocol.ts'

type Fields = Readonly<Record<string, unknown>>

/** @returns what is wrong with it, as a text, when it is not of the protocol */
export function readLine(text: string): ObserverLine | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return 'it is not JSON'
  }
  if (typeof parsed !== 'object' || parsed === null) return 'it is not an object'
  const line = parsed as Fields
  const problem = problemOf(line)
  return problem ?? (line as unknown as ObserverLine)
}

function problemOf(line: Fields): string | undefined {
  switch (line.kind) {
    case 'hello':
      if (line.bootId !== undefined && typeof line.bootId !== 'string') return 'bootId is no text'
      return notNumbers(line, ['nowMs', 'targets', 'intervalMs', 'timeoutMs', 'latenessMs'])
    case 'samples':
      return notNumbers(line, ['baseMs', 'lateMs']) ?? columnsProblem(line)
    case 'lag':
      if (line.cause !== 'event-loop' && line.cause !== 'clock') return `a lag has no cause ${JSON.stringify(line.cause)}`
      return notNumbers(line, ['fromMs', 'toMs'])
    case 'bye':
      return notNumbers(line, ['nowMs', 'sent', 'unsent'])
    default:
      return `there is no kind ${JSON.stringify(line.kind)}`
  }
}

function notNumbers(line: Fields, names: readonly string[]): string | undefined {
  const wrong = names.filter((name) => !isNumber(line[name]))
  return wrong.length > 0 ? `${wrong.join(', ')} of ${line.kind} must be a number` : undefined
}

function columnsProblem({ scheduled, targets, answers: codes, latency }: Fields): string | undefined {
  const columns = [scheduled, targets, codes, latency]
  if (!columns.every(Array.isArray)) return 'a column of samples is missing'
  const [first, ...others] = columns as unknown[][]
  if (first === undefined || others.some((column) => column.length !== first.length)) return 'columns differ in length'
  if (!columns.every((column) => (column as unknown[]).every(isNumber))) return 'a column holds what is no number'
  if (!(targets as number[]).every((target) => Number.isInteger(target) && target >= 0)) return 'a target is no place in the list'
  if (!(codes as number[]).every((code) => Number.isInteger(code) && answers[code] !== undefined)) return 'an answer has no such code'
  return (latency as number[]).every((ms) => ms >= 0) ? undefined : 'a latency is below zero'
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value)
}
