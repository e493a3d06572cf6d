/**
 * One HTTP/1 response, read from whatever pieces the network delivers. Pure and bounded: what a target sends is the one input
 * that nobody controls, and a target that sends garbage must be seen as such, never harm the observer.
 */

export type Progress = 'more' | 'done' | 'malformed'

export interface Response {
  readonly status: number
  readonly body: string
  /** Another request may follow on the same connection. */
  readonly reusable: boolean
}

export interface ResponseReader {
  /** Takes the next piece. After anything but `more` it must be reset. */
  feed(chunk: Uint8Array): Progress
  /** The other side closed: `done` when that is how the body ends. */
  close(): Progress
  /** Bytes were seen since the last reset. */
  started(): boolean
  /** Only after `done`. */
  response(): Response
  reset(): void
}

interface Head {
  readonly status: number
  readonly framing: { readonly kind: 'length'; readonly length: number } | { readonly kind: 'chunked' } | { readonly kind: 'close' }
  readonly reusable: boolean
}

const maxHeadBytes = 16 * 1024
const protocol = Buffer.from('HTTP/1.')
const headEnd = Buffer.from('\r\n\r\n')
const lineEnd = Buffer.from('\r\n')

/** @param maxBodyBytes a larger body is malformed, however it is framed */
export function responseReader(maxBodyBytes: number): ResponseReader {
  const maxBytes = maxHeadBytes + 2 * maxBodyBytes // chunk sizes and trailers come on top of the body
  const input = received()
  let head: Head | undefined

  function readHead(from: number): Progress {
    for (;;) {
      const begun = Math.min(input.length - input.at, protocol.length)
      if (input.bytes.compare(protocol, 0, begun, input.at, input.at + begun) !== 0) return 'malformed' // garbage may never end
      const end = input.bytes.subarray(0, input.length).indexOf(headEnd, Math.max(input.at, from - headEnd.length))
      if (end < 0) return input.length - input.at > maxHeadBytes ? 'malformed' : 'more'
      if (end - input.at > maxHeadBytes) return 'malformed'
      const read = headOf(input.bytes.toString('latin1', input.at, end))
      input.at = end + headEnd.length
      if (read === undefined) return 'malformed'
      if (read.status >= 200) {
        head = read
        return 'done'
      }
      from = input.at // an interim answer (100 Continue, 103 Early Hints): the real one follows
    }
  }

  function readBody({ framing }: Head): Progress {
    if (framing.kind === 'chunked') return readChunks(input, maxBodyBytes)
    if (framing.kind === 'close') return input.length - input.at > maxBodyBytes ? 'malformed' : 'more'
    if (framing.length > maxBodyBytes) return 'malformed'
    if (input.length - input.at < framing.length) return 'more'
    take(input, framing.length)
    return 'done'
  }

  return {
    feed(chunk) {
      if (input.length + chunk.length > maxBytes) return 'malformed'
      const from = input.length
      append(input, chunk)
      if (head === undefined) {
        const progress = readHead(from)
        if (progress !== 'done' || head === undefined) return progress
      }
      const progress = readBody(head)
      return progress === 'done' && input.at < input.length ? 'malformed' : progress // nobody asked for more
    },
    close() {
      if (head?.framing.kind !== 'close') return 'malformed'
      take(input, input.length - input.at)
      return 'done'
    },
    started: () => input.length > 0,
    response() {
      if (head === undefined) throw new Error('a response was asked for before it was read')
      return { status: head.status, body: bodyOf(input), reusable: head.reusable }
    },
    reset() {
      clear(input)
      head = undefined
    },
  }
}

