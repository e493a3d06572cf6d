/**
 * What a person looks at in a browser, on this machine alone. The fleet's networks have no way to the host or from it, and keep none:
 * each connection to a port of 127.0.0.1 goes over the engine, as the standard input and output of a small program beside the fleet's
 * servers. It ends with whoever opened it.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { GauntletError } from '../base/errors.ts'
import { roleLabel } from '../fleet/compose.ts'
import { type Deployment, deploymentPath } from '../fleet/contract.ts'
import type { Engine } from '../fleet/engine.ts'
import type { Holdings } from '../fleet/holdings.ts'
import { prometheusPort } from '../fleet/prometheus.ts'

export interface View {
  readonly name: string
  /** As the fleet names it, on its data network. */
  readonly address: string
  /** On this machine, for as long as the window is open. */
  readonly url: string
}

export interface Window extends AsyncDisposable {
  readonly views: readonly View[]
}

/** Of all tabs together: each is a process beside the fleet. */
const mostConnections = 32

/** @throws GauntletError environment/ability when nothing of it can be looked at */
export async function openWindow(engine: Engine, { containers }: Holdings): Promise<Window> {
  const running = containers.filter(({ state }) => state === 'running')
  const ofRole = (role: string) => running.filter(({ labels }) => labels[roleLabel] === role)
  const [through] = ofRole('sink') // on both networks, without privileges, and nobody's measure
  if (through === undefined) {
    throw new GauntletError('environment/ability', 'to look into a fleet that has no sink: its connections go through that container')
  }
  const hubs = await Promise.all(ofRole('machine').map(async ({ id }) => hubsOf((await engine.exec(id, ['cat', deploymentPath])).stdout)))
  const byName = (a: Target, b: Target) => a.name.localeCompare(b.name, 'en') // the central one first: its page is of the whole fleet
  const targets = [...hubs.flat().sort(byName), ...(ofRole('prometheus').length > 0 ? [prometheus] : [])]
  const opened = await Promise.all(targets.map(async (target) => ({ target, ...(await serve(engine, through.id, target)) })))
  return {
    views: opened.map(({ target: { name, host, port }, url }) => ({ name, address: `${host}:${port}`, url })),
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map(({ close }) => close()))
    },
  }
}

interface Target {
  readonly name: string
  readonly host: string
  readonly port: number
}

const prometheus: Target = { name: 'Prometheus', host: 'prometheus.lan', port: prometheusPort }

function hubsOf(deployment: string): readonly Target[] {
  const { agents } = JSON.parse(deployment) as Deployment
  return agents
    .filter(({ role }) => role === 'hub')
    .map(({ port, environment }) => ({ name: `dashboard, ${environment.HUB_SCOPE} hub`, host: environment.AGENT_HOST ?? '', port }))
}

async function serve(engine: Engine, container: string, { host, port }: Target): Promise<{ url: string; close: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined) // a browser that hangs up is its own affair
    engine.join(container, ['node', '-e', relay, host, String(port)], socket).catch(() => socket.destroy())
  })
  server.maxConnections = mostConnections
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { url: `http://127.0.0.1:${portOf(server)}/`, close: () => closed(server, sockets) }
}

/** Ends when either side does. */
const relay = `const [host, port] = process.argv.slice(1)
const socket = require('node:net').connect(Number(port), host)
process.stdin.pipe(socket).pipe(process.stdout)
socket.on('error', () => process.exit(1))
socket.on('close', () => process.stdin.destroy())`

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server that listens has a port')
  return address.port
}

/** With the connections that a browser keeps open. */
function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((done) => {
    server.close(() => done())
    for (const socket of sockets) socket.destroy()
  })
}
