import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Answer } from '../journal/event.ts'
import { accepted, caller, greetingOf } from './caller.ts'

const servers: Server[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** @returns the port of a server that does this with whoever calls */
function serving(greet: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    greet(socket)
  })
  servers.push(server)
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)))
}

const host = () => '127.0.0.1'
const answered = (port: number, hears: Parameters<typeof caller>[2], address: () => string | undefined = host): Promise<Answer> =>
  new Promise((done) => caller(address, port, hears).ask(done))
const info = (name: unknown) => `INFO ${JSON.stringify({ server_id: 'NX', server_name: name, auth_required: true })} \r\n`

test('a server that accepts is there, whatever it says; one that refuses, or has no address, is not', async () => {
  const silent = await serving(() => {})
  expect(await answered(silent, accepted)).toBe('ok')
  expect(await answered(await serving((socket) => socket.end('no')), accepted)).toBe('ok')
  expect(await answered(silent, accepted, () => undefined)).toBe('unreachable')
  servers.splice(0).forEach((server) => void server.close())
  expect(await answered(silent, accepted)).toBe('unreachable')
})

test('without a network of our own, nothing is known of a server', async () => {
  expect(await answered(9, accepted, () => '224.0.0.1')).toBe('unsent') // TCP has no way to a group of many, on any machine
})

test('a message server is known by the name in its own greeting, in however many pieces that comes', async () => {
  const whole = await serving((socket) => socket.write(info('nats-pc2')))
  expect(await answered(whole, greetingOf('nats-pc2'))).toBe('ok')
  expect(await answered(whole, greetingOf('nats-mainpc'))).toBe('stranger')
  const pieces = await serving((socket) => {
    const [first, rest] = [info('nats-pc2').slice(0, 9), info('nats-pc2').slice(9)]
    socket.write(first)
    setTimeout(() => socket.write(rest), 20)
  })
  expect(await answered(pieces, greetingOf('nats-pc2'))).toBe('ok')
})

test.each([
  ['HTTP/1.1 400 Bad Request\r\n\r\n', 'malformed'],
  ['INFO nothing\r\n', 'malformed'],
  ['INFO null\r\n', 'malformed'],
  [info(7), 'malformed'],
  [info('nats-pc2').slice(0, 20), 'malformed'], // closed in the middle of a word
  ['', 'unreachable'],
] as const)('what says %j and ends is %s', async (words, answer) => {
  const port = await serving((socket) => socket.end(words))
  expect(await answered(port, greetingOf('nats-pc2'))).toBe(answer)
})

test('a greeting that never ends is given up for what it is', async () => {
  const port = await serving((socket) => socket.write('x'.repeat(70_000)))
  expect(await answered(port, greetingOf('nats-pc2'))).toBe('malformed')
})

test.each(['cancel', 'close'] as const)('after a %s nothing is told, and no connection is left', async (how) => {
  const ended = Promise.withResolvers<void>()
  const port = await serving((socket) => void socket.once('close', () => ended.resolve()).resume())
  const told: Answer[] = []
  const called = Promise.withResolvers<void>()
  servers[0]?.once('connection', () => called.resolve())
  const calls = caller(host, port, greetingOf('nats-pc2'))
  const cancel = calls.ask((answer) => told.push(answer))
  await called.promise
  if (how === 'cancel') cancel()
  else calls.close()
  cancel() // once more
  await ended.promise
  expect(told).toEqual([])
})