/** The chunked transfer coding: before each chunk a line with its size; a size of zero ends the body. */
function readChunks(input: Received, maxBodyBytes: number): Progress {
  for (;;) {
    const end = input.bytes.subarray(0, input.length).indexOf(lineEnd, input.at)
    if (end < 0) return input.length - input.at > 1024 ? 'malformed' : 'more'
    const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(input.bytes.toString('latin1', input.at, end))?.[1]
    if (size === undefined) return 'malformed'
    const chunkBytes = Number.parseInt(size, 16)
    if (chunkBytes === 0) return readTrailers(input, end)
    if (input.bodyBytes + chunkBytes > maxBodyBytes) return 'malformed'
    const begin = end + lineEnd.length
    if (input.length < begin + chunkBytes + lineEnd.length) return 'more'
    if (input.bytes[begin + chunkBytes] !== 13 || input.bytes[begin + chunkBytes + 1] !== 10) return 'malformed'
    input.at = begin
    take(input, chunkBytes)
    input.at += lineEnd.length
  }
}

/** From the end of the last chunk's size line; trailers are allowed and of no interest. */
function readTrailers(input: Received, sizeEnd: number): Progress {
  const end = input.bytes.subarray(0, input.length).indexOf(headEnd, sizeEnd)
  if (end < 0) return input.length - sizeEnd > maxHeadBytes ? 'malformed' : 'more'
  input.at = end + headEnd.length
  return 'done'
}

/** Lengths of the names of the three fields that say where a body ends: nearly all others are passed over at no cost. */
const framingLengths: ReadonlySet<number> = new Set(['transfer-encoding', 'connection', 'content-length'].map((name) => name.length))

/** A name of visible ASCII without a space: so a folded line, which begins with one, is none. */
function isToken(field: string, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const code = field.charCodeAt(i)
    if (code <= 32 || code >= 127) return false
  }
  return true
}

/** `undefined` when it is not the head of an HTTP/1 response, or leaves open where its body ends. */
function headOf(text: string): Head | undefined {
  const [first = '', ...fields] = text.split('\r\n')
  const [, version, code] = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/.exec(first) ?? []
  if (version === undefined || code === undefined) return undefined
  let length: number | undefined
  let coding: string | undefined
  let connection = ''
  for (const field of fields) {
    const colon = field.indexOf(':')
    if (colon <= 0 || !isToken(field, colon)) return undefined
    if (!framingLengths.has(colon)) continue
    const name = field.slice(0, colon).toLowerCase()
    const value = field.slice(colon + 1).trim()
    if (name === 'transfer-encoding') coding = coding === undefined ? value.toLowerCase() : 'several'
    if (name === 'connection') connection += `,${value.toLowerCase()}`
    if (name !== 'content-length') continue
    if (!/^\d{1,15}$/.test(value) || (length !== undefined && length !== Number(value))) return undefined
    length = Number(value)
  }
  if (coding !== undefined && (coding !== 'chunked' || length !== undefined)) return undefined
  const status = Number(code)
  const tokens = connection === '' ? [] : connection.split(',').map((token) => token.trim())
  const framing = framingOf(status, coding, length)
  const kept = version === '1' ? !tokens.includes('close') : tokens.includes('keep-alive')
  return { status, framing, reusable: kept && framing.kind !== 'close' }
}

function framingOf(status: number, coding: string | undefined, length: number | undefined): Head['framing'] {
  if (status < 200 || status === 204 || status === 304) return { kind: 'length', length: 0 }
  if (coding === 'chunked') return { kind: 'chunked' }
  return length === undefined ? { kind: 'close' } : { kind: 'length', length }
}

/**
 * What has come of one response: its bytes in one buffer, and the body copied out of it as it is read. A connection keeps the
 * buffer for all its responses, so that a probe costs no new one.
 */
interface Received {
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

function received(): Received {
  return { bytes: Buffer.allocUnsafe(usualBytes), length: 0, at: 0, pieces: [], bodyBytes: 0 }
}

function append(input: Received, chunk: Uint8Array): void {
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
function take(input: Received, count: number): void {
  if (count > 0) input.pieces.push(Buffer.from(input.bytes.subarray(input.at, input.at + count)))
  input.bodyBytes += count
  input.at += count
}

function bodyOf({ pieces }: Received): string {
  const [only] = pieces
  return (pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)).toString('utf8')
}

function clear(input: Received): void {
  if (input.bytes.length > keptBytes) input.bytes = Buffer.allocUnsafe(usualBytes)
  input.length = 0
  input.at = 0
  input.pieces = []
  input.bodyBytes = 0
}
