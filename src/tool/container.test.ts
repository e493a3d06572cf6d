/** The hand's deeds on an engine that is not one: what is asked of it, in which order, and of whom never. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { wrongIn } from '../answers/index.ts'
import type { Io } from './verb.ts'

const home = mkdtempSync(join(tmpdir(), 'gauntlet-hand-'))
process.env.GAUNTLET_TOOL_HOME = home
process.env.GAUNTLET_ENGINE_SOCKET = join(home, 'engine.sock')
process.env.GAUNTLET_RUN = 'r1'
const { container, containerState } = await import('./container.ts')
const { createLease } = await import('./lease-folder.ts')

interface Fake {
  readonly id: string
  readonly run: string
  readonly joins?: string
  status: string
  startedAt: number
}
let fakes: Fake[]
let asked: string[]
let starts = 0
let lease = 0
let server: Server
/** Of whoever is asked from outside. */
let door: Server

beforeAll(async () => {
  server = createServer((request, answer): unknown => {
    const { pathname, searchParams } = new URL(request.url as string, 'http://engine')
    const [, , id, verb] = pathname.split('/')
    const say = (body: unknown) => answer.end(JSON.stringify(body))
    if (pathname === '/containers/json')
      return say(listed((JSON.parse(searchParams.get('filters') as string) as { label: string[] }).label[0]))
    const fake = fakes.find((one) => one.id === id)
    if (fake === undefined) return answer.writeHead(404).end('{"message":"no such container"}')
    if (verb === 'json') return say(inspected(fake))
    asked.push(`${verb} ${id}`)
    fake.status = { kill: 'exited', pause: 'paused' }[verb as string] ?? 'running'
    if (verb === 'start' || verb === 'restart') fake.startedAt = ++starts
    if (verb === 'kill') for (const guest of fakes) if (guest.joins === id) guest.status = 'exited'
    return answer.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(process.env.GAUNTLET_ENGINE_SOCKET, resolve))
  door = createServer((_request, answer) => answer.end())
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.close()
  door.close()
  rmSync(home, { recursive: true })
  for (const name of ['GAUNTLET_TOOL_HOME', 'GAUNTLET_ENGINE_SOCKET', 'GAUNTLET_RUN']) delete process.env[name]
})

beforeEach(() => {
  asked = []
  fakes = [
    { id: 'pc2', run: 'r1', status: 'running', startedAt: ++starts },
    { id: 'tool-pc2', run: 'r1', joins: 'pc2', status: 'running', startedAt: ++starts },
    { id: 'nats-pc2', run: 'r1', status: 'running', startedAt: ++starts },
    { id: 'foreign', run: 'r2', status: 'running', startedAt: ++starts },
  ]
  lease += 1
  createLease(`l${lease}`)
})

function listed(label: string | undefined) {
  return fakes
    .filter(({ run }) => label === `gauntlet.run=${run}`)
    .map(({ id, run, status }) => ({ Id: id, Labels: { 'com.docker.compose.service': id, 'gauntlet.run': run }, State: status }))
}

function inspected({ id, joins, status, startedAt }: Fake) {
  const mode = joins === undefined ? '' : `container:${joins}`
  return {
    Id: id,
    Config: { Env: [] },
    State: { Status: status, StartedAt: new Date(startedAt).toISOString(), OOMKilled: false },
    HostConfig: { NetworkMode: mode, PidMode: mode },
    NetworkSettings: { Networks: { lan: { IPAddress: status === 'exited' ? '' : '127.0.0.1' } } },
  }
}

async function call(deed: string, ...words: readonly string[]): Promise<string> {
  const lines: string[] = []
  const io = { print: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) } as unknown as Io
  const ask = deed === 'back' ? [] : ['--ask', `${(door.address() as AddressInfo).port}/`]
  await container([deed, '--lease', `l${lease}`, '--part', 'pc2', ...words, ...(words.includes('--ask') ? [] : ask)], io)
  return lines.join('\n')
}

async function stateOf(ask: string, ...services: readonly string[]) {
  const answer = await containerState(['--lease', `l${lease}`, '--part', 'pc2', '--service', ...services, '--ask', ask])
  expect(wrongIn('container-state', answer)).toBeUndefined()
  return answer.containers
}

const statuses = () => fakes.map(({ id, status }) => `${id} ${status}`)

test('who is killed is started again, and whoever stood in its namespaces joins them anew; the second time there is nothing to do', async () => {
  await call('kill', '--service', 'pc2')
  expect(statuses()).toEqual(['pc2 exited', 'tool-pc2 exited', 'nats-pc2 running', 'foreign running'])
  await call('back')
  expect(asked).toEqual(['kill pc2', 'start pc2', 'restart tool-pc2'])
  await call('back')
  expect(asked.length).toBe(3)
  expect(statuses().filter((word) => !word.endsWith('running'))).toEqual([])
})

test('who is paused is unpaused, and nobody is started again for it', async () => {
  await call('pause', '--service', 'pc2', 'nats-pc2')
  await call('back')
  expect(asked).toEqual(['pause pc2', 'pause nats-pc2', 'unpause pc2', 'unpause nats-pc2'])
})

test('only what this step of this lease has hurt is brought back', async () => {
  await call('kill', '--service', 'nats-pc2')
  lease += 1
  createLease(`l${lease}`)
  expect(await call('back')).toBe('')
  expect(statuses()).toContain('nats-pc2 exited')
})

test('who does not run is not hurt, and neither is anyone with it; nobody of another run is even found', async () => {
  await expect(call('kill', '--service', 'foreign')).rejects.toThrow('run r1 has no container for foreign')
  await call('kill', '--service', 'nats-pc2')
  await expect(call('pause', '--service', 'pc2', 'nats-pc2')).rejects.toThrow('nats-pc2 is exited, and not running')
  expect(asked).toEqual(['kill nats-pc2'])
})

test('the state is the engine’s, with an answer from outside for the first', async () => {
  const open = `${(door.address() as AddressInfo).port}/`
  const [running, alone] = [
    { state: 'running', answers: true },
    { state: 'running', answers: null },
  ]
  expect(await stateOf(open, 'nats-pc2', 'pc2')).toEqual({ 'nats-pc2': running, pc2: alone })
  expect(await stateOf(open, 'tool-pc2')).toEqual({ 'tool-pc2': running }) // at the address of whom it stands with
  expect(await stateOf('1/', 'nats-pc2')).toEqual({ 'nats-pc2': { state: 'running', answers: false } })
})

test('who does not answer beforehand is not hurt, since its silence would show nothing', async () => {
  await expect(call('kill', '--service', 'nats-pc2', '--ask', '1/')).rejects.toThrow('its silence would show nothing')
  expect(asked).toEqual([])
})
