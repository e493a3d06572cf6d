/**
 * `tool serve --owner RUN` is the tool as it stays: it answers requests from its standard input, many at once, each as the verb would if
 * it were called by hand. It ends with its input. Faults do not need it: the guard beside each is a process of its own.
 */
import { rmSync } from 'node:fs'
import { poll } from '../base/poll.ts'
import { lineSplitter } from '../fleet/engine-stream.ts'
import { protocol, type Reply, type Request, readRequest } from '../fleet/tool-stream.ts'
import { called, type Means } from './command.ts'
import { flags, one } from './flags.ts'
import { readServer, serverFile, writeServer } from './lease-folder.ts'
import { isAlive, processOf, signalGroup } from './proc.ts'
import { done, failed, misused, refused } from './verb.ts'

interface Streams {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
}

/** As `timeout` has it. */
const tooLate = 124
const mostUnderWay = 256

/** @returns the exit code, once its input has ended and what must not be left half done is over */
export async function serve(args: readonly string[], means: Means, { stdin, stdout }: Streams): Promise<number> {
  stdout.on('error', () => {}) // whoever listened is gone, and a release goes on without
  const say = (reply: Reply) => void stdout.write(`${JSON.stringify(reply)}\n`)
  const objection = await claim(one(flags(args, ['owner']), 'owner'))
  if (objection !== undefined) {
    say({ refused: objection })
    return refused
  }
  say({ hello: protocol, pid: process.pid })
  const underWay = new Map<number, AbortController>()
  const answers = new Set<Promise<void>>()
  const begin = (request: Question) => {
    if (underWay.size >= mostUnderWay)
      return say({ id: request.id, exitCode: failed, stderr: `${mostUnderWay} requests are under way already` })
    const cancel = new AbortController()
    const timer = setTimeout(() => cancel.abort(), request.deadlineMs)
    underWay.set(request.id, cancel)
    const whenAnswered = () => {
      clearTimeout(timer)
      underWay.delete(request.id)
    }
    const answer = answered(request, { ...means, signal: cancel.signal }, say, whenAnswered).finally(() => answers.delete(answer))
    answers.add(answer)
  }
  for await (const line of linesOf(stdin)) {
    const request = readRequest(line)
    if (request === undefined) break // whoever talks like this is not the harness
    if ('cancel' in request) underWay.get(request.id)?.abort()
    else if ('ping' in request) say({ id: request.id, exitCode: done, stderr: '' })
    else begin(request)
  }
  for (const cancel of underWay.values()) cancel.abort()
  if (readServer()?.pid === process.pid) rmSync(serverFile(), { force: true }) // whoever comes next need not wait for what is left to do
  await Promise.all(answers)
  return done
}

type Question = Extract<Request, { argv: readonly string[] }>

/** An undo that stops halfway leaves what nobody takes back: once begun it goes to its end, whoever has given up or gone away. */
const goesOn: readonly string[] = ['release']

/** A verb that does not hear of its deadline goes on, and nobody listens to it any more. */
async function answered(
  { id, argv, stdin = '' }: Question,
  means: Means,
  say: (reply: Reply) => void,
  whenAnswered: () => void,
): Promise<void> {
  const [, name = '', ...args] = argv
  const verb = argv[0] === 'tool' && Object.hasOwn(means.verbs, name) ? means.verbs[name] : undefined
  const { signal } = means
  const print = (line: string) => {
    if (!signal.aborted) say({ id, line })
  }
  const late = new Promise<{ exitCode: number; stderr: string }>((resolve) => {
    signal.addEventListener('abort', () => resolve({ exitCode: tooLate, stderr: `${name}: no end before its deadline\n` }), { once: true })
  })
  const own = goesOn.includes(name) ? { ...means, signal: new AbortController().signal } : means
  const work =
    verb === undefined
      ? Promise.resolve({ exitCode: misused, stderr: `no verb ${JSON.stringify(argv.slice(0, 2).join(' '))}` })
      : called(verb, args, own, { print, stdin: async () => stdin })
  say({ id, ...(await Promise.race([work, late])) })
  whenAnswered()
  if (goesOn.includes(name)) await work
}

/** The server of a harness that was killed hears of it a moment later. */
const patienceMs = 2_000
const lookAgainMs = 50

/**
 * Of two harnesses on one fleet, the second is turned away; a harness that has lost its server takes its place, and ends it with all that
 * it runs: what it was applying must not come after an undo. @returns whose it is
 */
async function claim(owner: string): Promise<string | undefined> {
  const other = async () => {
    const there = readServer()
    return there !== undefined && isAlive(there) ? there : undefined
  }
  const isFree = (there: Awaited<ReturnType<typeof other>>) => there === undefined || there.owner === owner
  const there = await poll(other, isFree, { withinMs: patienceMs, everyMs: lookAgainMs })
  if (!isFree(there)) return `it serves ${there?.owner}, by its process ${there?.pid}`
  if (there !== undefined) signalGroup(there, 'SIGKILL')
  writeServer({ owner, pid: process.pid, start: processOf(process.pid)?.start ?? 0 })
  return undefined
}

/** It ends where a line has no end, as at any other garbage. */
async function* linesOf(stdin: NodeJS.ReadableStream): AsyncGenerator<string> {
  const ready: string[] = []
  const splitter = lineSplitter((line) => ready.push(line))
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    try {
      splitter.add(chunk)
    } catch {
      return
    }
    yield* ready.splice(0)
  }
}
