/** `tool fetch URL` prints the body of one GET, asked from inside the machine's network namespace. Bounded in time and size. */
import { request } from 'node:http'
import { done, failed, type Io, misused } from './verb.ts'

const timeoutMs = 3_000
const sizeLimit = 8_000_000

export async function fetch([url]: readonly string[], io: Io): Promise<number> {
  if (url === undefined) {
    io.warn('fetch needs a URL')
    return misused
  }
  const { status, body, problem } = await get(url)
  if (body !== '') io.print(body)
  if (problem !== undefined) io.warn(`GET ${url}: ${problem}`)
  else if (status !== 200) io.warn(`GET ${url}: status ${status}`)
  return problem === undefined && status === 200 ? done : failed
}

function get(url: string): Promise<{ status: number; body: string; problem?: string }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    let status = 0
    const end = (problem?: string) =>
      resolve({ status, body: Buffer.concat(chunks).toString(), ...(problem === undefined ? {} : { problem }) })
    const asked = request(url, { signal: AbortSignal.timeout(timeoutMs), agent: false }, (answer) => {
      status = answer.statusCode ?? 0
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > sizeLimit) asked.destroy(new Error(`more than ${sizeLimit} bytes`))
        else chunks.push(chunk)
      })
      answer.on('end', () => end())
      answer.on('error', (error) => end(error.message))
    })
    asked.on('error', (error: NodeJS.ErrnoException) =>
      end(error.name === 'AbortError' ? `no answer in ${timeoutMs} ms` : (error.code ?? error.message)),
    )
    asked.end()
  })
}
