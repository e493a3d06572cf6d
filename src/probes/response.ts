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
  let bytes = Buffer.allocUnsafe(1024)
  let length = 0
  let at = 0
  let head: Head | undefined
  let pieces: Buffer[] = []
  let bodyBytes = 0

  function append(chunk: Uint8Array): void {
    if (length + chunk.length > bytes.length) {
      const larger = Buffer.allocUnsafe(2 * (length + chunk.length))
      bytes.copy(larger, 0, 0, length)
      bytes = larger
    }
    bytes.set(chunk, length)
    length += chunk.length
  }

  function readHead(from: number): Progress {
    for (;;) {
      const begun = Math.min(length - at, protocol.length)
      if (bytes.compare(protocol, 0, begun, at, at + begun) !== 0) return 'malformed' // garbage may never end
      const end = bytes.subarray(0, length).indexOf(headEnd, Math.max(at, from - headEnd.length))
      if (end < 0) return length - at > maxHeadBytes ? 'malformed' : 'more'
      if (end - at > maxHeadBytes) return 'malformed'
      const read = headOf(bytes.toString('latin1', at, end))
      at = end + headEnd.length
      if (read === undefined) return 'malformed'
      if (read.status >= 200) {
        head = read
        return 'done'
      }
      from = at // an interim answer (100 Continue, 103 Early Hints): the real one follows
    }
  }

  function readBody({ framing }: Head): Progress {
    if (framing.kind === 'chunked') return readChunks()
    if (framing.kind === 'close') return length - at > maxBodyBytes ? 'malformed' : 'more'
    if (framing.length > maxBodyBytes) return 'malformed'
    if (length - at < framing.length) return 'more'
    take(framing.length)
    return 'done'
  }

  function readChunks(): Progress {
    for (;;) {
      const end = bytes.subarray(0, length).indexOf(lineEnd, at)
      if (end < 0) return length - at > 1024 ? 'malformed' : 'more'
      const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(bytes.toString('latin1', at, end))?.[1]
      if (size === undefined) return 'malformed'
      const chunkBytes = Number.parseInt(size, 16)
      if (chunkBytes === 0) return readTrailers(end)
      if (bodyBytes + chunkBytes > maxBodyBytes) return 'malformed'
      const begin = end + lineEnd.length
      if (length < begin + chunkBytes + lineEnd.length) return 'more'
      if (bytes[begin + chunkBytes] !== 13 || bytes[begin + chunkBytes + 1] !== 10) return 'malformed'
      at = begin
      take(chunkBytes)
      at += lineEnd.length
    }
  }

  /** From the end of the last chunk's size line; trailers are allowed and of no interest. */
  function readTrailers(sizeEnd: number): Progress {
    const end = bytes.subarray(0, length).indexOf(headEnd, sizeEnd)
    if (end < 0) return length - sizeEnd > maxHeadBytes ? 'malformed' : 'more'
    at = end + headEnd.length
    return 'done'
  }

  function take(count: number): void {
    if (count > 0) pieces.push(Buffer.from(bytes.subarray(at, at + count)))
    bodyBytes += count
    at += count
  }

  return {
    feed(chunk) {
      if (length + chunk.length > maxBytes) return 'malformed'
      const from = length
      append(chunk)
      if (head === undefined) {
        const progress = readHead(from)
        if (progress !== 'done' || head === undefined) return progress
      }
      const progress = readBody(head)
      return progress === 'done' && at < length ? 'malformed' : progress // nobody asked for more
    },
    close() {
      if (head?.framing.kind !== 'close') return 'malformed'
      take(length - at)
      return 'done'
    },
    started: () => length > 0,
    response() {
      if (head === undefined) throw new Error('a response was asked for before it was read')
      const [only] = pieces
      const body = (pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)).toString('utf8')
      return { status: head.status, body, reusable: head.reusable }
    },
    reset() {
      if (bytes.length > maxHeadBytes) bytes = Buffer.allocUnsafe(1024)
      length = 0
      at = 0
      bodyBytes = 0
      head = undefined
      pieces = []
    },
  }
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
