/** Ports that are written as sums, such as `${PORT_OFFSET}+7200`. */
import { expressionPattern, portExpected, portLimits } from './startup-schema.ts'

export type Variables = Readonly<Record<string, string>>

/** What holds where nobody says otherwise. */
export const defaultVariables: Variables = { PORT_OFFSET: '0' }

const expression = new RegExp(expressionPattern)
const term = /([+-]?)\s*(?:\$\{(\w+)(?::-(\d+))?\}|(\d+))/g

export function isExpression(written: unknown): written is string {
  return typeof written === 'string' && expression.test(written)
}

/** @returns the port, or why there is none, in words */
export function portOf(written: unknown, variables: Variables): number | string {
  if (typeof written === 'number') return inRange(written, String(written))
  if (!isExpression(written)) return `expected ${portExpected}, found ${JSON.stringify(written)}`
  let sum = 0
  for (const [, sign, name, fallback, digits] of written.matchAll(term)) {
    const value = name === undefined ? digits : (variables[name] ?? fallback)
    if (value === undefined) return `expected a variable among ${Object.keys(variables).join(', ')}, found ${name}`
    if (!/^-?\d+$/.test(value)) return `expected an integer in the variable ${name}, found ${JSON.stringify(value)}`
    sum += sign === '-' ? -Number(value) : Number(value)
  }
  return inRange(sum, `${JSON.stringify(written)}, which is ${sum}`)
}

function inRange(port: number, written: string): number | string {
  const fits = Number.isInteger(port) && port >= portLimits.lowest && port <= portLimits.highest
  return fits ? port : `expected ${portExpected}, found ${written}`
}
