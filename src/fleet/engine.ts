/**
 * One Docker engine, as thinly as it can be spoken to: commands in containers with a bound on time, a container's output as lines,
 * and what carries a label. An engine that is lost is said as such, so that nobody mistakes it for a fleet that is.
 */
import { type Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import Docker from 'dockerode'
import { GauntletError } from '../base/errors.ts'
import { framesOf, lineSplitter, linesOf } from './engine-stream.ts'
import { type Holdings, isEmpty, list, removeOnce } from './holdings.ts'

export interface ExecAnswer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface ExecOptions {
  /** All of it; one line, where the program reads only one. */
  readonly stdin?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Called with each line of standard output as it comes. */
  readonly onLine?: (line: string) => void
}

export interface Engine {
  readonly address: string
  /**
   * @throws GauntletError harness/tool when the container is not running or the time is over; environment/engine when the engine is
   * lost; the signal's reason when it aborts. The command itself may go on after any of them.
   */
  exec(container: string, argv: readonly string[], options?: ExecOptions): Promise<ExecAnswer>
  /** A command that stays: its standard input, and its standard output by lines until it ends. @throws as `exec` */
  open(container: string, argv: readonly string[]): Promise<OpenCommand>
  /** Standard output from the container's beginning until it ends. @throws as `exec` */
  follow(container: string, signal: AbortSignal): AsyncIterable<string>
  /** Standard input and output of a command, joined with a socket until either ends. @throws as `exec`, also when the socket breaks */
  join(container: string, argv: readonly string[], socket: Duplex): Promise<void>
  /** The last lines of both streams. */
  tail(container: string, lines: number): Promise<string>
  /** @param label `key` or `key=value` */
  holdings(label: string): Promise<Holdings>
  /** Removes all that carries the label, running or not, until it is gone or the signal aborts. @returns what is left */
  remove(label: string, signal: AbortSignal): Promise<Holdings>
}

export interface OpenCommand {
  write(line: string): void
  readonly lines: AsyncIterable<string>
  /** Ends its input, and whoever reads its lines. */
  close(): void
}

const execTimeoutMs = 15_000
const removeAgainMs = 100

/** @param address as DOCKER_HOST has it: `unix:///var/run/docker.sock`, `tcp://host:port` */
export function openEngine(address: string): Engine {
  const docker = new Docker(optionsOf(address))
  const attempt = async <T>(what: string, deed: () => Promise<T>): Promise<T> => {
    try {
      return await deed()
    } catch (error) {
      throw explained(address, what, error)
    }
  }
  const holdings = (label: string) => attempt(`listing what carries ${label}`, () => list(docker, label))
  return {
    address,
    holdings,
    exec: (container, argv, options = {}) => exec(docker, address, container, argv, options),
    async *follow(container, signal) {
      const options = { follow: true, stdout: true, stderr: false, abortSignal: signal } as const
      try {
        yield* linesOf((await docker.getContainer(container).logs(options)) as AsyncIterable<Buffer>)
      } catch (error) {
        signal.throwIfAborted()
        throw explained(address, `reading the output of ${container}`, error)
      }
    },
    open: (container, argv) =>
      attempt(`opening \`${argv.slice(0, 2).join(' ')}\` in ${container}`, async () => {
        const command = { Cmd: [...argv], AttachStdin: true, AttachStdout: true, AttachStderr: false }
        const created = await docker.getContainer(container).exec(command)
        const stream = await created.start({ hijack: true, stdin: true })
        stream.on('error', () => {}) // whoever reads its lines hears of it
        return {
          write: (line) => void stream.write(`${line}\n`),
          lines: linesOf(stream as AsyncIterable<Buffer>),
          close: () => void stream.destroy(),
        }
      }),
    join: (container, argv, socket) =>
      attempt(`joining \`${argv[0]}\` in ${container}`, async () => {
        const command = { Cmd: [...argv], AttachStdin: true, AttachStdout: true, AttachStderr: false }
        const created = await docker.getContainer(container).exec(command)
        const stream = await created.start({ hijack: true, stdin: true })
        // Whoever hangs up ends the other: a command whose input is gone has nobody to answer.
        socket.once('close', () => stream.destroy())
        socket.pipe(stream)
        await pipeline(Readable.from(dataOf(stream as AsyncIterable<Buffer>)), socket)
      }),
    tail: (container, lines) =>
      attempt(`reading the last lines of ${container}`, async () => {
        const options = { follow: false, stdout: true, stderr: true, tail: lines } as const
        const frames = await Array.fromAsync(framesOf([await docker.getContainer(container).logs(options)]))
        return Buffer.concat(frames.map(({ data }) => data)).toString()
      }),
    async remove(label, signal) {
      for (let left = await holdings(label); ; left = await holdings(label)) {
        if (isEmpty(left) || signal.aborted) return left
        await attempt(`removing what carries ${label}`, () => removeOnce(docker, left))
        await new Promise((resolve) => setTimeout(resolve, removeAgainMs))
      }
    },
  }
}

export function optionsOf(address: string): Docker.DockerOptions {
  // `host` is named although there is none: the library would otherwise take it from DOCKER_HOST, and prefer it.
  if (/^(unix:\/\/)?\//.test(address)) return { socketPath: address.replace(/^unix:\/\//, ''), host: undefined as unknown as string }
  const parsed = URL.canParse(address) ? new URL(address) : undefined
  if (parsed === undefined || !['tcp:', 'http:', 'https:'].includes(parsed.protocol)) {
    throw new GauntletError(
      'environment/engine',
      `${JSON.stringify(address)} is not the address of an engine; unix:///… and tcp://host:port are`,
    )
  }
  const secure = parsed.protocol === 'https:' || process.env.DOCKER_TLS_VERIFY === '1'
  return { host: parsed.hostname, port: parsed.port || (secure ? 2376 : 2375), protocol: secure ? 'https' : 'http' }
}

async function exec(
  docker: Docker,
  address: string,
  container: string,
  argv: readonly string[],
  options: ExecOptions,
): Promise<ExecAnswer> {
  const { stdin, timeoutMs = execTimeoutMs, signal, onLine } = options
  const late = AbortSignal.timeout(timeoutMs)
  const abortSignal = signal ? AbortSignal.any([signal, late]) : late
  const what = `running \`${argv.slice(0, 4).join(' ')}\` in ${container}`
  const AttachStdin = stdin !== undefined
  try {
    abortSignal.throwIfAborted()
    const command = { Cmd: [...argv], AttachStdout: true, AttachStderr: true, AttachStdin, abortSignal }
    const created = await docker.getContainer(container).exec(command)
    const stream = await created.start({ hijack: true, stdin: AttachStdin, abortSignal })
    const cut = () => void stream.destroy(abortSignal.reason)
    abortSignal.addEventListener('abort', cut, { once: true })
    if (AttachStdin) stream.end(stdin)
    const output = await gather(stream as AsyncIterable<Buffer>, onLine).finally(() => abortSignal.removeEventListener('abort', cut))
    return { exitCode: await exitCodeOf(created, abortSignal), ...output }
  } catch (error) {
    signal?.throwIfAborted()
    if (late.aborted) throw new GauntletError('harness/tool', `${what}: no end within ${timeoutMs} ms`, { cause: error })
    throw explained(address, what, error)
  }
}

async function* dataOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const { from, data } of framesOf(stream)) if (from === 'stdout') yield data
}

