/** The house rules that a machine can check: who imports whom, how long a file may be, links that lead somewhere, no dead file. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Room → rooms it may import from, beside itself. A room is a folder of src/, or a file that stands alone in it. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  answers: ['base'],
  journal: ['base'],
  statistics: [],
  config: ['base', 'journal'],
  fleet: ['base', 'config', 'journal'],
  scenario: ['base', 'config', 'fleet', 'journal', 'statistics'],
  faults: ['base', 'answers', 'fleet', 'scenario'],
  tool: ['base', 'answers', 'faults', 'fleet'],
  probes: ['base', 'journal', 'fleet'],
  evidence: ['base', 'journal', 'statistics'],
  checks: ['base', 'journal', 'statistics', 'evidence'],
  verdict: ['base', 'journal', 'evidence', 'checks', 'statistics'],
  calibrate: ['evidence', 'statistics'],
  adversary: ['base', 'journal', 'statistics', 'verdict', 'render'],
  render: ['base', 'journal', 'evidence', 'verdict'],
  setup: ['base'],
  run: ['base', 'answers', 'journal', 'config', 'fleet', 'faults', 'scenario', 'statistics', 'tool', 'probes'],
  sweep: ['base', 'journal', 'fleet', 'tool', 'run'],
  cli: [
    'answers',
    'base',
    'journal',
    'config',
    'fleet',
    'faults',
    'scenario',
    'probes',
    'checks',
    'verdict',
    'render',
    'setup',
    'run',
    'sweep',
    'tool',
  ],
  'faults-page': ['answers', 'base', 'fleet', 'faults'],
  generate: ['answers', 'base', 'journal', 'config', 'fleet', 'faults', 'faults-page', 'scenario', 'probes', 'checks', 'verdict'],
}
/** The simulated system knows the harness only by its contract. */
const fixturesMayImport = ['base', 'config', 'fleet', 'tool']
const longest = 300

const sources = walk(join(root, 'src'), '.ts')
const fixtures = walk(join(root, 'fixtures'), '.ts')
const all = [...sources, ...fixtures, ...walk(join(root, 'suites'), '.ts'), ...walk(join(root, 'bench'), '.ts')]

test('every room imports only from the rooms it may', () => {
  const strays = sources
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => importsOf(file).map((target) => ({ file, target, from: roomOf(file), to: roomOf(target) })))
    .filter(({ from, to }) => from !== to && !mayImport[from]?.includes(to))
  expect(strays.map(({ file, target }) => `${short(file)} imports ${short(target)}`)).toEqual([])
})

test('the simulated system imports only the contract', () => {
  const strays = fixtures
    .filter((file) => file.includes('/fixtures/fleet/') && !file.endsWith('.test.ts'))
    .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
    .filter(({ target }) => target.startsWith(join(root, 'src')) && !fixturesMayImport.includes(roomOf(target)))
  expect(strays.map(({ file, target }) => `${short(file)} imports ${short(target)}`)).toEqual([])
})

test('faults and checks never import each other, and only one room knows each engine', () => {
  const apart = sources.filter((file) => /\/(faults|checks)\//.test(file) && !/(index|test)\.ts$/.test(file))
  const siblings = apart.flatMap((file) =>
    importsOf(file)
      .filter((target) => judgesOrFaults(target))
      .map((target) => `${short(file)} imports ${short(target)}`),
  )
  expect(siblings).toEqual([])
  const knowing = (library: string) =>
    sources.filter((file) => new RegExp(`from '${library}|import\\('${library}`).test(readFileSync(file, 'utf8')))
  expect(
    knowing('dockerode')
      .map(roomOf)
      .filter((room) => room !== 'fleet' && room !== 'setup'),
  ).toEqual([])
})

test('no files import each other in a circle', () => {
  const circles: string[] = []
  const done = new Set<string>()
  const follow = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].map(short).join(' → '))
    if (path.includes(file) || done.has(file)) return
    for (const target of importsOf(file)) follow(target, [...path, file])
    done.add(file)
  }
  for (const file of all) follow(file, [])
  expect(circles).toEqual([])
  expect(done.size).toBeGreaterThan(all.length / 2)
})

test(`no file is longer than ${longest} lines, and each says first why it exists`, () => {
  const long = all.filter((file) => readFileSync(file, 'utf8').split('\n').length > longest + 1)
  expect(long.map(short)).toEqual([])
  const silent = sources.filter((file) => !file.endsWith('.test.ts') && !/^(#!.*\n)?\/\*\*/.test(readFileSync(file, 'utf8')))
  expect(silent.map(short)).toEqual([])
})

test('no file is dead: each is reached from an entry', () => {
  const entries = all.filter(
    (file) => /(\.main|\.test)\.ts$/.test(file) || ['src/cli/main.ts', 'src/generate.ts'].includes(short(file)) || file.includes('/bench/'),
  )
  const scripts = all.filter((file) => ['src/setup/main.ts'].includes(short(file)))
  const live = new Set<string>()
  const queue = [...entries.filter((file) => !file.endsWith('.test.ts')), ...scripts]
  for (let file = queue.pop(); file; file = queue.pop()) {
    if (live.has(file)) continue
    live.add(file)
    queue.push(...importsOf(file))
  }
  const dead = sources.filter((file) => !file.endsWith('.test.ts') && !live.has(file))
  expect(dead.map(short)).toEqual([])
})

test('links in the documents lead somewhere, to a heading as well, and so do comments that name a page', () => {
  const documents = [
    ...walk(join(root, 'docs'), '.md'),
    ...readdirSync(root)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(root, name)),
  ]
  const links = documents.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)/g)].map(([, path, heading = '']) => ({
      file,
      target: path ? resolve(dirname(file), path) : file,
      heading,
    })),
  )
  const comments = all.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/docs\/adr\/[\w-]+(?:\.md)?/g)].map(([path]) => ({
      file,
      target: join(root, path),
      heading: '',
    })),
  )
  const broken = [...links, ...comments]
    .filter(
      ({ target, heading }) => !existsSync(target) || (heading !== '' && target.endsWith('.md') && !headingsOf(target).includes(heading)),
    )
    .map(({ file, target, heading }) => `${short(file)} → ${short(target)}${heading && `#${heading}`}`)
  expect(broken).toEqual([])
  expect(links.length).toBeGreaterThan(documents.length)
  expect(comments.length).toBeGreaterThan(0)
})

/** As GitHub names them. */
function headingsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function judgesOrFaults(target: string): boolean {
  return /\/(faults\/(?!fault\.ts|ways\.ts|\w+-steps\.ts)|checks\/(?!check\.ts|alerting\/))/.test(target) && !target.endsWith('index.ts')
}

function roomOf(file: string): string {
  const [first = '', second] = relative(join(root, 'src'), file).split('/')
  return second === undefined ? first.replace(/(\.test)?\.ts$/, '') : first
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g)].map(([, path]) => resolve(dirname(file), path as string))
}

function walk(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
}

function short(file: string): string {
  return relative(root, file)
}
