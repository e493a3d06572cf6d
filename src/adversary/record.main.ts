/**
 * `npm run record -- [NAME…]` makes recordings anew: each by its own command, on real containers, kept only where it came out as the index
 * says: what stands in a verdict on a planted defect is said by the criterion that owns it. They are written when all are done, so that every run is one of a tree without changes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { run } from '../base/program.ts'
import type { Verdict } from '../verdict.ts'
import { plantedIn, unmet } from './expected.ts'
import { compressed, type Entry, fileOf, index, indexFile } from './recordings.ts'

const root = resolve(import.meta.dirname, '../..')
/** The repository holds them for good. The gate of 77 is the one that may be longer. */
const mostBytes = 400_000
const mostBytesOfGate = 1_000_000
/** Where something else runs on the machine an observer may be late, and a run that would be GO is not. */
const attempts = 3
/** A fleet with a defect is NO-GO on a busy machine as well, and for most of its drill it waits. */
const atOnce = 3

/** The longest is the gate of 77. */
const longestMs = 3_600_000

async function gauntlet(words: readonly string[], heard: (line: string) => void): Promise<string> {
  return (await run([process.execPath, 'src/cli/main.ts', ...words], { timeoutMs: longestMs, cwd: root, heard })).stdout
}

async function verdictOf({ command, stopAt }: Entry): Promise<Verdict | undefined> {
  let stopped: Promise<string> | undefined
  const stdout = await gauntlet([...command, '--json'], (line) => {
    process.stderr.write(`  ${line}\n`)
    if (stopAt !== undefined && line.includes(stopAt)) stopped ??= gauntlet(['stop'], () => undefined)
  })
  await stopped
  try {
    return JSON.parse(stdout) as Verdict
  } catch {
    return undefined // it said on standard error why there is none
  }
}

interface Recorded {
  readonly entry: Entry
  readonly bytes: Buffer
}

/** @returns what is wrong with it, where it cannot be kept */
async function recorded(entry: Entry): Promise<Recorded | string> {
  let wrong = ''
  for (let attempt = 1; attempt <= attempts; attempt++) {
    process.stderr.write(`${entry.name}: ./gauntlet ${entry.command.join(' ')}\n`)
    const verdict = await verdictOf(entry)
    if (verdict === undefined) return `${entry.name}: no verdict`
    const lacking = unmet(entry, verdict)
    wrong = `${entry.name}: run ${verdict.run.id}: ${lacking.join('; ')}`
    if (lacking.length > 0) continue
    const bytes = compressed(readFileSync(join(root, 'reports', verdict.run.id, 'journal.ndjson')))
    const most = entry.command[0] === 'gate' ? mostBytesOfGate : mostBytes
    if (bytes.length > most) return `${entry.name}: ${bytes.length} bytes, and ${most} are the most`
    return { entry: { ...entry, commit: verdict.run.commit }, bytes }
  }
  return wrong
}

const wanted = process.argv.slice(2)
const entries = index()
const strangers = wanted.filter((name) => !entries.some((entry) => entry.name === name))
if (strangers.length > 0) {
  process.stderr.write(`no recording is called ${strangers.join(', ')}; there are ${entries.map(({ name }) => name).join(', ')}\n`)
  process.exit(64)
}
const asked = entries.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const results: (Recorded | string)[] = []
for (const entry of asked.filter((each) => plantedIn(each).length === 0)) results.push(await recorded(entry))
const queue = asked.filter((each) => plantedIn(each).length > 0)
const worker = async () => {
  for (let entry = queue.shift(); entry; entry = queue.shift()) results.push(await recorded(entry))
}
await Promise.all(Array.from({ length: atOnce }, worker))
const done = results.filter((result) => typeof result !== 'string')
for (const { entry, bytes } of done) {
  writeFileSync(fileOf(entry.name), bytes)
  process.stdout.write(`${entry.name}: ${entry.outcome}, ${bytes.length} bytes\n`)
}
const now = entries.map((entry) => done.find((each) => each.entry.name === entry.name)?.entry ?? entry)
writeFileSync(indexFile, `${JSON.stringify(now, undefined, 2)}\n`)
const refused = results.filter((result) => typeof result === 'string')
for (const line of refused) process.stderr.write(`refused: ${line}\n`)
process.exitCode = refused.length === 0 ? 0 : 1
