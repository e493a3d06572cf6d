/** Every program the set-up starts: bounded in time and in memory, its output kept for the error that may follow. */
import { spawn } from 'node:child_process'
import { type ErrorCode, GauntletError } from '../base/errors.ts'

export interface Ran {
  /** 127 when the program could not be started, 124 when its time was up. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly timeoutMs: number
  readonly cwd?: string
  /** Added to our own environment; undefined removes a name. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string
}

const keptBytes = 4 * 2 ** 20
/** A grandchild may keep the pipes open after the program has ended; its words are not waited for longer than this. */
const drainMs = 1000

export function run(argv: readonly [string, ...string[]], options: RunOptions): Promise<Ran> {
  const [program, ...args] = argv
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.env }, stdio: 'pipe' })
    const out = { stdout: '', stderr: '' }
    let timedOut = false
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        out[name] = (out[name] + text).slice(-keptBytes)
      })
    }
    child.stdin.on('error', () => undefined) // it may end without reading
    child.stdin.end(options.input ?? '')
    const limit = setTimeout(() => {
      timedOut = true
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 5000).unref()
    }, options.timeoutMs)
    const settle = (exitCode: number) => {
      clearTimeout(limit)
      const note = timedOut ? `${out.stderr}\nended after ${options.timeoutMs / 1000} s` : out.stderr
      resolve({ exitCode: timedOut ? 124 : exitCode, stdout: out.stdout, stderr: note })
    }
    child.once('error', (error) => {
      out.stderr += error.message
      settle(127)
    })
    child.once('exit', (code) => {
      const drained = setTimeout(() => settle(code ?? 1), drainMs)
      child.once('close', () => {
        clearTimeout(drained)
        settle(code ?? 1)
      })
    })
  })
}

/** Runs it and returns its standard output. @throws GauntletError with the end of its output when it fails */
export async function must(
  argv: readonly [string, ...string[]],
  options: RunOptions,
  code: ErrorCode = 'environment/setup',
): Promise<string> {
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
