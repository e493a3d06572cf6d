/** `--name value…` for the tool's own verbs; plans are made by us, so a wrong one is a mistake of ours and is said at once. */

/** Words by flag; those before the first flag under ''. */
export type Flags = Readonly<Record<string, readonly string[]>>

export function flags(args: readonly string[], known: readonly string[]): Flags {
  const found: Record<string, string[]> = { '': [] }
  let current = ''
  for (const word of args) {
    if (!word.startsWith('--')) found[current]?.push(word)
    else {
      current = word.slice(2)
      if (!known.includes(current)) throw new Error(`no flag ${word}; there are ${known.map((name) => `--${name}`).join(', ')}`)
      found[current] ??= []
    }
  }
  return found
}

/** @throws when it is not there exactly once */
export function one(found: Flags, name: string): string {
  const [value, ...more] = found[name] ?? []
  if (value === undefined || more.length > 0) throw new Error(`--${name} needs one value`)
  return value
}

/** @throws when there is none */
export function some(found: Flags, name: string): readonly string[] {
  const values = found[name] ?? []
  if (values.length === 0) throw new Error(`--${name} needs at least one value`)
  return values
}
