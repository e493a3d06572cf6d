/**
 * Runs the commands of a plan inside a tool container. A command that names the tool itself is called as a function: a process of
 * its own would cost 40 ms at each look of a proof.
 */
import { spawn } from 'node:child_process'
import type { Command, Query } from '../faults/fault.ts'
import type { Answer, Io, Verb } from './verb.ts'
import { exitCodeOf, misused } from './verb.ts'

export const commandTimeoutMs = 10_000
const outputLimit = 1_000_000

/** @param verbs the tool's own, by name */
export function runner(verbs: Readonly<Record<string, Verb>>): (command: Command) => Promise<Answer> {
  const run = async (command: Command): Promise<Answer> => {
    const [program, name, ...args] = command.argv
    if (program !== 'tool') return spawned(command)
    const verb = name === undefined ? undefined : verbs[name]
    if (verb === undefined) return { exitCode: misused, stdout: '', stderr: `no verb ${name}` }
    return called(verb, args, command.stdin ?? '', run)
  }
  return run
}

async function called(verb: Verb, args: readonly string[], stdin: string, run: Io['run']): Promise<Answer> {
  const out: string[] = []
  const err: string[] = []
  const io: Io = {
    print: (line) => out.push(`${line}\n`),
    warn: (line) => err.push(`${line}\n`),
    stdin: async () => stdin,
    run,
  }
  const exitCode = await verb(args, io).catch((error: unknown) => {
    io.warn(error instanceof Error ? error.message : String(error))
    return exitCodeOf(error)
  })
  return { exitCode, stdout: out.join(''), stderr: err.join('') }
}

/** As a shell and `timeout` would say. */
const notRun = { tooLate: 124, notExecutable: 126, notStarted: 127, endedBySignal: 128 } as const

/** A command that cannot be started, or that takes too long and is killed, has an exit code of its own. */
function spawned({ argv, stdin }: Command): Promise<Answer> {
  return new Promise((resolve) => {
    const child = spawn(argv[0], argv.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] })
    const out = gather()
    const err = gather()
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, commandTimeoutMs)
    child.stdout.on('data', out.add)
    child.stderr.on('data', err.add)
    child.stdin.on('error', () => {}) // a command may end without reading what it was given
    child.stdin.end(stdin ?? '')
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ exitCode: notRun.notStarted, stdout: '', stderr: `${argv[0]}: ${error.message}` })
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      const exitCode = late ? notRun.tooLate : (code ?? 137)
      resolve({ exitCode, stdout: out.text(), stderr: late ? `${err.text()}killed after ${commandTimeoutMs} ms` : err.text() })
    })
  })
}

function gather() {
  const chunks: Buffer[] = []
  let size = 0
  return {
    add: (chunk: Buffer) => {
      if (size < outputLimit) chunks.push(chunk)
      size += chunk.length
    },
    text: () => Buffer.concat(chunks).subarray(0, outputLimit).toString(),
  }
}

/** Whether an answer is what a query expects. A pattern is tried on the whole standard output of a query that went well, without flags. */
export function holds(expect: Query['expect'], answer: Answer): boolean {
  if ('exitCode' in expect) return answer.exitCode === expect.exitCode
  return wasAsked(expect, answer) && new RegExp(expect.matches).test(answer.stdout)
}

/** False where the query itself failed: then its answer says nothing, neither that it is so nor that it is not. */
export function wasAsked(expect: Query['expect'], { exitCode }: Answer): boolean {
  if (!('exitCode' in expect)) return exitCode === 0
  const isOwnWord = exitCode < notRun.tooLate && exitCode !== misused
  return isOwnWord || exitCode === expect.exitCode
}
