/** What was measured, beside its limit; and of each unit, once for the judge and for the reports, which of two numbers is the better one. */
import Type from 'typebox'
import { closed, type Of } from '../base/schema.ts'

export const better = {
  ratio: 'more',
  agents: 'more',
  proofs: 'more',
  ms: 'less',
  times: 'less',
  findings: 'less',
  reports: 'less',
} as const
export type Unit = keyof typeof better

const number = Type.Number()

export const measure = closed({
  value: number,
  limit: number,
  unit: Type.Enum(Object.keys(better) as Unit[]),
  interval: Type.Optional(Type.Tuple([number, number], { description: 'Between these, at 95 % confidence.' })),
})
export type Measure = Of<typeof measure>

export function isBetter(unit: Unit, value: number, than: number): boolean {
  return better[unit] === 'more' ? value > than : value < than
}

export function isBroken({ value, limit, unit }: Measure): boolean {
  return isBetter(unit, limit, value)
}

/**
 * How much of what is allowed was used up: 0 is nothing, 1 is all of it, above 1 the limit is broken. So that milliseconds can be
 * compared with agents: of ratios it is the part that is missing, of counts and times the part of the limit.
 */
export function used({ value, limit, unit }: Measure): number {
  if (unit === 'ratio') return share(1 - value, 1 - limit)
  return better[unit] === 'more' ? share(limit, value) : share(value, limit)
}

/** Of nothing, nothing is no part, and anything is more than any part. */
function share(part: number, whole: number): number {
  if (whole > 0) return part / whole
  return part > 0 ? Number.POSITIVE_INFINITY : 0
}

/** The same at the worse end of what it may have been: of two that measured alike, the less certain has less to spare. */
export function usedAtWorst(measure: Measure): number {
  const [low, high] = measure.interval ?? [measure.value, measure.value]
  return used({ ...measure, value: better[measure.unit] === 'more' ? low : high })
}

/**
 * Millionths are beyond what is measured, and the last digits of sums would only look like knowledge; but no rounding may move a value
 * to the other side of its limit, nor into the whole or into nothing. A ratio's limit was chosen, and keeps all of its digits.
 */
export function rounded({ value, limit, unit, interval }: Measure): Measure {
  const six = (number: number) => Math.round(number * 1e6) / 1e6
  const bounds = [limit, 0, 1]
  const isSame = (number: number) => bounds.every((bound) => Math.sign(six(number) - bound) === Math.sign(number - bound))
  return {
    value: isSame(value) ? six(value) : value,
    limit: unit === 'ratio' ? limit : six(limit),
    unit,
    ...(interval && { interval: [six(interval[0]), six(interval[1])] as const }),
  }
}
