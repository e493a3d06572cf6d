/** The observer against real servers on loopback, at a hurried pace. */
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { realClock } from '../base/clock.ts'
import { type Answer, answers } from '../journal/event.ts'
import { sentinelIdentity } from './config.ts'
import { readLine } from './line.ts'
import { names } from './names.ts'
import { observe } from './observer.ts'
import { output } from './output.ts'
import type { ObserverConfig, ObserverLine } from './protocol.ts'

const intervalMs = 50
const timeoutMs = 300
const latenessMs = 100

const opened: (() => void)[] = []
afterEach(() => {
  for (const close of opened.splice(0)) close()
})

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})))
  opened.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

const http = (handle: RequestListener) => listen(createHttpServer(handle))
const tcp = (handle: (socket: Socket) => void) => listen(createServer(handle))
const bodyOf = (name: string, status = 'ok') => JSON.stringify({ status, name, machine: 'mainpc' })
const sentinelBody = JSON.stringify({ status: 'ok', name: sentinelIdentity.name, machine: sentinelIdentity.machine })

interface Told {
  readonly scheduledMs: number
  readonly answer: Answer
  readonly latencyMs: number
}

/** Observes targets named T0, T1 … on these ports until `until` settles. */
async function observed(
  ports: readonly number[],
  until: (soFar: () => Told[][]) => Promise<unknown>,
  { host = '127.0.0.1', patienceMs = timeoutMs, reader = undefined as Promise<unknown> | undefined, maxWaitingBytes = 1_000_000 } = {},
) {
  const sentinelPort = await http((_, response) => response.end(sentinelBody))
  const config: ObserverConfig = {
    intervalMs,
    timeoutMs: patienceMs,
    latenessMs: Math.max(latenessMs, patienceMs / 2),
    phase: 0.5,
    inFlight: 1000,
    batchMs: 40,
    targets: ports.map((port, i) => ({ id: `mainpc/T${i}`, probe: 'health', name: `T${i}`, machine: 'mainpc', host, port })),
  }
  let text = ''
  let waitingBytes = 0
  const stream: Writable = new Writable({
    async write(chunk, _, done) {
      await reader
      text += chunk
      done()
    },
  })
  const told = output(stream, maxWaitingBytes)
  const stop = new AbortController()
  const around = {
    nowMs: realClock.nowMs,
    wallMs: Date.now,
    names: names(realClock.nowMs),
    output: {
      ...told,
      write(line: ObserverLine) {
        told.write(line)
        waitingBytes = Math.max(waitingBytes, stream.writableLength)
      },
    },
    sentinelPort,
    bootId: undefined,
  }
  const done = observe(config, around, stop.signal)
  const linesSoFar = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => readLine(line) as ObserverLine)
  await until(() => toldOf(linesSoFar(), ports.length + 1))
  stop.abort()
  await done
  await told.drain(5000)
  const lines = linesSoFar()
  return { lines, told: toldOf(lines, ports.length + 1), waitingBytes }
}

/** By target, in order of their instants. */
function toldOf(lines: readonly ObserverLine[], targets: number): Told[][] {
  const told: Told[][] = Array.from({ length: targets }, () => [])
  for (const line of lines) {
    if (line.kind !== 'samples') continue
    line.scheduled.forEach((ms, i) => {
      const answer = answers[line.answers[i] as number] as Answer
      told[line.targets[i] as number]?.push({ scheduledMs: line.baseMs + ms, answer, latencyMs: line.latency[i] as number })
    })
  }
  return told.map((one) => one.sort((a, b) => a.scheduledMs - b.scheduledMs))
}

/** What was found of a target; slots that a busy machine made us miss are no answer. */
const found = (told: readonly Told[] = []) => new Set(told.map(({ answer }) => answer).filter((answer) => answer !== 'unsent'))
const sleep = (ms: number) => realClock.sleep(ms)

test('every kind of target is seen as what it is, side by side', async () => {
  const ports = await Promise.all([
    http((_, response) => response.end(bodyOf('T0', 'Healthy'))),
    http((_, response) => response.end(bodyOf('T1', 'degraded'))),
    http((_, response) => response.end(bodyOf('Somebody'))),
    http((_, response) => response.writeHead(503).end(bodyOf('T3'))),
    http((_, response) => response.end('<html>fine</html>')),
    http(() => {}),
    tcp(() => {}),
    tcp((socket) => socket.write(Buffer.alloc(1000, 0xfe))),
    tcp((socket) => socket.destroy()),
    http((_, response) => {
      response.write(bodyOf('T9').slice(0, -1))
      const drip = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(drip))
    }),
    http((_, response) => response.end('x'.repeat(1_000_000))),
    http((_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(bodyOf('T11'))),
  ])
  const eachAnswered = async (soFar: () => Told[][]) => {
    while (!soFar().every((one) => one.filter(({ answer }) => answer !== 'unsent').length >= 3)) await sleep(50)
  }
  const { told } = await observed(ports, eachAnswered, { patienceMs: 1000 }) // patient: a busy machine is not what is tested
  expect(told.map((one) => [...found(one)])).toEqual([
    ['ok'],
    ['unhealthy'],
    ['stranger'],
    ['status'],
    ['malformed'],
    ['timeout'],
    ['timeout'],
    ['malformed'],
    ['unreachable'],
    ['timeout'],
    ['malformed'],
    ['ok'],
    ['ok'],
  ])
})

