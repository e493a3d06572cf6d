/** The program in a machine's tool container: `tool VERB ARGUMENT…`. */
import { runner } from './command.ts'
import { exitCodeOf, type Io, misused, type Verb } from './verb.ts'
import { verbs } from './verbs.ts'

const table: Readonly<Record<string, Verb>> = verbs
const io: Io = {
  print: (line) => void process.stdout.write(`${line}\n`),
  warn: (line) => void process.stderr.write(`${line}\n`),
  stdin: firstLine,
  run: runner(table),
}

/** Of somebody who has stopped reading. */
const printMs = 5_000

const [name = '', ...args] = process.argv.slice(2)
const verb = Object.hasOwn(table, name) ? table[name] : undefined
if (verb === undefined) {
  io.warn(`no verb ${JSON.stringify(name)}; there are ${Object.keys(table).join(', ')}`)
  process.exitCode = misused
} else {
  verb(args, io)
    .catch((error: unknown) => {
      io.warn(error instanceof Error ? error.message : String(error))
      return exitCodeOf(error)
    })
    .then(end)
}

/**
 * Now, since a name that is still looked up would keep it for ten seconds; but not before all that was printed is out: a pipe takes
 * 64 KB, and the rest would be lost.
 */
function end(exitCode: number): void {
  process.stdout.write('', () => process.exit(exitCode))
  setTimeout(() => process.exit(exitCode), printMs)
}

/** One line is a whole request: an engine may not pass on the end of a stream that stays open the other way. */
async function firstLine(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    if (chunk.includes(10)) break
  }
  return Buffer.concat(chunks).toString()
}
