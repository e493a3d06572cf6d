/**
 * `npm run mutate [--own] [FILE…]` makes each mutant of the judging half and runs its tests on it: each that survives is named. What is
 * explained in mutants-explained.ts is told apart, and an explanation that is no longer needed is an error too.
 * With `--own` only the tests of the file itself are run, which takes a tenth of the time: what survives those may be killed by others.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Script } from 'node:vm'
import { build } from 'esbuild'
import { historyFrom } from '../fixtures/histories/build.ts'
import { golden } from '../fixtures/histories/golden.ts'
import type { History } from '../src/journal/history.ts'
import { mutantsOf } from './mutants.ts'
import { explained } from './mutants-explained.ts'

const root = resolve(import.meta.dirname, '..')
const rooms = ['src/evidence', 'src/checks', 'src/verdict'] as const
/** Where it is not a test of the same name: the quickest that know the file best, and most mutants get no further. */
const own: Readonly<Record<string, readonly string[]>> = {
  'checks/coverage': ['checks/census', 'checks/census-edges'],
  'checks/exporter': ['checks/census'],
  'checks/config': ['checks/census', 'checks/config'],
  'checks/residue': ['checks/census', 'checks/census-edges'],
  ...Object.fromEntries(
    ['accounting', 'delivered', 'heartbeats', 'held', 'rules', 'stalls', 'timing'].map((part) => [
      `checks/alerting/${part}`,
      [`checks/alerting/${part}`, 'checks/alerts'],
    ]),
  ),
  'evidence/effect': ['evidence/effect', 'evidence/silence'],
  'evidence/meetings': ['evidence/meetings', 'evidence/effect', 'evidence/silence'],
  'evidence/slots': ['evidence/slots', 'evidence/scope'],
  'verdict/judge': ['verdict/limits', 'verdict/pool', 'verdict/judge'],
  'verdict/limits': ['verdict/limits', 'verdict/limits-of-criteria'],
  'verdict/reads': ['checks/reads'],
  'verdict/kind-of-run': ['verdict/unlike-runs'],
  'verdict/long-run': ['verdict/limits', 'verdict/pool', 'verdict/unlike-runs'],
  'verdict/pool': ['verdict/pool', 'verdict/unlike-runs'],
}
/** All golden histories; run last, since they take longer than the rest together. */
const last = 'src/verdict/judge.test.ts'
const histories = golden.map(({ journal }) => historyFrom(journal))
/** Cut, damaged and forged journals take minutes; what they show of one mutant, the golden histories nearly always show as well. */
const slow = ['src/verdict/properties.test.ts']
const filesIn = (room: string) => readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((name) => `${room}/${name}`)
const quick = rooms.flatMap(filesIn).filter((file) => file.endsWith('.test.ts') && ![...slow, last].includes(file))
const everything = [...quick, last]
/** What stands on no mutant is made once, and is the quicker for it: the golden histories, and whatever reads a journal. */
const standsOnMutants = /\/(?:bench|src\/(?:evidence|checks|verdict|render))\/|\/src\/verdict\.ts$|\/fixtures\/histories\/pooled\.ts$/

const { values, positionals: wanted } = parseArgs({ allowPositionals: true, options: { own: { type: 'boolean', default: false } } })
const onlyOwn = values.own
/** A mutant may well never end. Until the tests as they are have shown how long this machine takes for all of them, they are given long. */
let longestMs = onlyOwn ? 60_000 : 600_000

const shared = globalThis as typeof globalThis & {
  mutation?: {
    readonly require: NodeJS.Require
    readonly leftOut: ReadonlySet<unknown>
    readonly histories: readonly History[]
    answer?: unknown
  }
}

interface Changed {
  readonly file: string
  readonly text: string
}

/** The tests, with this file changed, as one script; so none of it is cached from one mutant to the next. */
async function failureOf(tests: readonly string[], changed?: Changed, leftOut?: ReadonlySet<unknown>): Promise<string | undefined> {
  const ended = await ran(
    [
      // A module of its own, so that it is done before the tests are listed.
      `import 'leave-out'`,
      ...tests.map((test) => `import '${join(root, test)}'`),
      `import { run } from 'vitest'`,
      'globalThis.mutation.answer = run()',
    ],
    changed,
    leftOut,
  )
  return 'answer' in ended ? (ended.answer as string | undefined) : ended.failure
}

/** @returns what the script answered, or why it did not get so far */
async function ran(lines: readonly string[], changed?: Changed, leftOut: ReadonlySet<unknown> = new Set()) {
  const { outputFiles } = await build({
    stdin: { contents: lines.join('\n'), resolveDir: root, loader: 'ts' },
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
          onResolve({ filter: /^leave-out$/ }, () => ({ path: 'leave-out', namespace: 'made' }))
          onLoad({ filter: /./, namespace: 'made' }, () => ({
            contents: `import { leaveOut } from 'vitest'\nleaveOut(globalThis.mutation.leftOut)`,
            resolveDir: root,
            loader: 'ts',
          }))
          onResolve({ filter: /^\.{1,2}\// }, ({ path, importer, resolveDir }) => {
            const file = resolve(importer === '<stdin>' ? root : resolveDir, path)
            return standsOnMutants.test(file) ? { path: file } : { path: file, external: true }
          })
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const text = changed && path === join(root, changed.file) ? changed.text : readFileSync(path, 'utf8')
            const begin = path.endsWith('.test.ts') ? `import { file as beginFile } from 'vitest'\nbeginFile()\n` : ''
            // A script, unlike a module, does not know where it lies.
            return { contents: begin + text.replaceAll('import.meta.dirname', JSON.stringify(dirname(path))), loader: 'ts' }
          })
        },
      },
    ],
  })
  shared.mutation = { require: createRequire(join(root, 'package.json')), leftOut, histories }
  try {
    new Script(
      `(() => { const require = globalThis.mutation.require, module = {}, exports = {}; ${outputFiles[0]?.text ?? ''}\n})()`,
    ).runInThisContext({ timeout: longestMs })
  } catch (error) {
    return { failure: String(error) }
  }
  return { answer: shared.mutation.answer }
}

