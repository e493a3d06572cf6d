/**
 * What has come of one response: its bytes in one buffer, and the body copied out of it as it is read. A connection keeps the
 * buffer for all its responses, so that a probe costs no new one.
 */

export interface Received {
  bytes: Buffer
  /** How many of them have come. */
  length: number
  /** How many of those have been read. */
  at: number
  pieces: Buffer[]
  bodyBytes: number
}

const usualBytes = 1024
/** A buffer that grew beyond this is not kept for the next response. */
const keptBytes = 16 * 1024

export function received(): Received {
  return { bytes: Buffer.allocUnsafe(usualBytes), length: 0, at: 0, pieces: [], bodyBytes: 0 }
}

export function append(input: Received, chunk: Uint8Array): void {
  const length = input.length + chunk.length
  if (length > input.bytes.length) {
    const larger = Buffer.allocUnsafe(2 * length)
    input.bytes.copy(larger, 0, 0, input.length)
    input.bytes = larger
  }
  input.bytes.set(chunk, input.length)
  input.length = length
}

/** The next bytes are of the body. */
export function take(input: Received, count: number): void {
  if (count > 0) input.pieces.push(Buffer.from(input.bytes.subarray(input.at, input.at + count)))
  input.bodyBytes += count
  input.at += count
}

export function bodyOf({ pieces }: Received): string {
  const [only] = pieces
  return (pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)).toString('utf8')
}

export function clear(input: Received): void {
  if (input.bytes.length > keptBytes) input.bytes = Buffer.allocUnsafe(usualBytes)
  input.length = 0
  input.at = 0
  input.pieces = []
  input.bodyBytes = 0
}
