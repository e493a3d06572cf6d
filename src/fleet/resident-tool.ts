/**
 * The harness's end of a resident tool: one stream to `tool serve` in a tool container, opened when it is first needed and again when it
 * breaks. What was under way when it broke is unknown: it may have been done.
 */
import { GauntletError } from '../base/errors.ts'
import type { ExecAnswer, ExecOptions, OpenCommand } from './engine.ts'
import { protocol, type Reply, type Request, readReply } from './tool-stream.ts'

export interface ResidentTool extends Disposable {
  /**
   * @param argv `tool VERB ARGUMENT…`
   * @throws GauntletError harness/tool where the stream broke, the deadline passed or the tool is another's, with what is unknown now; the
   * signal's reason when it aborts
   */
  run(argv: readonly string[], options?: ExecOptions): Promise<ExecAnswer>
}

const timeoutMs = 15_000
/** Of a server that says at its own deadline that it is over. */
const graceMs = 1_000
const helloMs = 10_000
/** After which a stream is asked whether anybody is there, before it is told anything. */
const quietMs = 1_000
const pingMs = 3_000
const mostOutputBytes = 64 * 2 ** 20

interface UnderWay {
  readonly what: string
  take(line: string): void
  end(answer: Pick<ExecAnswer, 'exitCode' | 'stderr'>): void
  fail(error: Error): void
}

interface Stream {
  readonly underWay: Map<number, UnderWay>
  /** When it last said anything. */
  heardMs(): number
  isOpen(): boolean
  send(request: Request): void
  /** @param why in words; whoever waits hears that what they asked is unknown */
  break(why: string): void
}

/** @param open the command, in the tool's container @param place whose tool it is, in words */
export function residentTool(open: () => Promise<OpenCommand>, place: string): ResidentTool {
  let stream: Promise<Stream> | undefined
  let lastId = 0
  const opened = (): Promise<Stream> => {
    if (stream !== undefined) return stream
    const opening = connect(open, place, () => {
      if (stream === opening) stream = undefined
    })
    stream = opening
    opening.catch(() => {
      if (stream === opening) stream = undefined
    })
    return opening
  }
  const nextId = () => {
    lastId += 1
    return lastId
  }
  let checking: Promise<void> | undefined
  /** One that was quiet for a while may lead to a container that is no more: engines do not always close it. Nothing is under way there. */
  const ready = async (): Promise<Stream> => {
    const open = await opened()
    if (checking === undefined && (open.underWay.size > 0 || performance.now() - open.heardMs() < quietMs)) return open
    checking ??= ping(open, nextId()).finally(() => {
      checking = undefined
    })
    await checking
    return opened()
  }
  return {
    async run(argv, options = {}) {
      options.signal?.throwIfAborted()
      const id = nextId() // others may ask while it is opened
      return asked(await unlessAborted(ready(), options.signal), id, argv, options, place)
    },
    [Symbol.dispose]() {
      stream?.then((open) => open.break('it is not needed any more')).catch(() => {})
    },
  }
}

async function connect(open: () => Promise<OpenCommand>, place: string, whenBroken: () => void): Promise<Stream> {
  const command = await open()
  const greeted = Promise.withResolvers<void>()
  const underWay = new Map<number, UnderWay>()
  let isBroken = false
  let heardMs = performance.now()
  const stream: Stream = {
    underWay,
    heardMs: () => heardMs,
    isOpen: () => !isBroken,
    send: (request) => command.write(JSON.stringify(request)),
    break(why) {
      if (isBroken) return
      isBroken = true
      whenBroken()
      command.close()
      greeted.reject(lost(`opening the tool of ${place}`, why))
      for (const { what, fail } of underWay.values()) fail(lost(what, why))
      underWay.clear()
    },
  }
  const late = setTimeout(() => stream.break(`it said nothing within ${helloMs} ms`), helloMs)
  const heard = () => {
    heardMs = performance.now()
  }
  void hear(command, stream, greeted.resolve, heard)
  try {
    await greeted.promise
    return stream
  } finally {
    clearTimeout(late)
  }
}

async function hear({ lines }: OpenCommand, stream: Stream, greet: () => void, heard: () => void): Promise<void> {
  try {
    let isGreeted = false
    for await (const line of lines) {
      heard()
      const reply = readReply(line)
      if (reply === undefined) return stream.break(`it said what is no answer: ${JSON.stringify(line.slice(0, 80))}`)
      if ('refused' in reply) return stream.break(`it is another's: ${reply.refused}`)
      if ('hello' in reply) {
        isGreeted = true
        greet()
      } else if (!isGreeted) return stream.break(`it did not say ${protocol} first`)
      else deliver(stream, reply)
    }
    stream.break('its server ended')
  } catch (error) {
    stream.break((error as Error).message)
  }
}

/** @returns once it has answered, or is broken */
function ping(stream: Stream, id: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => stream.break(`it did not answer within ${pingMs} ms`), pingMs)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    stream.underWay.set(id, { what: 'asking whether it is there', take: () => {}, end, fail: end })
    stream.send({ id, ping: true })
  })
}

/** An answer to what nobody waits for any more is let go. */
function deliver({ underWay }: Stream, reply: Extract<Reply, { id: number }>): void {
  const request = underWay.get(reply.id)
  if ('line' in reply) request?.take(reply.line)
  else {
    underWay.delete(reply.id)
    request?.end(reply)
  }
}

async function asked(stream: Stream, id: number, argv: readonly string[], options: ExecOptions, place: string): Promise<ExecAnswer> {
  const { stdin, timeoutMs: deadlineMs = timeoutMs, signal, onLine } = options
  const what = `running \`${argv.slice(0, 4).join(' ')}\` on ${place}`
  if (!stream.isOpen()) throw lost(what, 'it had just ended')
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const out: string[] = []
    let size = 0
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      stream.underWay.delete(id)
    }
    const fail = (error: unknown) => {
      settle()
      reject(error)
    }
    const abort = () => {
      stream.send({ id, cancel: true })
      fail(signal?.reason)
    }
    // A server that is alive says itself that the time is over: of one that does not, nothing is known.
    const timer = setTimeout(() => {
      fail(lost(what, `no end within ${deadlineMs} ms`))
      stream.break(`it did not answer within ${deadlineMs} ms`)
    }, deadlineMs + graceMs)
    signal?.addEventListener('abort', abort, { once: true })
    stream.underWay.set(id, {
      what,
      take(line) {
        size += line.length
        if (size > mostOutputBytes) {
          stream.send({ id, cancel: true })
          return fail(new GauntletError('harness/tool', `${what}: it says more than ${mostOutputBytes} bytes`))
        }
        out.push(`${line}\n`)
        onLine?.(line)
      },
      end({ exitCode, stderr }) {
        settle()
        resolve({ exitCode, stdout: out.join(''), stderr })
      },
      fail,
    })
    stream.send({ id, argv: [...argv], ...(stdin === undefined ? {} : { stdin }), deadlineMs: Math.ceil(deadlineMs) })
  })
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  return Promise.race([promise, aborted.promise]).finally(() => signal?.removeEventListener('abort', abort))
}

function lost(what: string, why: string): GauntletError {
  return new GauntletError('harness/tool', `${what}: the stream to its tool was lost, ${why}; whether it was done is unknown`)
}
