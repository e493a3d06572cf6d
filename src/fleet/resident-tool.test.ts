/** The harness's end of a resident tool, against servers that are killed, hang, lie, or are another's: nothing is assumed of what was under way. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { OpenCommand } from './engine.ts'
import { linesOf } from './engine-stream.ts'
import { type ResidentTool, residentTool } from './resident-tool.ts'
import { protocol, type Request } from './tool-stream.ts'

type Question = Extract<Request, { argv: readonly string[] }>

interface Fake {
  readonly requests: readonly Request[]
  readonly isClosed: () => boolean
  say(reply: object | string): void
  /** Bytes as the engine passes them on. */
  raw(text: Buffer): void
  end(error?: Error): void
}

/** @param behave what a server does with each request; by its place among those that were opened @param greet what it says first */
function stage(
  behave: (server: Fake, request: Question, place: number) => void,
  greet: (place: number) => string | undefined = () => hello,
) {
  const servers: Fake[] = []
  const open = async (): Promise<OpenCommand> => {
    const place = servers.length
    const { server, command } = fake((request) => 'argv' in request && behave(server, request, place))
    servers.push(server)
    const greeting = greet(place)
    if (greeting !== undefined) server.say(greeting)
    return command
  }
  return { servers, tool: residentTool(open, 'pc2') }
}
const hello = JSON.stringify({ hello: protocol, pid: 7 })

function fake(behave: (request: Request) => void): { readonly server: Fake; readonly command: OpenCommand } {
  const requests: Request[] = []
  const said = new TransformStream<Buffer, Buffer>(undefined, { highWaterMark: 1e9 }, { highWaterMark: 1e9 })
  const writer = said.writable.getWriter()
  writer.closed.catch(() => {})
  let isClosed = false
  const raw = (data: Buffer) => {
    const header = Buffer.alloc(8)
    header[0] = 1
    header.writeUInt32BE(data.length, 4)
    writer.write(Buffer.concat([header, data])).catch(() => {})
  }
  const server: Fake = {
    requests,
    isClosed: () => isClosed,
    raw,
    say: (reply) => raw(Buffer.from(`${typeof reply === 'string' ? reply : JSON.stringify(reply)}\n`)),
    end: (error) => void (error ? writer.abort(error) : writer.close()).catch(() => {}),
  }
  const command: OpenCommand = {
    lines: linesOf(said.readable as unknown as AsyncIterable<Buffer>),
    write(line) {
      const request = JSON.parse(line) as Request
      requests.push(request)
      behave(request)
    },
    close: () => {
      isClosed = true
      writer.close().catch(() => {})
    },
  }
  return { server, command }
}

const answer = (server: Fake, { id, argv }: Question) => {
  server.say({ id, line: argv.at(-1) as string })
  server.say({ id, exitCode: 0, stderr: '' })
}
const ask = (tool: ResidentTool, word: string, options = {}) => tool.run(['tool', 'file', word], options)
const answered = (word: string) => ({ exitCode: 0, stdout: `${word}\n`, stderr: '' })
const isUnknown = /^running `tool file \w+` on pc2: the stream to its tool was lost, .*; whether it was done is unknown$/

/** Of a promise that is expected to be rejected. */
async function problemOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: Error & { code?: string }) => {
      expect(error.code).toBe('harness/tool')
      return error.message
    },
  )
}

test('it is opened once, when it is first needed, for all who ask at once, and each gets its own answer in whatever order they come', async () => {
  const waiting: Question[] = []
  const { servers, tool } = stage((server, request) => {
    waiting.push(request)
    if (waiting.length === 3) for (const each of waiting.toReversed()) answer(server, each)
  })
  expect(servers).toHaveLength(0)
  const words = ['one', 'two', 'three']
  expect(await Promise.all(words.map((word) => ask(tool, word)))).toEqual(words.map(answered))
  expect(servers).toHaveLength(1)
  expect(new Set(servers[0]?.requests.map(({ id }) => id)).size).toBe(3)
})

