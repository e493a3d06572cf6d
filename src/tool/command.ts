/**
 * Runs the commands of a plan inside a tool container. A command that names the tool itself is called as a function: a process of
 * its own would cost 40 ms at each look of a proof.
 */
import { spawn } from 'node:child_process'
import type { Command } from '../faults/fault.ts'
import type { Answer, Io, Memory, Verb } from './verb.ts'
import { exitCodeOf, misused } from './verb.ts'

export const commandTimeoutMs = 10_000
const outputLimit = 1_000_000

/** What a verb stands on, beside what it prints. */
export interface Means {
  /** The tool's own, by name. */
  readonly verbs: Readonly<Record<string, Verb>>
  readonly memory: Memory
  readonly signal: AbortSignal
}

export function runner(means: Means): Io['run'] {
  return async (command) => {
    const [program, name, ...args] = command.argv
    if (program !== 'tool') return spawned(command, means.signal)
    const verb = name !== undefined && Object.hasOwn(means.verbs, name) ? means.verbs[name] : undefined
    if (verb === undefined) return { exitCode: misused, stdout: '', stderr: `no verb ${name}` }
    const out: string[] = []
    const ended = await called(verb, args, means, { print: (line) => out.push(`${line}\n`), stdin: async () => command.stdin ?? '' })
    return { ...ended, stdout: out.join('') }
  }
}

/** Calls a verb, whatever it throws. @returns its exit code, and what it warned of */
export async function called(
  verb: Verb,
  args: readonly string[],
  means: Means,
  { print, stdin }: Pick<Io, 'print' | 'stdin'>,
): Promise<Omit<Answer, 'stdout'>> {
  const err: string[] = []
  const io: Io = { print, warn: (line) => err.push(`${line}\n`), stdin, run: runner(means), signal: means.signal, memory: means.memory }
  const exitCode = await verb(args, io).catch((error: unknown) => {
    io.warn(error instanceof Error ? error.message : String(error))
    return exitCodeOf(error)
  })
  return { exitCode, stderr: err.join('') }
}

/** As a shell and `timeout` would say. */
const notRun = { tooLate: 124, notExecutable: 126, notStarted: 127, endedBySignal: 128 } as const

/** A command that cannot be started, or that takes too long and is killed, has an exit code of its own. */
function spawned({ argv, stdin }: Command, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ exitCode: notRun.notStarted, stdout: '', stderr: `${argv[0]}: too late` })
    const child = spawn(argv[0], argv.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] })
    const out = gather()
    const err = gather()
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, commandTimeoutMs)
    const stop = () => void child.kill('SIGKILL')
    signal.addEventListener('abort', stop, { once: true })
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
      signal.removeEventListener('abort', stop)
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
