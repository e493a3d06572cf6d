import { describe, expect, test } from 'vitest'
import { debianSources, parseSources, renderSources, withSuite } from './sources.ts'

const deb822 = `Types: deb
# http://snapshot.example/archive
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites:
 bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://mirror.example/off
Suites: bookworm
Components: main
`

describe('parseSources', () => {
  test('deb822: every suite of every enabled stanza, comments and folded lines understood', () => {
    expect(parseSources(deb822, 'deb822').map(({ uri, suite }) => `${uri} ${suite}`)).toEqual([
      'http://mirror.example/debian bookworm',
      'http://mirror.example/debian bookworm-updates',
      'http://mirror.example/debian-security bookworm-security',
    ])
  })

  test('one-line: options, comments and deb-src', () => {
    const text = `# deb http://off.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/k.gpg] http://mirror.example/debian bookworm main contrib # comment
deb-src http://mirror.example/debian bookworm main`
    expect(parseSources(text, 'one-line')).toEqual([
      { uri: 'http://mirror.example/debian', suite: 'bookworm', components: ['main', 'contrib'] },
    ])
  })

  test('nothing gives nothing', () => {
    expect([...parseSources('', 'deb822'), ...parseSources('', 'one-line')]).toEqual([])
  })
})

describe('debianSources', () => {
  test("takes Debian's own suites of the release once, with main alone, and no third party's", () => {
    const own = parseSources(deb822, 'deb822')
    const others = [
      { uri: 'http://third.example/docker', suite: 'bookworm', components: ['stable'] },
      { uri: 'http://third.example/pg', suite: 'bookworm-pgdg', components: ['main'] },
    ]
    const taken = debianSources([...own, ...own, ...others], 'bookworm')
    expect(taken.map(({ suite }) => suite)).toEqual(['bookworm', 'bookworm-updates', 'bookworm-security'])
    expect(new Set(taken.flatMap(({ components }) => components))).toEqual(new Set(['main']))
  })
})

test('the same mirrors, asked for a newer release, are still checked against a keyring', () => {
  const own = debianSources(parseSources(deb822, 'deb822'), 'bookworm')
  const text = renderSources(withSuite(own, 'bookworm', 'trixie'), '/keys.gpg')
  expect(parseSources(text, 'deb822').map(({ suite }) => suite)).toEqual(['trixie', 'trixie-updates', 'trixie-security'])
  expect(text.match(/^Signed-By: \/keys\.gpg$/gm)).toHaveLength(3)
  expect(text).not.toMatch(/trusted|bookworm/i)
})