async function gather(
  stream: AsyncIterable<Buffer>,
  onLine: (line: string) => void = () => {},
): Promise<{ stdout: string; stderr: string }> {
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  const splitter = lineSplitter(onLine)
  for await (const { from, data } of framesOf(stream)) {
    parts[from].push(data)
    if (from === 'stdout') splitter.add(data)
  }
  splitter.end()
  return { stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString() }
}

/** The stream may end a moment before the engine has noted the end. */
async function exitCodeOf(created: Docker.Exec, abortSignal: AbortSignal): Promise<number> {
  for (;;) {
    const { Running, ExitCode } = await created.inspect({ abortSignal })
    if (!Running) return ExitCode ?? 137
    await new Promise((resolve) => setTimeout(resolve, 10))
    abortSignal.throwIfAborted()
  }
}

const lostCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EACCES',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]

/** An engine that answered no is a tool that failed; one that did not answer is an environment that did. */
function explained(address: string, what: string, error: unknown): GauntletError {
  if (error instanceof GauntletError) return error
  const { code, message } = error as NodeJS.ErrnoException
  const isLost = (code !== undefined && lostCodes.includes(code)) || message === 'aborted'
  return new GauntletError(isLost ? 'environment/engine' : 'harness/tool', `${what}, by the engine at ${address}: ${message}`, {
    cause: error,
  })
}
