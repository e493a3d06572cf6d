import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Exchanged, type Requester, requester } from './exchange.ts'

const opened: { close(): void }[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
})

/** A server that does with each connection what the test says; `connections` counts them. */
async function serve(onConnection: (socket: Socket, nth: number) => void) {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket, ++connections)
  })
  const port = await listen(server)
  opened.push({
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  })
  return { port, count: () => connections, sockets }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

function requesterOf(port: number, address: () => string | undefined = () => '127.0.0.1', maxBodyBytes = 1000): Requester {
  const http = requester({ address, host: 'mainpc', port, path: '/health', maxBodyBytes })
  opened.push(http)
  return http
}

function get(http: Requester): Promise<Exchanged> {
  return new Promise((done) => void http.get(done))
}

const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const onRequest = (socket: Socket, deed: () => void) => socket.on('data', deed)

test('a real HTTP server is asked for the path by its name, over one kept connection', async () => {
  const seen: string[] = []
  const server = createHttpServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.host} ${request.socket.remotePort}`)
    response.end('{"a":1}')
  })
  const port = await listen(server)
  opened.push(server)
  const http = requesterOf(port)
  for (let i = 0; i < 3; i++) expect(await get(http)).toEqual({ kind: 'response', status: 200, body: '{"a":1}', reusable: true })
  expect(seen).toHaveLength(3)
  expect(new Set(seen).size).toBe(1)
  expect(seen[0]).toMatch(new RegExp(`^GET /health mainpc:${port} `))
})

test('redirects are not followed', async () => {
  const server = createHttpServer((_, response) => response.writeHead(302, { location: '/elsewhere' }).end())
  opened.push(server)
  expect(await get(requesterOf(await listen(server)))).toMatchObject({ kind: 'response', status: 302 })
})

test('a request that hangs does not hold back the next, which opens a connection of its own', async () => {
  const { port, count } = await serve((socket, nth) => onRequest(socket, () => nth > 1 && socket.write(whole)))
  const http = requesterOf(port)
  const cancel = http.get(() => expect.unreachable('it hangs'))
  expect(await get(http)).toMatchObject({ kind: 'response' })
  expect(await get(http)).toMatchObject({ kind: 'response' })
  expect(count()).toBe(2)
  cancel()
})

test('a request that is given up takes its connection with it, and no answer of it comes later', async () => {
  const { port, sockets } = await serve((socket) => onRequest(socket, () => {}))
  const http = requesterOf(port)
  const cancel = http.get(() => expect.unreachable('it was given up'))
  await until(() => [...sockets].some((socket) => socket.bytesRead > 0))
  const [socket] = sockets
  const closed = new Promise((done) => socket?.once('close', done))
  cancel()
  await closed
})

test('giving up what was answered long ago harms nobody', async () => {
  const { port, count } = await serve((socket) => onRequest(socket, () => socket.write(whole)))
  const http = requesterOf(port)
  let cancel = () => {}
  await new Promise<Exchanged>((done) => {
    cancel = http.get(done)
  })
  const second = get(http)
  cancel()
  expect(await second).toMatchObject({ kind: 'response' })
  expect(count()).toBe(1)
})

test('a kept connection that was closed behind our back costs nothing but a new one', async () => {
  const { port, count } = await serve((socket) => {
    let requests = 0
    onRequest(socket, () => {
      requests += 1
      if (requests === 1) socket.write(whole)
      else socket.destroy()
    })
  })
  const http = requesterOf(port)
  for (let i = 0; i < 4; i++) expect(await get(http)).toMatchObject({ kind: 'response' })
  expect(count()).toBe(4)
})

test('nobody listens, nobody speaks, or nobody has a name: unreachable', async () => {
  const { port, count } = await serve((socket) => onRequest(socket, () => socket.destroy()))
  expect(await get(requesterOf(port))).toEqual({ kind: 'unreachable' })
  expect(count()).toBe(1)
  expect(await get(requesterOf(port, () => undefined))).toEqual({ kind: 'unreachable' })
  const gone = createServer()
  const freed = await listen(gone)
  await new Promise((done) => gone.close(done))
  expect(await get(requesterOf(freed))).toEqual({ kind: 'unreachable' })
})

/** TCP has no way to a group of many, on any machine. */
const noNetwork = '224.0.0.1'

test('without a network of our own, nothing is known of the target', async () => {
  expect(await get(requesterOf(9, () => noNetwork))).toEqual({ kind: 'exhausted' })
})

test.each([
  ['garbage', (socket: Socket) => socket.write(Buffer.alloc(100_000, 0xff))],
  ['a greeting of another protocol', (socket: Socket) => socket.write('220 mail ready\r\n\r\n')],
  ['a body that is too large', (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(2000)}`)],
  ['half an answer', (socket: Socket) => socket.end(whole.slice(0, -1))],
  ['half an answer, then a reset', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nok', () => socket.resetAndDestroy())],
])('malformed: %s', async (_, deed) => {
  const { port } = await serve((socket) => onRequest(socket, () => deed(socket)))
  expect(await get(requesterOf(port))).toEqual({ kind: 'malformed' })
})

test('an answer that drips is put together', async () => {
  const { port } = await serve((socket) =>
    onRequest(socket, () => {
      socket.setNoDelay(true)
      const letters = [...whole]
      const drip = setInterval(() => (letters.length > 0 ? socket.write(letters.shift() as string) : clearInterval(drip)), 1)
    }),
  )
  expect(await get(requesterOf(port))).toMatchObject({ kind: 'response', body: 'ok' })
})

test('what a server says unasked is not taken for the next answer', async () => {
  const { port, count } = await serve((socket) => {
    onRequest(socket, () => {
      socket.write(whole)
      setTimeout(() => socket.write(whole.replace('ok', 'no')), 20)
    })
  })
  const http = requesterOf(port)
  expect(await get(http)).toMatchObject({ body: 'ok' })
  await new Promise((done) => setTimeout(done, 60))
  expect(await get(http)).toMatchObject({ body: 'ok' })
  expect(count()).toBe(2)
})

test('connections left over from a hang are not kept', async () => {
  let release = () => {}
  const hang = new Promise<void>((done) => {
    release = done
  })
  const { port, sockets } = await serve((socket) => onRequest(socket, () => void hang.then(() => socket.write(whole))))
  const http = requesterOf(port)
  const answered = Promise.all(Array.from({ length: 5 }, () => get(http)))
  await until(() => sockets.size === 5)
  release()
  expect(await answered).toHaveLength(5)
  await until(() => [...sockets].filter((socket) => !socket.destroyed).length === 1)
})

async function until(holds: () => boolean): Promise<void> {
  for (const begin = Date.now(); !holds(); ) {
    if (Date.now() - begin > 5000) throw new Error('it did not come about')
    await new Promise((done) => setTimeout(done, 2))
  }
}

test('a server that minds resets never sees one, however often it is given up', async () => {
  const errors: Error[] = []
  const { port, sockets } = await serve((socket) => {
    socket.on('error', (error) => errors.push(error))
    onRequest(socket, () => {})
  })
  const http = requesterOf(port)
  const cancels = Array.from({ length: 5 }, () => http.get(() => expect.unreachable('it hangs')))
  await until(() => [...sockets].filter((socket) => socket.bytesRead > 0).length === 5)
  const closed = Promise.all([...sockets].map((socket) => new Promise((done) => socket.once('close', done))))
  for (const cancel of cancels) cancel()
  await closed
  expect(errors).toEqual([])
})
