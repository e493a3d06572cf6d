/** The lines of a file, one after another, without ever holding more than the longest of them. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'

const chunkBytes = 1 << 18
/** Longer than any event the writer makes; a file without line ends is not read to its end to find that out. */
const longestLine = 1 << 26
const newline = 10

/** Looked at before it is opened: a pipe would be waited for, a device read without end. */
export function lookAt(file: string): { readonly bytes: number } | { readonly problem: string } {
  try {
    const about = statSync(file)
    if (about.isFile()) return { bytes: about.size }
    return { problem: about.isDirectory() ? 'a directory' : 'not a regular file' }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    return { problem: code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : `not readable: ${code}` }
  }
}

/** Each chunk is good until the next one is asked for. @throws the file system's own error */
export function* chunksOf(file: string): Generator<Buffer, void> {
  const descriptor = openSync(file, 'r')
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes)
    for (;;) {
      const size = readSync(descriptor, chunk)
      if (size === 0) return
      yield chunk.subarray(0, size)
    }
  } finally {
    closeSync(descriptor)
  }
}

/**
 * @returns whether something stood behind the last line end: a line that was cut off, even where it looks whole
 * @throws RangeError when a line is longer than any that could be meant
 */
export function* linesOf(chunks: Iterable<Buffer>): Generator<string, boolean> {
  let rest: Buffer[] = []
  let restBytes = 0
  for (const chunk of chunks) {
    let from = 0
    for (let to = chunk.indexOf(newline); to !== -1; to = chunk.indexOf(newline, from)) {
      const last = chunk.subarray(from, to)
      yield (rest.length === 0 ? last : Buffer.concat([...rest, last])).toString('utf8')
      rest = []
      restBytes = 0
      from = to + 1
    }
    if (from === chunk.length) continue
    rest.push(Buffer.from(chunk.subarray(from)))
    restBytes += chunk.length - from
    if (restBytes > longestLine) throw new RangeError(`a line is longer than ${longestLine} bytes`)
  }
  return restBytes > 0
}
