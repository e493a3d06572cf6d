/** Durations as people write them, with their unit: a bare number is refused, since nobody can tell seconds from milliseconds. */
import Type from 'typebox'

const factors = { ms: 1, s: 1000, m: 60_000 } as const

/** As many digits as little more than a day takes: what is held for longer than timers reach would be let go at once. */
const amount = '(\\d{1,8}(\\.\\d{1,3})?ms|\\d{1,5}(\\.\\d{1,3})?s|(1[0-4]\\d\\d|\\d{1,3})(\\.\\d{1,3})?m)'
const pattern = `^(?=.*[1-9])${amount}$`
export const durationExpected = 'a duration above zero with its unit, such as 500ms, 15s or 5m, up to a day'

/** Above zero: a phase that takes no time shows nothing. */
export const duration = Type.String({
  pattern,
  expected: durationExpected,
  description: 'A duration with its unit: 500ms, 15s, 5m.',
})

/** From the begin of something; at once is allowed. */
export const moment = Type.String({
  pattern: `^${amount}$`,
  expected: 'a time with its unit, such as 0s, 500ms or 5s, up to a day',
  description: 'A time with its unit: 0s, 500ms, 5s.',
})

/** @param text as `duration` or `moment` asks for */
export function durationMs(text: string): number {
  const unit = Object.keys(factors).find((suffix) => new RegExp(`\\d${suffix}$`).test(text)) as keyof typeof factors
  return Number((Number.parseFloat(text) * factors[unit]).toFixed(3)) // as a float, 1.001s is not quite 1001ms
}

export function isDuration(text: string): boolean {
  return new RegExp(pattern).test(text)
}
