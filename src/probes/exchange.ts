/**
 * GET requests to one target over plain sockets. A request owns its connection until it is answered or given up, and one that
 * is given up takes its connection with it, whatever that was waiting for: so a hung request, or a connection attempt that
 * nobody answers, never holds back the next one. HTTP clients with a pool of their own queue behind such attempts: after a
 * partition they would report its end seconds late. What it costs stands in bench/probes.ts, beside such clients.
 */
import { createConnection } from 'node:net'
import { type Response, responseReader } from './response.ts'

export type Exchanged =
  | ({ readonly kind: 'response' } & Response)
  /** Refused, reset, or nobody at that address: nothing came back. */
  | { readonly kind: 'unreachable' }
  /** Something came back, and it is not an HTTP response of an acceptable size. */
  | { readonly kind: 'malformed' }
  /** We ourselves lack sockets, ports, memory or a network. */
  | { readonly kind: 'exhausted' }

/** Gives the request up; its outcome is then never told. May be called at any time, more than once. */
export type Cancel = () => void

export interface Requester {
  /** `done` is called at most once, possibly before this returns. */
  get(done: (exchanged: Exchanged) => void): Cancel
  close(): void
}

export interface Destination {
  /** The address to connect to at this moment, or undefined while the name is unknown. */
  readonly address: () => string | undefined
  readonly host: string
  readonly port: number
  readonly path: string
  readonly maxBodyBytes: number
}

interface Exchange {
  readonly done: (exchanged: Exchanged) => void
  connection: Connection | undefined
  /** On a connection that served before: if it closes without a word, the target may just have tidied up. */
  reused: boolean
}

interface Connection {
  carry(exchange: Exchange): void
  /** Gives up this exchange, if it is still the one being carried. */
  abandon(exchange: Exchange): void
  close(): void
}

/** The connections of one requester, and what they have in common. */
interface Pool {
  readonly port: number
  readonly request: Buffer
  readonly maxBodyBytes: number
  readonly open: Set<Connection>
  /** At most one: what a hang left behind is not kept. */
  idle: Connection | undefined
  /** On another connection than the one that failed it. */
  send(exchange: Exchange): void
}

/**
 * Codes of errors that say nothing of the target: we ourselves lack sockets, ports or memory, or a network. The observer stands on
 * each network that it asks on, with no default route and no router in between: without a way to an address it was itself cut off.
 * Who is gone from a network that is there is EHOSTUNREACH, and no want of ours. EACCES and EPERM are a firewall on our own side.
 */
const wantsOfRoom = ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'EADDRINUSE', 'EAGAIN', 'ENOBUFS', 'ENOMEM']
const wantsOfNetwork = ['ENETUNREACH', 'ENETDOWN', 'EACCES', 'EPERM']
export const ownWants: ReadonlySet<string> = new Set([...wantsOfRoom, ...wantsOfNetwork])

const incoming = Buffer.allocUnsafe(64 * 1024)

export function requester(destination: Destination): Requester {
  const { host, port, path, maxBodyBytes } = destination
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nAccept: */*\r\nUser-Agent: gauntlet-observer\r\n\r\n`)
  const pool: Pool = { port, request, maxBodyBytes, open: new Set(), idle: undefined, send }

  function send(exchange: Exchange): void {
    const address = destination.address()
    if (address === undefined) {
      exchange.done({ kind: 'unreachable' })
      return
    }
    const kept = pool.idle
    pool.idle = undefined
    exchange.reused = kept !== undefined
    exchange.connection = kept ?? connect(address, pool)
    exchange.connection.carry(exchange)
  }

  return {
    get(done) {
      const exchange: Exchange = { done, connection: undefined, reused: false }
      send(exchange)
      return () => exchange.connection?.abandon(exchange)
    },
    close() {
      for (const connection of pool.open) connection.close()
    },
  }
}

function connect(address: string, pool: Pool): Connection {
  // All connections read into one buffer, and their readers copy what they need at once: cheaper than streams of buffers.
  const onread = { buffer: incoming, callback: (count: number) => heard(incoming.subarray(0, count)) }
  const socket = createConnection({ host: address, port: pool.port, noDelay: true, onread })
  const reader = responseReader(pool.maxBodyBytes)
  let current: Exchange | undefined
  const connection: Connection = {
    carry(exchange) {
      current = exchange
      socket.write(pool.request)
    },
    abandon(exchange) {
      if (current === exchange) connection.close()
    },
    close() {
      current = undefined
      pool.open.delete(connection)
      if (pool.idle === connection) pool.idle = undefined
      socket.destroy() // never a reset: there are servers that die of one
    },
  }

  function conclude(exchanged: Exchanged): void {
    const exchange = current
    current = undefined
    if (exchanged.kind === 'response' && exchanged.reusable && pool.idle === undefined) pool.idle = connection
    else connection.close()
    reader.reset()
    exchange?.done(exchanged)
  }

  function heard(chunk: Uint8Array): true {
    if (current === undefined)
      connection.close() // unasked for
    else {
      const progress = reader.feed(chunk)
      if (progress === 'done') conclude({ kind: 'response', ...reader.response() })
      else if (progress === 'malformed') conclude({ kind: 'malformed' })
    }
    return true
  }

  /** @param code of the socket's error; undefined when the other side closed in good order */
  function broke(code: string | undefined): void {
    const exchange = current
    if (exchange === undefined) connection.close()
    else if (code !== undefined && ownWants.has(code)) conclude({ kind: 'exhausted' })
    else if (reader.started()) {
      const whole = code === undefined && reader.close() === 'done'
      conclude(whole ? { kind: 'response', ...reader.response() } : { kind: 'malformed' })
    } else if (exchange.reused) {
      connection.close()
      pool.send(exchange)
    } else conclude({ kind: 'unreachable' })
  }

  socket.on('end', () => broke(undefined))
  socket.on('error', (error: NodeJS.ErrnoException) => broke(error.code))
  socket.on('close', () => broke(undefined))
  pool.open.add(connection)
  return connection
}
