/** An error in words for the person at the terminal: what, where, what was expected, what to do next. */
import { errorTable, GauntletError, type Problem } from '../base/errors.ts'

export function describeError(error: unknown): string {
  if (!(error instanceof GauntletError)) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return `gauntlet: an error of the harness itself; nothing was judged\n  seen:  ${detail}\n  next:  ./gauntlet sweep removes what may be left; please report it with the lines above.\n`
  }
  const { message, next } = errorTable[error.code]
  const lines = [`gauntlet: ${message} [${error.code}]`, ...indent('tried: ', error.message)]
  for (const problem of error.problems) lines.push(`  - ${describeProblem(problem)}`)
  for (let cause = error.cause; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    lines.push(...indent('seen:  ', cause instanceof Error ? cause.message : String(cause)))
  }
  lines.push(...indent('next:  ', next))
  return `${lines.join('\n')}\n`
}

export function describeProblem({ file, line, column, message, expected }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return [place && `${place} `, message, expected && ` (expected: ${expected})`].filter(Boolean).join('')
}

function indent(label: string, text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line, index) => `  ${index === 0 ? label : ' '.repeat(label.length)}${line}`)
}