test('lines are told as they come, with what ended it, and what it was asked is passed on', async () => {
  const { servers, tool } = stage((server, { id }) => {
    server.say({ id, line: 'first' })
    server.say({ id: 99, line: 'of nobody' })
    server.say({ id, line: 'second' })
    server.say({ id, exitCode: 3, stderr: 'unproven\n' })
  })
  const lines: string[] = []
  const ended = await ask(tool, 'x', { stdin: 'told\n', timeoutMs: 1234.5, onLine: (line: string) => lines.push(line) })
  expect([ended, lines]).toEqual([{ exitCode: 3, stdout: 'first\nsecond\n', stderr: 'unproven\n' }, ['first', 'second']])
  expect(servers[0]?.requests).toEqual([{ id: 1, argv: ['tool', 'file', 'x'], stdin: 'told\n', deadlineMs: 1235 }])
})

test.each<[string, (server: Fake) => void, string]>([
  ['ends', (server) => server.end(), 'its server ended'],
  ['is cut off', (server) => server.end(new Error('socket hang up')), 'socket hang up'],
  ['says what is no JSON', (server) => server.say('Killed'), 'it said what is no answer: "Killed"'],
  ['says what is no answer', (server) => server.say({ id: 1, exitCode: 'none' }), 'it said what is no answer'],
  [
    'ends in the middle of a line',
    (server) => {
      server.raw(Buffer.from('{"id":1,"exi'))
      server.end()
    },
    'it said what is no answer',
  ],
  [
    'says 100 MB in one line',
    (server) => {
      const piece = Buffer.alloc(1_000_000, 'x')
      for (let count = 0; count < 100; count += 1) server.raw(piece)
    },
    'a line is longer than 16000000 characters',
  ],
])('of what is under way when its server %s nothing is known, and the next request opens another', async (_, breaks, why) => {
  const { servers, tool } = stage((server, request, place) => {
    if (place > 0) answer(server, request)
    else if (server.requests.length === 2) breaks(server)
  })
  const problems = await Promise.all([problemOf(ask(tool, 'one')), problemOf(ask(tool, 'two'))])
  for (const problem of problems) expect(problem).toMatch(isUnknown)
  expect(problems[0]).toContain(why)
  expect(await ask(tool, 'three')).toEqual(answered('three'))
  expect([servers.length, servers[0]?.isClosed(), servers[1]?.isClosed()]).toEqual([2, true, false])
})

test.each<[string, string, string]>([
  ['another protocol', '{"hello":"gauntlet/tool@0","pid":7}', 'it said what is no answer'],
  ['an answer before its name', '{"id":1,"exitCode":0,"stderr":""}', `it did not say ${protocol} first`],
  ['whose it is', '{"refused":"it serves run of another"}', "it is another's: it serves run of another"],
  ['a shell’s complaint', 'tool: not found', 'it said what is no answer: "tool: not found"'],
])('a server that first says %s is none, and the next request tries again', async (_, greeting, why) => {
  const { servers, tool } = stage(answer, (place) => (place === 0 ? greeting : hello))
  const problem = await problemOf(ask(tool, 'one'))
  expect(problem).toContain('opening the tool of pc2: the stream to its tool was lost, ')
  expect(problem).toContain(why)
  expect([await ask(tool, 'two'), servers.length, servers[0]?.isClosed()]).toEqual([answered('two'), 2, true])
})

test.concurrent('a server that never says hello is given up', { timeout: 30_000 }, async () => {
  const { servers, tool } = stage(answer, (place) => (place === 0 ? undefined : hello))
  expect(await problemOf(ask(tool, 'one'))).toContain('it said nothing within 10000 ms')
  expect([await ask(tool, 'two'), servers[0]?.isClosed()]).toEqual([answered('two'), true])
})

test.concurrent('a server that hangs is given up at the deadline, with all that is under way, and opened anew', async () => {
  const { servers, tool } = stage((server, request, place) => {
    if (place > 0) answer(server, request)
  })
  const [first, other] = [ask(tool, 'one', { timeoutMs: 100 }), ask(tool, 'two')]
  const problems = await Promise.all([problemOf(first), problemOf(other)])
  for (const problem of problems) expect(problem).toMatch(isUnknown)
  expect(problems).toMatchObject([expect.stringContaining('no end within 100 ms'), expect.stringContaining('did not answer within 100 ms')])
  expect([await ask(tool, 'three'), servers[0]?.isClosed()]).toEqual([answered('three'), true])
})

