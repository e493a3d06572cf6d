/**
 * `npm run mutate [FILE…]` makes each mutant of the judging half and runs its tests on it: each that survives is named. What is
 * explained in mutants-explained.ts is told apart, and an explanation that is no longer needed is an error too.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { Script } from 'node:vm'
import { build } from 'esbuild'
import { mutantsOf } from './mutants.ts'
import { explained } from './mutants-explained.ts'

const root = resolve(import.meta.dirname, '..')
const rooms = ['src/evidence', 'src/checks', 'src/verdict'] as const
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
/** Cut, damaged and forged journals take minutes; what they show of one mutant, the golden histories nearly always show as well. */
const slow = ['src/verdict/properties.test.ts']
const filesIn = (room: string) => readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((name) => `${room}/${name}`)
const everything = rooms.flatMap(filesIn).filter((file) => file.endsWith('.test.ts') && !slow.includes(file))
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
          onLoad({ filter: /\/src\/(?:evidence|checks|verdict)\/[\w/-]+\.ts$/ }, ({ path }) =>
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
  const [, room = '', name = ''] = /^(src\/\w+)\/(.*)\.ts$/.exec(file) ?? []
  const test = `${room}/${own[name] ?? name}.test.ts`
  const isItsOwn = everything.includes(test)
  return (!isItsOwn || (await passes([test], { file, text }))) && (await passes(everything, { file, text }))
}

const wanted = process.argv.slice(2)
const sources = rooms.flatMap(filesIn).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
const files = sources.filter((file) => wanted.length === 0 || wanted.includes(file))

const unknown = wanted.filter((file) => !files.includes(file))
if (unknown.length > 0) throw new Error(`no such file: ${unknown.join(', ')}; name files as in \`npm run mutate src/checks/recovery.ts\``)
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
