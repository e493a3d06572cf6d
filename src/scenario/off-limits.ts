/** What no fault may be aimed at: whoever watches the fleet, and whoever ends the faults. */

const names = /^(observer|sentinel|harness|gauntlet|guard|mgmt|[\w.-]+\.mgmt|tool|tool-[\w-]+)$/

export function isOffLimits(word: string): boolean {
  return names.test(word)
}

/** Strings anywhere in a value, each with the way to it. */
export function stringsOf(
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly (readonly [readonly (string | number)[], string])[] {
  if (typeof value === 'string') return [[path, value]]
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => stringsOf(item, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => stringsOf(item, [...path, key]))
}