test('each slot is told exactly once, and the goodbye counts them', async () => {
  const ports = [await http((_, response) => response.end(bodyOf('T0'))), await http(() => {})]
  const { lines, told } = await observed(ports, () => sleep(700))
  for (const one of told) {
    expect(one.length).toBeGreaterThan(10)
    const first = one[0]?.scheduledMs ?? 0
    one.forEach(({ scheduledMs }, i) => {
      expect(scheduledMs).toBeCloseTo(first + i * intervalMs, 1)
    })
  }
  const bye = lines.at(-1)
  const all = told.flat()
  const unsent = all.filter(({ answer }) => answer === 'unsent').length
  expect(bye).toMatchObject({ kind: 'bye', sent: all.length - unsent, unsent })
  expect(lines[0]).toMatchObject({ kind: 'hello', targets: 2, intervalMs, timeoutMs })
})

test('a server that stops answering for a known time is measured to within an interval at either end', async () => {
  let down = false
  const port = await http((_, response) => {
    if (!down) response.end(bodyOf('T0'))
  })
  let downMs = 0
  const { told } = await observed([port], async () => {
    await sleep(333)
    const fromMs = realClock.nowMs()
    down = true
    await sleep(1111)
    downMs = realClock.nowMs() - fromMs
    down = false
    await sleep(444)
  })
  const [target = [], sentinel] = told
  const sure = target.filter(({ answer }) => answer !== 'unsent')
  const fails = sure.filter(({ answer }) => answer !== 'ok')
  const [firstFail, lastFail] = [fails[0], fails.at(-1)].map((told) => told?.scheduledMs ?? Number.NaN) as [number, number]
  const prevOk = sure.findLast(({ scheduledMs }) => scheduledMs < firstFail)?.scheduledMs ?? Number.NaN
  const nextOk = sure.find(({ scheduledMs }) => scheduledMs > lastFail)?.scheduledMs ?? Number.NaN
  const reachMs = latenessMs // from a probe's instant to the server
  const missedMs = (target.length - sure.length) * intervalMs
  expect(downMs).toBeGreaterThanOrEqual(lastFail - firstFail - reachMs)
  expect(downMs).toBeLessThanOrEqual(nextOk - prevOk + reachMs)
  expect(nextOk - prevOk).toBeLessThanOrEqual(downMs + 2 * intervalMs + reachMs + missedMs)
  expect(fails.every(({ answer, latencyMs }) => answer === 'timeout' && latencyMs === timeoutMs)).toBe(true)
  expect(found(sentinel)).toEqual(new Set(['ok']))
})

test('an open loop sees a hang as long as it is; a closed one calls it one failure', async () => {
  let hung = false
  const port = await http((_, response) => {
    if (!hung) response.end(bodyOf('T0'))
  })
  const hangMs = 800
  const timeline = async () => {
    await sleep(200)
    hung = true
    await sleep(hangMs)
    hung = false
    await sleep(300)
  }
  let closedFails = 0
  let closedOver = false
  const closedLoop = async () => {
    while (!closedOver) {
      const answered = await fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(hangMs) }).then(
        () => true,
        () => false,
      )
      closedFails += answered ? 0 : 1
      await sleep(intervalMs)
    }
  }
  const closed = closedLoop()
  const { told } = await observed([port], timeline)
  closedOver = true
  await closed
  const [target = []] = told
  const failed = target.filter(({ answer }) => answer === 'timeout').length
  const missed = target.filter(({ answer }) => answer === 'unsent').length
  expect((failed + missed) * intervalMs).toBeGreaterThanOrEqual(hangMs - 2 * intervalMs)
  expect(failed).toBeGreaterThan(2)
  expect(closedFails).toBeLessThanOrEqual(2)
})

test('a reader that stops reading makes slots unsent, not memory grow; then each slot is still told once', async () => {
  const port = await http((_, response) => response.end(bodyOf('T0')))
  const { promise: reader, resolve: readAgain } = Promise.withResolvers<void>()
  const timeline = async () => {
    await sleep(1500)
    readAgain()
    await sleep(300)
  }
  const maxWaitingBytes = 600
  const { told, waitingBytes } = await observed([port], timeline, { reader, maxWaitingBytes })
  const longestLine = 400
  expect(waitingBytes).toBeLessThan(maxWaitingBytes + 2 * longestLine)
  const [target = []] = told
  const first = target[0]?.scheduledMs ?? 0
  target.forEach(({ scheduledMs }, i) => {
    expect(scheduledMs).toBeCloseTo(first + i * intervalMs, 1)
  })
  expect(target.length * intervalMs).toBeGreaterThan(1500)
  expect(target.filter(({ answer }) => answer === 'unsent').length).toBeGreaterThan(5)
  expect(target[0]?.answer).toBe('ok')
  expect(target.at(-1)?.answer).toBe('ok')
})

test('an agent that comes back at another moment is found at once, over a new connection', async () => {
  const first = createHttpServer((_, response) => response.end(bodyOf('T0')))
  const port = await listen(first)
  const { told } = await observed([port], async () => {
    await sleep(250)
    first.close()
    first.closeAllConnections()
    await sleep(300)
    const second = createHttpServer((_, response) => response.end(bodyOf('T0')))
    opened.push(() => {
      second.closeAllConnections() // not sooner: a probe that is under way would be cut off
      second.close()
    })
    await new Promise<void>((done) => second.listen(port, '127.0.0.1', done))
    await sleep(300)
  })
  const sure = told[0]?.filter(({ answer }) => answer !== 'unsent').map(({ answer }) => answer) ?? []
  const runs = sure.filter((answer, i) => answer !== sure[i - 1])
  expect(runs).toEqual(['ok', 'unreachable', 'ok'])
})

test('a name that leads nowhere is unreachable, and harms no one else', async () => {
  const { told } = await observed([9], () => sleep(300), { host: 'nowhere.invalid' })
  expect([...found(told[0])]).toEqual(['unreachable'])
  expect([...found(told[1])]).toEqual(['ok'])
})
