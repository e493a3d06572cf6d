/** What a run was asked for, as far as its other traits do not show it: at whom it was aimed, what of it was left out, what ends it early. */

/** Options without a value. They only change what is printed. */
const switches: readonly string[] = ['json', 'dry-run']
/**
 * What these ask for is seen in the run itself, or nothing of its kind: `config` names files, which lie elsewhere on another machine; the
 * agents of them are compared.
 */
const seenElsewhere: readonly string[] = ['seed', 'config', 'profile', 'defect', 'vault', 'time-scale', 'for']

/**
 * @param reproduce the command that a run names to have it again
 * @returns the same for two runs that were asked for the same, in whatever order and spelling
 */
export function askedFor(reproduce: string): string {
  const [, ...words] = wordsOf(reproduce)
  const positionals: string[] = []
  const options = new Map<string, string[]>()
  for (let place = 0; place < words.length; place++) {
    const word = words[place] as string
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name === undefined) positionals.push(nameOf(word))
    else if (!switches.includes(name)) {
      const value = inline ?? words[++place] ?? ''
      options.set(name, [...(options.get(name) ?? []), ...value.split(',').filter((each) => each !== '')])
    }
  }
  const kept = [...options.keys()].filter((name) => !seenElsewhere.includes(name)).sort()
  return [...positionals, ...kept.map((name) => `--${name} ${[...new Set(options.get(name))].sort().join(',')}`)].join(' ')
}

/** As a shell reads the line; `reproduce` quotes nothing but whole words. */
function wordsOf(line: string): readonly string[] {
  const quoted = line.match(/(?:'[^']*'|\\.|[^\s'\\])+/gs) ?? []
  return quoted.map((word) => word.replaceAll(/'([^']*)'|\\(.)/gs, '$1$2'))
}

/** A scenario is the same wherever its file lies. */
function nameOf(positional: string): string {
  return positional.replace(/^.*\/|\.ya?ml$/g, '')
}
