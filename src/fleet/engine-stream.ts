/** The engine sends both streams of a container over one connection, in frames: a byte for which one, three of nothing, four of length. */
import { StringDecoder } from 'node:string_decoder'

export interface Frame {
  readonly from: 'stdout' | 'stderr'
  readonly data: Buffer
}

const headerBytes = 8

export async function* framesOf(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= headerBytes) {
      const end = headerBytes + rest.readUInt32BE(4)
      if (rest.length < end) break
      yield { from: rest[0] === 2 ? 'stderr' : 'stdout', data: rest.subarray(headerBytes, end) }
      rest = rest.subarray(end)
    }
  }
}

/** A line that never ends would fill the memory. */
const longestLine = 16_000_000

/** Splits text into lines as it comes; `end` gives the last one, if it had no line feed. */
export function lineSplitter(onLine: (line: string) => void): { add(data: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8') // a frame may end within a character
  let rest = ''
  return {
    add(data) {
      const [first, ...others] = decoder.write(data).split('\n') // only what is new is looked through: a long line comes in many pieces
      const lines = others.length === 0 ? [] : [`${rest}${first}`, ...others.slice(0, -1)]
      rest = others.at(-1) ?? `${rest}${first}`
      if (rest.length > longestLine) throw new Error(`a line is longer than ${longestLine} characters`)
      for (const line of lines) onLine(line)
    },
    end() {
      if (rest !== '') onLine(rest)
      rest = ''
    },
  }
}

/** The lines of standard output. */
export async function* linesOf(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<string> {
  const ready: string[] = []
  const splitter = lineSplitter((line) => ready.push(line))
  for await (const { from, data } of framesOf(chunks)) {
    if (from === 'stdout') splitter.add(data)
    yield* ready.splice(0)
  }
  splitter.end()
  yield* ready
}