/** Criteria that judge what nothing else judges: what they find in a golden history is all that a mutant of theirs can change there. */
const criteria = ['alerts', 'config', 'coverage', 'durability', 'exporter', 'latency', 'residue']
const criterionOf = (name: string) =>
  criteria.find((each) => name === `checks/${each}`) ?? (name.startsWith('checks/alerting/') ? 'alerts' : undefined)

/** @returns what a criterion finds in each golden history */
async function foundBy(criterion: string, changed?: Changed): Promise<readonly string[] | undefined> {
  const lines = [
    `import { checks } from '${join(root, 'src/checks/index.ts')}'`,
    'const attempt = (deed) => { try { return deed() } catch (error) { return String(error) } }',
    `const found = (history) => history.scenarios.map((each) => attempt(() => checks['${criterion}'].judge(history, each)))`,
    'globalThis.mutation.answer = globalThis.mutation.histories.map((history) => JSON.stringify(found(history)))',
  ]
  const ended = await ran(lines, changed)
  return 'answer' in ended ? (ended.answer as readonly string[]) : undefined
}

/** @returns the golden histories in which the mutant finds nothing else; undefined where that is not known */
async function unconcernedBy(name: string, changed: Changed): Promise<ReadonlySet<unknown> | undefined> {
  const criterion = criterionOf(name)
  if (criterion === undefined) return undefined
  const before = findings[criterion] ?? (await foundBy(criterion)) ?? []
  findings[criterion] = before
  const after = await foundBy(criterion, changed)
  return after && new Set(golden.filter((_, place) => after[place] === before[place]))
}
const findings: Record<string, readonly string[]> = {}

async function survives(file: string, text: string): Promise<boolean> {
  const name = file.replace(/^src\/|\.ts$/g, '')
  const tests = (own[name] ?? [name]).map((each) => `src/${each}.test.ts`).filter((test) => everything.includes(test))
  if ((await failureOf(tests, { file, text })) !== undefined) return false
  if (onlyOwn) return true
  const unconcerned = await unconcernedBy(name, { file, text })
  const others = everything.filter((test) => !tests.includes(test) && under.get(test)?.has(file))
  return (await failureOf(others, { file, text }, unconcerned)) === undefined
}

/** Test → all that it stands on. */
const under = new Map<string, ReadonlySet<string>>()
for (const test of everything) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [test],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    metafile: true,
    logLevel: 'silent',
  })
  under.set(test, new Set(Object.keys(metafile.inputs)))
}

const sources = rooms.flatMap(filesIn).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
const files = sources.filter((file) => wanted.length === 0 || wanted.includes(file))

const unknown = wanted.filter((file) => !files.includes(file))
if (unknown.length > 0) throw new Error(`no such file: ${unknown.join(', ')}; name files as in \`npm run mutate src/checks/recovery.ts\``)
const beganMs = performance.now()
const failure = onlyOwn ? undefined : await failureOf(everything)
longestMs = Math.max(60_000, Math.ceil(3 * (performance.now() - beganMs)))
if (failure !== undefined) throw new Error(`the tests do not pass as they are: ${failure}`)
type Counts = Readonly<Record<'killed' | 'explained' | 'unexplained' | 'stale', number>>
const inWords = ({ killed, explained, unexplained, stale }: Counts) =>
  `${killed} killed, ${explained} explained, ${unexplained} survived without an explanation, ${stale} explanations out of date\n`

async function countIn(file: string): Promise<Counts> {
  const counts = { killed: 0, explained: 0, unexplained: 0, stale: 0 }
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
    counts[why ? 'explained' : 'unexplained'] += 1
    process.stdout.write(`${why ? 'explained' : 'SURVIVED '} ${file}:${line} \`${was.trim()}\` → \`${is.trim()}\`  ${code}\n`)
  }
  for (const each of known.filter((one) => !used.has(one))) {
    counts.stale += 1
    process.stdout.write(`STALE     ${file}: \`${each.was}\` in \`${each.code}\` is explained, and is killed or gone\n`)
  }
  process.stdout.write(`${file}: ${inWords(counts)}`)
  return counts
}

const all: Counts[] = []
for (const file of files) all.push(await countIn(file))
const sum = (of: keyof Counts) => all.reduce((total, counts) => total + counts[of], 0)
const total = { killed: sum('killed'), explained: sum('explained'), unexplained: sum('unexplained'), stale: sum('stale') }
process.stdout.write(inWords(total))
process.exitCode = total.unexplained + total.stale === 0 ? 0 : 1
