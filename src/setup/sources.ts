/**
 * The machine's own Debian package sources, read from its files and written again for another suite or for a container: what
 * the machine may reach, and nothing else, is what the set-up reaches.
 */

export interface Source {
  readonly uri: string
  readonly suite: string
  readonly components: readonly string[]
}

/** Reads a file of /etc/apt/sources.list.d: deb822 stanzas (`.sources`) or one-line entries (`.list`). Disabled entries and deb-src are left out. */
export function parseSources(text: string, form: 'deb822' | 'one-line'): Source[] {
  return form === 'deb822' ? parseDeb822(text) : parseOneLine(text)
}

function parseOneLine(text: string): Source[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line)
    if (match === null) return []
    const [, uri = '', suite = '', components = ''] = match
    return [{ uri, suite, components: components.split(/\s+/).filter(Boolean) }]
  })
}

function parseDeb822(text: string): Source[] {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      const fields = new Map<string, string>()
      let last = ''
      for (const line of stanza.split('\n')) {
        const field = /^([A-Za-z-]+):(.*)$/.exec(line)
        if (field !== null) last = field[1]?.toLowerCase() ?? ''
        const value = field === null ? line : (field[2] ?? '')
        if (last !== '') fields.set(last, `${fields.get(last) ?? ''} ${value}`)
      }
      const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean)
      if (!words('types').includes('deb') || words('enabled')[0] === 'no') return []
      return words('uris').flatMap((uri) => words('suites').map((suite) => ({ uri, suite, components: words('components') })))
    })
}

/** Those of Debian itself for one suite: its own, its updates and its security updates, component main. */
export function debianSources(sources: readonly Source[], codename: string): Source[] {
  const wanted = new Set([codename, `${codename}-updates`, `${codename}-security`])
  const seen = new Set<string>()
  return sources
    .filter(({ uri, suite, components }) => {
      const key = `${uri} ${suite}`
      const takes = wanted.has(suite) && components.includes('main') && !seen.has(key)
      if (takes) seen.add(key)
      return takes
    })
    .map(({ uri, suite }) => ({ uri, suite, components: ['main'] }))
}

/** The same mirrors, asked for another suite. */
export function withSuite(sources: readonly Source[], from: string, to: string): Source[] {
  return sources.map((source) => ({ ...source, suite: source.suite.replace(from, to) }))
}

/** @param signedBy a keyring file that exists where the text will be read */
export function renderSources(sources: readonly Source[], signedBy: string): string {
  return sources
    .map(
      ({ uri, suite, components }) =>
        `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: ${components.join(' ')}\nSigned-By: ${signedBy}\n`,
    )
    .join('\n')
}
