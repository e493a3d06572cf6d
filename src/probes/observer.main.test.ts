/** The observer's program as it is started: configuration, sentinel, signals, and its two modes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { answers } from '../journal/event.ts'
import { readLine } from './line.ts'
import type { ObserverConfig, ObserverLine } from './protocol.ts'

const program = join(import.meta.dirname, 'observer.main.ts')
const folder = mkdtempSync(join(tmpdir(), 'observer-'))
const metrics = '# TYPE up gauge\nup{agent="T0"} 1\nup{agent="T1"} 1\n'
const server: Server = createServer((request, response) => {
  response.end(request.url === '/metrics' ? metrics : JSON.stringify({ status: 'ok', name: 'T0', machine: 'mainpc' }))
})
const started: ChildProcess[] = []
let config: ObserverConfig

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const target = { id: 'mainpc/T0', probe: 'health', name: 'T0', machine: 'mainpc', host: 'localhost', port } as const
  config = { intervalMs: 20, timeoutMs: 200, latenessMs: 10, phase: 0, inFlight: 100, batchMs: 20, targets: [target] }
})
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true })
})

function start(given: unknown, mode = 'observe') {
  const path = join(folder, 'observer.json')
  writeFileSync(path, typeof given === 'string' ? given : JSON.stringify(given))
  const child = spawn(process.execPath, [program, mode, path], { stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = new Promise<number | null>((done) => child.once('close', done))
  return { child, ended, stderr: () => stderr }
}

/** Collects its lines; `seen` waits until one is such. */
function linesOf(child: ChildProcess) {
  const lines: ObserverLine[] = []
  const looking = new Set<() => void>()
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
    const line = readLine(text)
    if (typeof line === 'string') throw new Error(`${line}: ${text}`)
    lines.push(line)
    for (const look of looking) look()
  })
  const seen = (is: (line: ObserverLine) => boolean) =>
    new Promise<void>((done) => {
      const look = () => {
        if (!lines.some(is)) return
        looking.delete(look)
        done()
      }
      looking.add(look)
      look()
    })
  return { lines, seen }
}

const holds = (target: number, answer: (typeof answers)[number]) => (line: ObserverLine) =>
  line.kind === 'samples' && line.targets.some((one, i) => one === target && answers[line.answers[i] as number] === answer)

/** Children of a process, by their parent as the kernel has it. */
function sentinelOf(pid: number | undefined): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
  expect(children).toHaveLength(1)
  return children[0] as number
}

test('it probes target and sentinel, and on SIGTERM says goodbye and is gone', async () => {
  const { child, ended } = start(config)
  const { lines, seen } = linesOf(child)
  await seen(holds(0, 'ok'))
  await seen(holds(1, 'ok'))
  const sentinel = sentinelOf(child.pid)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(lines[0]).toMatchObject({ kind: 'hello', targets: 1 })
  expect(lines.at(-1)).toMatchObject({ kind: 'bye' })
  await gone(sentinel)
})

test('a sentinel that dies is seen, and nothing else changes', async () => {
  const { child, ended } = start(config)
  const { lines, seen } = linesOf(child)
  await seen(holds(1, 'ok'))
  process.kill(sentinelOf(child.pid), 'SIGKILL')
  await seen(holds(1, 'unreachable'))
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(lines.some(holds(0, 'unreachable'))).toBe(false)
})

test('an observer that is killed leaves no sentinel behind', async () => {
  const { child, ended } = start(config)
  await linesOf(child).seen(holds(1, 'ok'))
  const sentinel = sentinelOf(child.pid)
  child.kill('SIGKILL')
  await ended
  await gone(sentinel)
})

test('asked for expositions, it reads each agent’s once and says what it found in one line', async () => {
  const [target] = config.targets
  const dead = { ...(target as ObserverConfig['targets'][number]), id: 'mainpc/T1', port: 9 }
  const other = { ...(target as ObserverConfig['targets'][number]), id: 'mainpc/T2', name: 'T2' }
  const service = { ...dead, id: 'pushgateway-mainpc', probe: 'tcp' } as const
  const { child, ended } = start({ ...config, targets: [target, dead, other, service] }, 'exposition')
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  expect(await ended).toBe(0)
  expect(JSON.parse(text)).toEqual([
    { agent: 'mainpc/T0', problem: null, samples: 2, self: true },
    { agent: 'mainpc/T1', problem: 'unreachable', samples: 0, self: false },
    { agent: 'mainpc/T2', problem: null, samples: 2, self: false },
  ])
})

test.each([
  ['no JSON', '{', 'not JSON'],
  ['no targets', { targets: [] }, 'targets'],
  [
    'everything wrong at once',
    { intervalMs: 0, phase: 1, targets: [{ port: 70_000 }] },
    'intervalMs is 0.*phase is 1.*targets\\[0\\].port is 70000',
  ],
])('bad configuration is refused: %s', async (_, given, because) => {
  const { ended, stderr } = start(typeof given === 'string' ? given : { ...config, ...given })
  expect(await ended).toBe(64)
  expect(stderr()).toMatch(new RegExp(because))
  expect(stderr()).not.toContain('    at ')
})

test('an unknown mode is refused', async () => {
  const { ended, stderr } = start(config, 'watch')
  expect(await ended).toBe(64)
  expect(stderr()).toContain('observe and exposition')
})

async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((done) => setTimeout(done, 10))
  }
  throw new Error(`process ${pid} is still there`)
}
