/**
 * What the observer is compared with: the same GETs at the same rate by an ordinary HTTP client with kept connections, which
 * reads the body and does nothing with it. No schedule kept to the instant, no judgement, no record.
 */
import { Agent, get } from 'node:http'
import { Pool } from 'undici'

const [, , client, hz, timeout, ...ports] = process.argv
const intervalMs = 1000 / Number(hz)
/** 0: as long as the client likes. */
const timeoutMs = Number(timeout)
const done = { answers: 0, failures: 0 }
const failed = () => {
  done.failures += 1
}

const senders: Readonly<Record<string, (port: string) => () => void>> = {
  undici(port) {
    const pool = new Pool(`http://127.0.0.1:${port}`)
    return () =>
      void pool
        .request({ method: 'GET', path: '/health', signal: timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : null })
        .then(({ body }) => body.text())
        .then(() => {
          done.answers += 1
        }, failed)
  },
  'node:http'(port) {
    const agent = new Agent({ keepAlive: true })
    return () =>
      get({ host: '127.0.0.1', port, path: '/health', agent }, (response) => {
        response.setEncoding('utf8').on('data', () => {})
        response.once('end', () => {
          done.answers += 1
        })
      }).on('error', failed)
  },
}

const sender = senders[client ?? '']
if (sender === undefined) throw new Error(`no client ${client}; there are ${Object.keys(senders).join(', ')}`)
for (const [index, port] of ports.entries()) {
  const send = sender(port)
  setTimeout(() => setInterval(send, intervalMs), (index / ports.length) * intervalMs)
}
process.on('message', () => process.send?.(done))
