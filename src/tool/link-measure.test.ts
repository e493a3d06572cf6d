/** How long an answer takes is told by the fastest of several, whatever becomes of the others. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { answerMs } from './link-measure.ts'

let server: Server | undefined
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server?.close()
})

async function listening(take: (socket: Socket, place: number) => void) {
  server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    take(socket, sockets.length)
  })
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { name: `localhost:${port}`, host: 'localhost', address: '127.0.0.1', port }
}

test('one answer is enough, though the others are never answered', async () => {
  const witness = await listening((socket, place) => socket.once('data', () => place === 3 && socket.write('HTTP/1.1 200 OK\r\n')))
  expect(await answerMs(witness, 60_000)).toBeGreaterThan(0)
})

test('whoever accepts and says nothing has not answered, nor has who hangs up, nor who is not there', async () => {
  const silent = await listening(() => {})
  expect(await answerMs(silent, 100)).toBeUndefined()
  server?.close()
  const rude = await listening((socket) => socket.end())
  expect(await answerMs(rude, 60_000)).toBeUndefined()
  server?.close()
  expect(await answerMs(rude, 60_000)).toBeUndefined()
})
