/**
 * Every program that the harness starts beside itself: bounded in time and in memory, its words kept for the error that may follow. It
 * stands on zx (docs/adr/code.md), and adds what that does not have: the last of the words instead of all of them,
 * an end that follows where the first one is not heeded, and an end for pipes that a grandchild keeps open.
 */
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { $, type ProcessOutput } from 'zx/core'
import { type ErrorCode, GauntletError } from './errors.ts'
import { descendantsOf } from './process-tree.ts'

export interface Ran {
  /** 127 when the program could not be started, 124 when its time was up, 128 and its number when a signal ended it. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** After which it is ended, with all that it started. */
  readonly timeoutMs: number
  readonly cwd?: string
  /** Added to our own environment; undefined removes a name. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** On its standard input, which is empty otherwise. */
  readonly input?: string
  /** Ends it at once, with all that it started. */
  readonly signal?: AbortSignal
  /** Told each line of its standard error as it comes. */
  readonly heard?: (line: string) => void
  /** Its streams are our own: a person reads what it says, and nothing of it is kept. */
  readonly shown?: boolean
}

export interface Program {
  readonly ended: Promise<Ran>
  /** A signal for it alone, sent before this returns; nothing where it has ended. */
  kill(signal: NodeJS.Signals): void
}

export type Argv = readonly [string, ...string[]]

const keptCharacters = 4 * 2 ** 20
/** A grandchild may keep the pipes open after the program has ended; its words are not waited for longer than this. */
const drainMs = 1_000
/** From being asked to end to being ended. */
const graceMs = 5_000

export function start(argv: Argv, options: RunOptions): Program {
  const { timeoutMs, cwd, env, input, signal, heard, shown = false } = options
  const running = $({
    ...plain,
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
    ...(input === undefined ? {} : { input }),
    stdio: shown ? 'inherit' : [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    store: { stdout: lastWords(), stderr: lastWords(), stdall: lastWords(0) },
  })`${argv}`
  const { child } = running
  for (const stream of [child?.stdout, child?.stderr]) stream?.setEncoding('utf8') // in whole characters, however they are cut
  child?.stdin?.on('error', () => undefined) // it may end without reading
  if (heard && child?.stderr) createInterface(child.stderr).on('line', heard)
  let isLate = false
  const end = (how: NodeJS.Signals) => {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const tree = [child.pid, ...descendantsOf(child.pid)] // itself first, so that it neither starts more nor ends of their end
    for (const pid of tree) signalled(pid, how)
  }
  const late = setTimeout(() => {
    isLate = true
    end('SIGTERM')
  }, timeoutMs)
  const tooLate = setTimeout(() => end('SIGKILL'), timeoutMs + graceMs)
  const abort = () => end('SIGKILL')
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  let drained: NodeJS.Timeout | undefined
  child?.once('exit', () => {
    drained = setTimeout(() => {
      for (const stream of [child.stdout, child.stderr]) stream?.destroy()
    }, drainMs)
  })
  const settle = async (): Promise<Ran> => {
    const output = await running
    for (const timer of [late, tooLate, drained]) clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    const { stdout, stderr } = output
    return isLate ? { exitCode: 124, stdout, stderr: `${stderr}\nended after ${timeoutMs / 1000} s` } : ranOf(output)
  }
  return { ended: settle(), kill: (how) => void child?.kill(how) }
}

function ranOf({ exitCode, signal, stdout, stderr, cause }: ProcessOutput): Ran {
  if (cause) return { exitCode: 127, stdout, stderr: `${stderr}${cause.message}` }
  return { exitCode: exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]), stdout, stderr }
}

export function run(argv: Argv, options: RunOptions): Promise<Ran> {
  return start(argv, options).ended
}

/** Runs it and returns its standard output. @throws GauntletError with the end of its output when it fails */
export async function must(argv: Argv, options: RunOptions, code: ErrorCode = 'environment/setup'): Promise<string> {
  const ran = await run(argv, options)
  if (ran.exitCode === 0) return ran.stdout
  throw failed(code, `\`${argv.join(' ')}\``, ran)
}

/** @param tried what was attempted, in words or as the command itself */
export function failed(code: ErrorCode, tried: string, ran: Ran): GauntletError {
  return new GauntletError(code, tried, { cause: `exit code ${ran.exitCode}, after\n${lastLines(ran)}` })
}

/** The end of what a program said, standard error last. */
export function lastLines({ stdout, stderr }: Ran, count = 12): string {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
  return lines.slice(-count).join('\n')
}

/** The program in the place of the shell, so that a signal for it is one for it; whatever ZX_ variables say. */
const plain = {
  shell: '/bin/sh',
  prefix: 'exec ',
  postfix: '',
  quote: (word: string) => `'${word.replaceAll("'", "'\\''")}'`,
  nothrow: true,
  quiet: true,
  verbose: false,
  preferLocal: false,
  detached: false,
} as const

/** What zx adds chunks to, and joins in the end. */
function lastWords(most = keptCharacters): string[] {
  const kept: string[] = []
  kept.push = (chunk) => {
    kept[0] = most === 0 ? '' : `${kept[0] ?? ''}${chunk}`.slice(-most)
    return 1
  }
  return kept
}

function signalled(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
