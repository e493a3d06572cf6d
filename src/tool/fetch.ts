/**
 * `tool fetch [--post] URL` prints the body of one GET, or of one POST of an empty object, asked from inside the machine's network namespace. `tool fetch-each` reads a JSON list of
 * URLs from standard input and prints a line for each: one command for all agents of a machine. Bounded in time and size.
 */
import { request } from 'node:http'
import { flags } from './flags.ts'
import { done, failed, type Io, misused } from './verb.ts'

export const timeoutMs = 3_000
/** As a problem of what came back, where the time is over. */
const noAnswer = 'no answer'
const sizeLimit = 8_000_000

export async function fetch(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['post', 'within'])
  const method = found.post === undefined ? 'GET' : 'POST'
  const within = Number(found.within?.[0] ?? timeoutMs)
  const url = [found[''], found.post, found.within?.slice(1)].flatMap((words) => words ?? [])[0]
  if (url === undefined) {
    io.warn('fetch needs a URL')
    return misused
  }
  const { status, body, problem } = await get(url, within, method)
  if (body !== '') io.print(body)
  if (problem !== undefined) io.warn(`${method} ${url}: ${problem === noAnswer ? `${noAnswer} in ${within} ms` : problem}`)
  else if (status !== 200) io.warn(`${method} ${url}: status ${status}`)
  return problem === undefined && status === 200 ? done : failed
}

/** A line of `fetch-each`, in no particular order. */
export interface Fetched {
  readonly url: string
  /** 0 where there was no answer. */
  readonly status: number
  readonly body: string
  /** Wall time of the machine when the answer was there, for ages of what is in it. */
  readonly wallMs: number
}

const atOnce = 16

export async function fetchEach(_: readonly string[], io: Io): Promise<number> {
  const urls: unknown = JSON.parse(await io.stdin())
  if (!Array.isArray(urls) || !urls.every((url) => typeof url === 'string')) {
    io.warn('fetch-each needs a JSON list of URLs on standard input')
    return misused
  }
  const waiting = urls.values()
  const worker = async () => {
    for (const url of waiting) {
      const { status, body } = await get(url)
      io.print(JSON.stringify({ url, status, body, wallMs: Date.now() } satisfies Fetched))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return done
}

export function get(
  url: string,
  withinMs = timeoutMs,
  method: 'GET' | 'POST' = 'GET',
): Promise<{ status: number; body: string; problem?: string }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    let status = 0
    const end = (problem?: string) => {
      clearTimeout(timer)
      resolve({ status, body: Buffer.concat(chunks).toString(), ...(problem === undefined ? {} : { problem }) })
    }
    const asked = request(url, { method, agent: false }, (answer) => {
      status = answer.statusCode ?? 0
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > sizeLimit) asked.destroy(new Error(`more than ${sizeLimit} bytes`))
        else chunks.push(chunk)
      })
      answer.on('end', () => end())
      answer.on('error', (error) => end(error.message))
    })
    const timer = setTimeout(() => asked.destroy(new Error(noAnswer)), withinMs)
    asked.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
    asked.end(method === 'POST' ? '{}' : undefined)
  })
}
