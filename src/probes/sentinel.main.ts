/**
 * The sentinel: a target that has nothing to do with the fleet, in a process of its own beside the observer. When it does not
 * answer, the observer's machine is at fault and not the fleet. It ends with the observer, whose IPC channel it hangs on.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sentinelIdentity } from './config.ts'

const body = JSON.stringify({ status: 'ok', name: sentinelIdentity.name, machine: sentinelIdentity.machine })
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
})
server.keepAliveTimeout = 60_000 // longer than any interval of probes
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.once('disconnect', () => process.exit(0))
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {}) // the observer says when it is over
