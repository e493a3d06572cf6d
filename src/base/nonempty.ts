/** A list that cannot be empty: targets, evidence and steps of undo are of this kind, so that "nothing" never passes for "something". */
export type NonEmpty<T> = readonly [T, ...T[]]

export function isNonEmpty<T>(list: readonly T[]): list is NonEmpty<T> {
  return list.length > 0
}
