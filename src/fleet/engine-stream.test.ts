import { expect, test } from 'vitest'
import { framesOf, lineSplitter, linesOf } from './engine-stream.ts'

function frame(from: 1 | 2, text: string | Buffer): Buffer {
  const data = Buffer.from(text as string)
  const header = Buffer.alloc(8)
  header[0] = from
  header.writeUInt32BE(data.length, 4)
  return Buffer.concat([header, data])
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(items)
}

test('frames are found wherever the connection cuts them', async () => {
  const whole = Buffer.concat([frame(1, 'one\n'), frame(2, 'oops\n'), frame(1, 'two')])
  for (const size of [1, 3, 8, 100]) {
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) => whole.subarray(index * size, (index + 1) * size))
    const frames = await all(framesOf(chunks))
    expect(frames.map(({ from, data }) => [from, data.toString()])).toEqual([
      ['stdout', 'one\n'],
      ['stderr', 'oops\n'],
      ['stdout', 'two'],
    ])
  }
})

test('lines are whole, also across frames and within a character; standard error is not among them', async () => {
  const sign = Buffer.from('é')
  const chunks = [
    frame(1, 'ca'),
    frame(2, 'noise\n'),
    frame(1, Buffer.concat([Buffer.from('f'), sign.subarray(0, 1)])),
    frame(1, sign.subarray(1)),
    frame(1, '\nlast'),
  ]
  expect(await all(linesOf(chunks))).toEqual(['café', 'last'])
  expect(await all(linesOf([]))).toEqual([])
})

test('a line is put together from many pieces, and one without end is refused, at a cost that grows with its length alone', () => {
  const lines: string[] = []
  const splitter = lineSplitter((line) => lines.push(line))
  for (const piece of ['on', 'e', '\ntw', 'o\nthree\n', '', 'four']) splitter.add(Buffer.from(piece))
  expect(lines).toEqual(['one', 'two', 'three'])
  splitter.end()
  expect(lines.at(-1)).toBe('four')
  const piece = Buffer.alloc(1_000, 'x') // looked through again from its beginning with each, it would take minutes
  expect(() => {
    for (let count = 0; count < 20_000; count += 1) splitter.add(piece)
  }).toThrow('a line is longer than 16000000 characters')
})