test('an abort cancels what was asked, and nothing else; what it still says is let go', async () => {
  const { servers, tool } = stage((server, request) => {
    if (request.argv.at(-1) === 'other') answer(server, request)
  })
  const given = new AbortController()
  const [asked, later] = [ask(tool, 'one', { signal: given.signal }), new Error('told to stop')]
  await ask(tool, 'other')
  given.abort(later)
  await expect(asked).rejects.toBe(later)
  expect(servers[0]?.requests.at(-1)).toEqual({ id: 1, cancel: true })
  servers[0]?.say({ id: 1, line: 'late' })
  servers[0]?.say({ id: 1, exitCode: 124, stderr: '' })
  expect(await ask(tool, 'other')).toEqual(answered('other'))
  await expect(ask(tool, 'two', { signal: given.signal })).rejects.toBe(later)
  expect([servers.length, servers[0]?.requests.filter((request) => 'argv' in request).length]).toEqual([1, 3])
})

test('an abort while it is opened is not waited out, and nothing is asked', async () => {
  const opening = Promise.withResolvers<OpenCommand>()
  const { server, command } = fake(() => {})
  const tool = residentTool(() => opening.promise, 'pc2')
  const given = new AbortController()
  const asked = ask(tool, 'one', { signal: given.signal })
  given.abort(new Error('told to stop'))
  await expect(asked).rejects.toThrow('told to stop')
  opening.resolve(command)
  server.say(hello)
  await sleep(50)
  expect(server.requests).toEqual([])
})

test('what says more than is kept is cancelled, and others go on', async () => {
  const line = 'x'.repeat(10_000_000)
  const { servers, tool } = stage((server, request) => {
    if (request.argv.at(-1) === 'other') return answer(server, request)
    for (let count = 0; count < 8; count += 1) server.say({ id: request.id, line })
  })
  expect(await problemOf(ask(tool, 'one'))).toBe('running `tool file one` on pc2: it says more than 67108864 bytes')
  expect(await ask(tool, 'other')).toEqual(answered('other'))
  expect([servers.length, servers[0]?.requests.filter((request) => 'cancel' in request)]).toEqual([1, [{ id: 1, cancel: true }]])
})

test('an engine that does not open it says so itself, and is asked again', async () => {
  let turn = 0
  const { server, command } = fake((request) => 'argv' in request && answer(server, request))
  server.say(hello)
  const tool = residentTool(async () => {
    turn += 1
    if (turn === 1) throw new Error('no such container')
    return command
  }, 'pc2')
  await expect(ask(tool, 'one')).rejects.toThrow('no such container')
  expect(await ask(tool, 'two')).toEqual(answered('two'))
})

test('once it is not needed any more its stream is closed, and what was under way is unknown', async () => {
  const { servers, tool } = stage(() => {})
  const asked = problemOf(ask(tool, 'one'))
  while ((servers[0]?.requests.length ?? 0) === 0) await sleep(5)
  tool[Symbol.dispose]()
  expect([await asked, servers[0]?.isClosed()]).toEqual([expect.stringContaining('it is not needed any more'), true])
})

test('a stream that was quiet is asked whether anybody is there, and one that leads nowhere is opened again: nothing is lost', async () => {
  const { servers, tool } = stage((server, { id }) => server.say({ id, exitCode: 0, stderr: '' }))
  expect((await tool.run(['tool', 'leases'])).exitCode).toBe(0)
  await sleep(1_100)
  const both = await Promise.all([tool.run(['tool', 'leases']), tool.run(['tool', 'leases'])]) // the first server says nothing to a ping
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0])
  expect([servers.length, servers[0]?.isClosed()]).toEqual([2, true])
  expect(servers[0]?.requests.at(-1)).toMatchObject({ ping: true })
})
