/** Flows from before a cut: whether what was written to them is acknowledged, by the kernel's own table. */
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { wrongIn } from '../answers/index.ts'
import { flowStates, openFlows, sendQueues } from './flows.ts'
import type { Endpoint } from './lan.ts'
import type { Flows } from './verb.ts'

const servers: Server[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** Takes connections, and reads what comes only where it is to. */
async function listener(reads: boolean): Promise<Endpoint> {
  const server = createServer({ pauseOnConnect: !reads }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    if (reads) socket.resume()
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { name: `near:${port}`, host: 'near', address: '127.0.0.1', port }
}

const flowAnswer = (flows: Flows) => {
  const answer = flowStates(flows)
  const none = { count: 0, packets: 0 }
  const whole = { wasCut: true, rules: { INPUT: none, OUTPUT: none }, dropped: 0, peers: [], flows: answer }
  expect(wrongIn('cut-state', whole)).toBeUndefined()
  return answer
}

test('what was sent and not acknowledged is read by both ports; heads and torn lines are none', () => {
  const text = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 0200007F:C350 01 00000003:00000009 01:00000014 00000002  1000        0 4711 1 0000000000000000 20 4 30 10 -1',
    '   1: 0100007F:C350 0200007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 4712 1',
    '   2: 0100007F:0016 00000000:0000 0A 0000000A:00000000 00:00000000 00000000     0        0 4713 1',
    '   3: 0100007F:00',
    '',
  ].join('\n')
  expect([...sendQueues(text)]).toEqual([
    ['8080 50000', 3],
    ['50000 8080', 0],
    ['22 0', 10],
  ])
  expect([...sendQueues('')]).toEqual([])
})

test('a flow to whom the kernel acknowledges flows, also where its program never reads', async () => {
  for (const reads of [true, false]) {
    using flows = await openFlows([await listener(reads)])
    expect(flows.all).toHaveLength(8)
    expect(flowAnswer(flows)).toEqual([]) // nothing was written: nothing is said
    flows.all[0]?.write()
    flows.all[1]?.write()
    for (let tries = 0; tries < 200 && flowAnswer(flows).some(({ isStopped }) => isStopped); tries += 1) await sleep(10)
    const peer = `near:${flows.all[0]?.remotePort}`
    expect(flowAnswer(flows)).toEqual([1, 2].map(() => ({ peer, writtenBytes: 1, openBytes: 0, isStopped: false })))
  }
})

test('one that was answered and closed did not stop', async () => {
  using flows = await openFlows([await listener(true)])
  flows.all[0]?.write()
  for (const socket of sockets) socket.destroy()
  await sleep(50)
  expect(flowAnswer(flows)).toMatchObject([{ openBytes: 0, isStopped: false }])
})

test('they go to all in turn; who is not there is left out, and to nobody there is none', async () => {
  const [one, other] = [await listener(true), await listener(true)]
  using flows = await openFlows([one, { ...one, port: 1 }, other])
  expect(new Set(flows.all.map(({ remotePort }) => remotePort))).toEqual(new Set([one.port, other.port]))
  using none = await openFlows([])
  using lost = await openFlows([{ ...one, port: 1 }])
  expect([none.all, lost.all, flowStates(undefined)]).toEqual([[], [], []])
})

test('once they are disposed of their connections are closed', async () => {
  const near = await listener(true)
  {
    using _flows = await openFlows([near])
    for (let tries = 0; tries < 200 && sockets.length < 8; tries += 1) await sleep(10)
  }
  expect(sockets).toHaveLength(8)
  for (let tries = 0; tries < 200 && sockets.some(({ destroyed, readableEnded }) => !destroyed && !readableEnded); tries += 1)
    await sleep(10)
  expect(sockets.every(({ destroyed, readableEnded }) => destroyed || readableEnded)).toBe(true)
})
