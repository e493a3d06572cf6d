import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Response, responseReader } from './response.ts'

const plain = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"ok"}'
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7;note=x\r\n{"statu\r\n8\r\ns":"ok"}\r\n0\r\nTrailer: y\r\n\r\n'
const closing = 'HTTP/1.1 200 OK\r\n\r\n{"status":"ok"}'

/** Feeds the text in pieces that end at the given cuts, then closes. */
function read(text: string, cuts: readonly number[] = [], maxBodyBytes = 1000): Response | 'malformed' | 'more' {
  const reader = responseReader(maxBodyBytes)
  const bytes = Buffer.from(text, 'latin1')
  const ends = [...new Set([...cuts.map((cut) => cut % bytes.length), bytes.length])].sort((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    const progress = reader.feed(bytes.subarray(from, end))
    if (progress === 'malformed') return progress
    if (progress === 'done') return end === bytes.length ? reader.response() : 'malformed'
    from = end
  }
  return reader.close() === 'done' ? reader.response() : 'malformed'
}

test('the three ways in which a body can end', () => {
  expect(read(plain)).toEqual({ status: 200, body: '{"status":"ok"}', reusable: true })
  expect(read(chunked)).toEqual({ status: 200, body: '{"status":"ok"}', reusable: true })
  expect(read(closing)).toEqual({ status: 200, body: '{"status":"ok"}', reusable: false })
})

test('how the network cuts it makes no difference', () => {
  fc.assert(
    fc.property(fc.constantFrom(plain, chunked, closing), fc.array(fc.nat(500), { maxLength: 30 }), (text, cuts) => {
      expect(read(text, cuts)).toEqual(read(text))
    }),
  )
})

test('a response that was cut off is not a response', () => {
  for (const text of [plain, chunked]) {
    for (let end = 0; end < text.length; end++) expect(read(text.slice(0, end)), text.slice(0, end)).toBe('malformed')
  }
})

test('a connection is kept only when both sides mean it', () => {
  const reusable = (head: string) => (read(`${head}\r\nContent-Length: 0\r\n\r\n`) as Response).reusable
  expect(reusable('HTTP/1.1 200 OK\r\nConnection: keep-alive, Upgrade')).toBe(true)
  expect(reusable('HTTP/1.1 200 OK\r\nConnection: Close')).toBe(false)
  expect(reusable('HTTP/1.0 200 OK')).toBe(false)
  expect(reusable('HTTP/1.0 200 OK\r\nConnection: Keep-Alive')).toBe(true)
})

test('interim answers are passed over, and an answer without a body has none', () => {
  expect(read(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${plain}`)).toMatchObject({ status: 200 })
  expect(read('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n')).toEqual({ status: 204, body: '', reusable: true })
})

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
  ['a status out of range', 'HTTP/1.1 020 No\r\n\r\n'],
  ['a field without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
  ['a folded field', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['an unknown coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n'],
  ['a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ['a chunk longer than said', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n'],
  ['more than was said', `${plain}x`],
])('malformed: %s', (_, text) => {
  expect(read(text)).toBe('malformed')
})

test('garbage is known by its first bytes: its end is not waited for', () => {
  expect(responseReader(1000).feed(Buffer.from([0xfe]))).toBe('malformed')
  expect(responseReader(1000).feed(Buffer.from('HTTP/2'))).toBe('malformed')
  expect(responseReader(1000).feed(Buffer.from('HTTP/'))).toBe('more')
})

test('bodies, heads and chunk lines are bounded', () => {
  const body = 'x'.repeat(1001)
  expect(read(`HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n`)).toBe('malformed')
  expect(read(`HTTP/1.1 200 OK\r\n\r\n${body}`)).toBe('malformed')
  expect(read(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n${body}\r\n0\r\n\r\n`)).toBe('malformed')
  expect(read(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'0'.repeat(1100)}`)).toBe('malformed')
  expect(read(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(20_000)}`, [], 1e6)).toBe('malformed')
  expect(read(`HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1000)}`)).toMatchObject({ status: 200 })
})

test('arbitrary bytes never throw, and a reader can be used again after them', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
      const reader = responseReader(1000)
      for (const chunk of chunks) if (reader.feed(chunk) !== 'more') reader.reset()
      reader.reset()
      expect(reader.started()).toBe(false)
      expect(reader.feed(Buffer.from(plain))).toBe('done')
      expect(reader.response().body).toBe('{"status":"ok"}')
    }),
  )
})
