/** Stand-in for a fleet in the benchmarks: many agents' health answers from one process, each on a port of its own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const count = Number(process.argv[2])
const ports = await Promise.all(
  Array.from({ length: count }, (_, index) => {
    const body = JSON.stringify({ status: 'ok', name: `Agent${index}`, machine: 'bench' })
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
    })
    return new Promise<number>((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)))
  }),
)
process.send?.(ports)
process.once('disconnect', () => process.exit(0))
