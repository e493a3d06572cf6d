/** Each kind of target is asked in its own way, and answers as what it is asked for. */
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Answer } from '../journal/event.ts'
import { askerOf } from './asker.ts'
import type { Target } from './protocol.ts'

const opened: (() => void)[] = []
afterEach(() => {
  for (const close of opened.splice(0)) close()
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  opened.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** Answers for an agent at one path, for a hub at the other. */
const hub = () =>
  createHttpServer(({ url }, response) => {
    const bodies: Readonly<Record<string, object>> = {
      '/health': { status: 'ok', name: 'Hub', machine: 'pc2' },
      '/hub_health': { status: 'degraded', hub: 'pc2/Hub' },
    }
    response.end(JSON.stringify(bodies[url ?? '']))
  })
const greeting = () => createServer((socket) => void socket.on('error', () => {}).end('INFO {"server_name":"nats-pc2"} \r\n'))

async function asked(server: Server, probe: Target['probe'], name: string): Promise<Answer> {
  const host = '127.0.0.1'
  const asker = askerOf({ probe, name, machine: 'pc2', host, port: await listen(server) }, () => host)
  opened.push(asker.close)
  return new Promise((done) => asker.ask(done))
}

test.each([
  ['health', hub, 'Hub', 'ok'],
  ['health', hub, 'Other', 'stranger'],
  ['hub', hub, 'Hub', 'unhealthy'],
  ['hub', hub, 'Other', 'stranger'],
  ['nats', greeting, 'nats-pc2', 'ok'],
  ['nats', greeting, 'nats-mainpc', 'stranger'],
  ['nats', hub, 'nats-pc2', 'timeout'],
  ['tcp', greeting, 'anybody', 'ok'],
  ['health', greeting, 'Hub', 'malformed'],
] as const)('%s of %o as %s: %s', async (probe, server, name, answer) => {
  const heard = asked(server(), probe, name)
  if (answer !== 'timeout') return expect(await heard).toBe(answer)
  const late = new Promise<'timeout'>((done) => setTimeout(() => done('timeout'), 200)) // a server that waits to be spoken to
  expect(await Promise.race([heard, late])).toBe(answer)
})
