/**
 * When a comparison may be looked at, and how much of its error each look may use: to look again and again at the whole level would
 * find whatever is looked for.
 */

/** One-sided: what is shown is shown at 97.5 % confidence. */
export const errorLevel = 0.025
/** Replicates between two looks. */
const step = 6

/** Numbers of replicates at which it is looked at, the last one the most there may be. */
export function looksOf(first: number, most: number): readonly number[] {
  const between = Array.from({ length: Math.max(0, Math.ceil((most - first) / step)) }, (_, place) => first + place * step)
  return [...between, most]
}

/**
 * The level of one look: what is spent there by the function of Lan and DeMets that comes close to Pocock's bounds. The levels of all looks
 * add up to `errorLevel`, so that it holds whatever the reason for stopping at one of them.
 * @param place in `looks`
 */
export function levelOf(looks: readonly number[], place: number): number {
  const most = looks.at(-1) ?? 0
  const spent = (replicates: number) => errorLevel * Math.log(1 + (Math.E - 1) * (replicates / most))
  return spent(looks[place] ?? 0) - (place === 0 ? 0 : spent(looks[place - 1] ?? 0))
}
