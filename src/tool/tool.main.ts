/** The program in a machine's tool container: `tool VERB ARGUMENT…`. */
import { called } from './command.ts'
import { emptyMemory, misused, type Verb } from './verb.ts'
import { verbs } from './verbs.ts'

const table: Readonly<Record<string, Verb>> = verbs
/** Of somebody who has stopped reading. */
const printMs = 5_000
const print = (line: string) => void process.stdout.write(`${line}\n`)

const [name = '', ...args] = process.argv.slice(2)
const means = { verbs: table, memory: emptyMemory(), signal: new AbortController().signal }
if (name === 'serve') import('./serve.ts').then(({ serve }) => serve(args, means, process)).then(end)
else if (!Object.hasOwn(table, name)) {
  process.stderr.write(`no verb ${JSON.stringify(name)}; there are ${['serve', ...Object.keys(table)].join(', ')}\n`)
  process.exitCode = misused
} else
  called(table[name] as Verb, args, means, { print, stdin: firstLine }).then(({ exitCode, stderr }) => {
    process.stderr.write(stderr)
    end(exitCode)
  })

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
