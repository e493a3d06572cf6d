/**
 * `npm run mutate [FILE…]` makes each mutant of the checks and runs their tests on it: whoever survives is named. What is explained in
 * mutants-explained.ts is told apart, and an explanation that is no longer needed is an error too.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { Script } from 'node:vm'
import { build } from 'esbuild'
import { mutantsOf } from './mutants.ts'
import { explained } from './mutants-explained.ts'

const root = resolve(import.meta.dirname, '..')
const room = 'src/checks'
/** Of the file itself: they are the quickest, and most mutants get no further. */
const own: Readonly<Record<string, string>> = {
  coverage: 'census',
  exporter: 'census',
  config: 'census',
  residue: 'census',
  ...Object.fromEntries(
    ['accounting', 'delivered', 'heartbeats', 'held', 'rules', 'stalls', 'timing'].map((part) => [`alerting/${part}`, 'alerts']),
  ),
}
const everything = [
  ...readdirSync(join(root, room))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${room}/${name}`),
  'src/verdict/judge.test.ts',
  'src/verdict/limits.test.ts',
]
/** Of tests that take a second or two: a mutant may well never end. */
const longestMs = 60_000

const shared = globalThis as typeof globalThis & { mutation?: { readonly require: NodeJS.Require; passed: boolean } }

/** The tests, with this file changed, as one script; so none of it is cached from one mutant to the next. */
async function passes(tests: readonly string[], changed?: { readonly file: string; readonly text: string }): Promise<boolean> {
  const contents = [
    ...tests.map((test) => `import '${join(root, test)}'`),
    `import { run } from 'vitest'`,
    'globalThis.mutation.passed = run()',
  ].join('\n')
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
    plugins: [
      {
        name: 'mutant',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^vitest$/ }, () => ({ path: join(root, 'bench/quick-tests.ts') }))
          onLoad({ filter: /\/src\/checks\/[\w/-]+\.ts$/ }, ({ path }) =>
            changed && path === join(root, changed.file) ? { contents: changed.text, loader: 'ts' } : undefined,
          )
        },
      },
    ],
  })
  shared.mutation = { require: createRequire(join(root, 'package.json')), passed: false }
  try {
    new Script(
      `(() => { const require = globalThis.mutation.require, module = {}, exports = {}; ${outputFiles[0]?.text ?? ''}\n})()`,
    ).runInThisContext({
      timeout: longestMs,
    })
  } catch {
    return false
  }
  return shared.mutation.passed
}

async function survives(file: string, text: string): Promise<boolean> {
  const name = file.slice(room.length + 1, -'.ts'.length)
  return (await passes([`${room}/${own[name] ?? name}.test.ts`], { file, text })) && (await passes(everything, { file, text }))
}

const wanted = process.argv.slice(2)
const files = readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .map((name) => `${room}/${name}`)

const unknown = wanted.filter((name) => !files.includes(`${room}/${name}`))
if (unknown.length > 0) throw new Error(`no such check: ${unknown.join(', ')}; name files of ${room}, as in \`npm run mutate recovery.ts\``)
if (!(await passes(everything))) throw new Error(`the tests do not pass as they are: ${everything.join(', ')}`)
const counts = { killed: 0, unexplained: 0, stale: 0 }
for (const file of files) {
  const text = readFileSync(join(root, file), 'utf8')
  const lines = text.split('\n')
  const known = explained.filter((each) => each.file === file)
  const used = new Set<unknown>()
  for (const { line, was, is, text: mutated } of mutantsOf(text)) {
    if (!(await survives(file, mutated))) {
      counts.killed += 1
      continue
    }
    const code = (lines[line - 1] ?? '').trim()
    const why = known.find((each) => code.includes(each.code) && each.was === was.trim())
    used.add(why)
    if (why === undefined) counts.unexplained += 1
    process.stdout.write(`${why ? 'explained' : 'SURVIVED '} ${file}:${line} \`${was.trim()}\` → \`${is.trim()}\`  ${code}\n`)
  }
  for (const each of known.filter((one) => !used.has(one))) {
    counts.stale += 1
    process.stdout.write(`STALE     ${file}: \`${each.was}\` in \`${each.code}\` is explained, and is killed or gone\n`)
  }
}
process.stdout.write(
  `${counts.killed} killed, ${counts.unexplained} survived without an explanation, ${counts.stale} explanations out of date\n`,
)
process.exitCode = counts.unexplained + counts.stale === 0 ? 0 : 1
