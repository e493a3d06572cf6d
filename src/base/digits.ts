/** Numbers for people: rounded where that takes nothing from what they say, and never into another claim. */

/** More than any number has that is meant. */
const mostDecimals = 100

/** By its own digits, since a product brings some of its own: 0.9999 is 99.99 %, and not 99.99000000000001. */
export function percentOf(ratio: number): number {
  const [digits, exponent = '0'] = String(ratio).split('e')
  return Number(`${digits}e${Number(exponent) + 2}`)
}

/** As it is: with so many decimals, and with all that it has. For limits, which somebody chose. */
export function exactly(value: number, decimals: number): string {
  return withDecimals(value, decimals, (shown) => shown === value)
}

/**
 * With so many decimals, and with more where they would move it to the other side of one of the bounds. For what was measured.
 * @param better by which of two numbers is the better one: what is worse than a bound is never shown as if it kept it
 */
export function onItsSide(value: number, decimals: number, bounds: readonly number[], better: 'more' | 'less'): string {
  const keeps = (number: number, bound: number) => (better === 'more' ? number >= bound : number <= bound)
  return withDecimals(value, decimals, (shown) => bounds.every((bound) => keeps(shown, bound) === keeps(value, bound)))
}

function withDecimals(value: number, least: number, isTrue: (shown: number) => boolean): string {
  for (let decimals = least; decimals <= mostDecimals; decimals++) {
    const text = value.toFixed(decimals)
    if (isTrue(Number(text))) return text
  }
  return String(value)
}
