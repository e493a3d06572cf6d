/** Ports that are written as sums, such as `${PORT_OFFSET}+7200`. */
import { portExpected, portLimits } from './startup-schema.ts'

export type Variables = Readonly<Record<string, string>>

/** What holds where nobody says otherwise. */
export const defaultVariables: Variables = { PORT_OFFSET: '0' }

/** @returns the port, or why there is none, in words */
export function portOf(written: unknown, variables: Variables): number | string {
  if (typeof written === 'number') return inRange(written, String(written))
  if (typeof written !== 'string') return `expected ${portExpected}`
  let sum = 0
  for (const [, sign, name, fallback, digits] of written.matchAll(/([+-]?)\s*(?:\$\{(\w+)(?::-(\d+))?\}|(\d+))/g)) {
    const value = name === undefined ? digits : (variables[name] ?? fallback)
    if (value === undefined) return `no value for the variable ${name}; there are ${Object.keys(variables).join(', ') || 'none'}`
    if (!/^[+-]?\d+$/.test(value)) return `the variable ${name} is ${JSON.stringify(value)}, not an integer`
    sum += sign === '-' ? -Number(value) : Number(value)
  }
  return inRange(sum, `${JSON.stringify(written)}, which is ${sum}`)
}

function inRange(port: number, written: string): number | string {
  const fits = Number.isInteger(port) && port >= portLimits.lowest && port <= portLimits.highest
  return fits ? port : `expected ${portExpected}, found ${written}`
}
