/**
 * Connections from before a cut, to see that they stop: a rule that lets established ones through leaves new ones cut off and the fleet
 * whole. The kernel's own table says how much of what was written nobody has acknowledged. There are several to each cut, since a flow
 * that waits is tried again more and more rarely: each look writes to another one, and whatever moves any of them is seen.
 */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { Static } from 'typebox'
import type { cutState as cuts } from '../answers/network.ts'
import type { Endpoint } from './lan.ts'
import type { Flow, Flows } from './verb.ts'

const atOnce = 8
const connectMs = 500
/** A beginning of a question: whoever hears it waits for the rest. */
const beginning = 'G'

/** To these, one after the other, and the first again where there are fewer; those that cannot be opened are left out. */
export async function openFlows(endpoints: readonly Endpoint[]): Promise<Flows> {
  const sockets = await Promise.all(
    Array.from({ length: endpoints.length === 0 ? 0 : atOnce }, (_, place) => opened(endpoints[place % endpoints.length] as Endpoint)),
  )
  const all = sockets.filter((each) => each !== undefined)
  return {
    all: all.map(({ flow }) => flow),
    [Symbol.dispose]: () => {
      for (const { socket } of all) socket.destroy()
    },
  }
}

function opened({ host, address, port }: Endpoint): Promise<{ readonly flow: Flow; readonly socket: Socket } | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, noDelay: true })
    const timer = setTimeout(() => end(), connectMs)
    const end = (flow?: Flow) => {
      clearTimeout(timer)
      if (flow === undefined) socket.destroy()
      resolve(flow && { flow, socket })
    }
    socket.on('error', () => end())
    socket.resume()
    socket.once('connect', () => {
      let writtenBytes = 0
      end({
        peer: host,
        remotePort: port,
        localPort: socket.localPort as number,
        get writtenBytes() {
          return writtenBytes
        },
        write: () => {
          writtenBytes += beginning.length
          socket.write(beginning)
        },
      })
    })
  })
}

/** Of those to which something was written. One that the kernel does not list any more was answered, and so did not stop. */
export function flowStates(flows: Flows | undefined): Static<typeof cuts.answer>['flows'] {
  const used = flows?.all.filter(({ writtenBytes }) => writtenBytes > 0) ?? []
  const queues = used.length === 0 ? new Map<string, number>() : sendQueues(readFileSync('/proc/self/net/tcp', 'utf8'))
  return used.map(({ peer, localPort, remotePort, writtenBytes }) => {
    const openBytes = queues.get(`${localPort} ${remotePort}`) ?? 0
    return { peer: `${peer}:${remotePort}`, writtenBytes, openBytes, isStopped: openBytes >= writtenBytes }
  })
}

/** Bytes that were sent and not acknowledged, by `LOCAL REMOTE` port, of /proc/net/tcp. */
export function sendQueues(text: string): Map<string, number> {
  const port = (address: string) => Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16)
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, local, remote, , queues] = line.trim().split(/\s+/)
      if (local === undefined || remote === undefined || queues === undefined || !queues.includes(':')) return []
      return [[`${port(local)} ${port(remote)}`, Number.parseInt(queues, 16)] as const]
    }),
  )
}
