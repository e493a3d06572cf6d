/** The resident tool as it stands in a container, over its own streams: many at once, every way it can be cut short, and what that leaves of faults. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { holdRequest, runTool, type Served, serveTool, type ToolProgram, toolProgram } from '../../fixtures/tool-program.ts'
import { noop } from '../faults/noop.ts'
import type { MachineId, Topology } from '../fleet/topology.ts'
import { processOf } from './proc.ts'

let bundle: ToolProgram
let home: string
let served: Served[]
/** Asked by `tool fetch`: it answers when it is told to. */
let door: Server
let waiting: ServerResponse[]

beforeAll(async () => {
  bundle = toolProgram()
  door = createServer((_, answer) => void waiting.push(answer))
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
}, 60_000)
afterAll(() => {
  bundle[Symbol.dispose]()
  door.close()
})
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gauntlet-serve-'))
  served = []
  waiting = []
})
afterEach(() => {
  for (const server of served) server[Symbol.dispose]()
  for (const answer of waiting) answer.destroy()
  for (const { lease } of leases()) tool(['release', lease, '--at-once'])
  rmSync(home, { recursive: true })
})

const tool = (args: readonly string[]) => runTool(bundle.file, home, args)
const leases = () =>
  tool(['leases'])
    .stdout.split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { lease: string; state: string; guarded: boolean })
const slow = () => ['tool', 'fetch', `http://127.0.0.1:${(door.address() as AddressInfo).port}/`]
const file = (lease: string) => ['tool', 'file', '--lease', lease]

async function serve(owner = 'run of one'): Promise<Served> {
  const server = serveTool(bundle.file, home, owner)
  served.push(server)
  await server.reply((reply) => 'hello' in reply || 'refused' in reply)
  return server
}

/** Bounded; what is waited for is asserted by the caller. */
async function until(condition: () => boolean, withinMs = 20_000): Promise<boolean> {
  for (const endMs = performance.now() + withinMs; performance.now() < endMs; await sleep(20)) if (condition()) return true
  return condition()
}

const machine = 'm' as MachineId
const nothing = (lease: string) =>
  noop.plan({ machines: new Map(), agents: new Map() } as Topology, { machines: [machine] }, {}, lease).steps[0]
const script = (text: string) => ({ argv: ['sh', '-c', text] as [string, ...string[]] })
const isAlive = (pid: number) => !['Z', undefined].includes(processOf(pid)?.state)

test('answers come as they are ready, each with its number; one that waits keeps nobody waiting', async () => {
  const server = await serve()
  const late = server.ask(1, slow())
  expect(await until(() => waiting.length === 1)).toBe(true)
  const many = await Promise.all(Array.from({ length: 100 }, (_, place) => server.ask(place + 2, file(`l${place}`))))
  expect(many).toEqual(many.map(() => ({ exitCode: 0, stderr: '', lines: ['{"exists":false,"bytes":null}'] })))
  waiting[0]?.end('at last')
  expect(await late).toEqual({ exitCode: 0, stderr: '', lines: ['at last'] })
})

test('more than it can have under way is refused, and what is under way goes on', async () => {
  const server = await serve()
  const all = Array.from({ length: 260 }, (_, place) => server.ask(place + 1, slow()))
  const isRefused = ({ stderr }: { readonly stderr: string }) => stderr === '256 requests are under way already'
  expect(await until(() => server.replies.filter((reply) => 'stderr' in reply && isRefused(reply)).length === 4)).toBe(true)
  expect(await until(() => waiting.length === 256)).toBe(true)
  for (const answer of waiting) answer.end('yes')
  const ended = await Promise.all(all)
  expect([ended.filter(isRefused).length, ended.filter(({ lines }) => lines[0] === 'yes').length]).toEqual([4, 256])
})

test('an answer that is not there in time is late, and one that is cancelled is given up; others are not', async () => {
  const server = await serve()
  const [late, cancelled, third] = [server.ask(1, slow(), { deadlineMs: 200 }), server.ask(2, slow()), server.ask(3, slow())]
  expect(await late).toMatchObject({ exitCode: 124, stderr: 'fetch: no end before its deadline\n' })
  expect(await until(() => waiting.length === 3)).toBe(true)
  server.write('{"id":2,"cancel":true}\n{"id":99,"cancel":true}\n')
  expect(await cancelled).toMatchObject({ exitCode: 124, lines: [] })
  for (const answer of waiting) answer.end('late')
  expect(await third).toMatchObject({ exitCode: 0, lines: ['late'] })
  expect(server.replies.filter((reply) => 'line' in reply)).toHaveLength(1)
})

test('a hold that is cancelled ends what it was applying, and its guard stays until it is released', async () => {
  const server = await serve()
  const mark = join(home, 'applied')
  const step = { ...nothing('cut'), apply: script(`sleep 1; touch ${mark}`) }
  const held = server.ask(1, ['tool', 'hold'], { stdin: holdRequest('cut', [step]) })
  await server.reply((reply) => 'line' in reply && reply.line.includes('armed'))
  server.write('{"id":1,"cancel":true}\n')
  expect(await held).toMatchObject({ exitCode: 124 })
  await sleep(1_500)
  expect([existsSync(mark), leases()]).toEqual([false, [{ lease: 'cut', state: 'armed', guarded: true, undone: false }]])
  expect(await server.ask(2, ['tool', 'release', 'cut', '--at-once'])).toMatchObject({ exitCode: 0 })
  expect(leases()).toMatchObject([{ state: 'released', guarded: false }])
})

test('what is no verb of the tool is misuse', async () => {
  const server = await serve()
  expect(await server.ask(1, ['tool', 'unhold'])).toEqual({ exitCode: 64, stderr: 'no verb "tool unhold"', lines: [] })
  expect(await server.ask(2, ['tool', 'constructor'])).toMatchObject({ exitCode: 64 })
  expect(await server.ask(3, ['sh', '-c', 'true'])).toMatchObject({ exitCode: 64 })
  expect(await server.ask(4, ['tool'])).toMatchObject({ exitCode: 64 })
})

test.each([
  ['what is no JSON', 'rubbish\n'],
  ['no request', '{"id":1,"argv":"tool"}\n'],
  ['no number', '{"id":"1","argv":["tool","leases"],"deadlineMs":1000}\n'],
  ['a deadline that no timer has', '{"id":1,"argv":["tool","leases"],"deadlineMs":-1}\n'],
  ['half a deadline', '{"id":1,"argv":["tool","leases"],"deadlineMs":0.5}\n'],
  ['a line without end', 'x'.repeat(17_000_000)],
])('%s ends it, and whoever comes next is served', async (_, text) => {
  const server = await serve()
  server.write(text)
  expect(await server.exitCode).toBe(0)
  expect(server.replies).toHaveLength(1)
  expect(existsSync(join(home, 'server.json'))).toBe(false)
  expect(await (await serve('run of another')).ask(1, file('l'))).toMatchObject({ exitCode: 0 })
})

test('its end is that of its input, and half a request is none', async () => {
  const server = await serve()
  const mark = join(home, 'half.mark')
  server.write(`{"id":1,"argv":["tool","mark","--lease","half"],"deadlineMs":1000}`)
  server.end()
  expect([await server.exitCode, existsSync(mark), existsSync(join(home, 'server.json'))]).toEqual([0, false, false])
})

test('a harness that goes away in the middle of a release leaves it undone to its end', async () => {
  const server = await serve()
  const [begun, mark] = [join(home, 'begun'), join(home, 'undone')]
  const step = { ...nothing('gone'), undo: script(`touch ${begun}; sleep 1; rm -f ${home}/gone.mark; touch ${mark}`) }
  expect(await server.ask(1, ['tool', 'hold'], { stdin: holdRequest('gone', [step]) })).toMatchObject({ exitCode: 0 })
  void server.ask(2, ['tool', 'release', 'gone', '--at-once'], { deadlineMs: 500 }).catch(() => {})
  expect(await until(() => existsSync(begun))).toBe(true)
  server.end()
  expect(await (await serve('run of another')).ask(1, file('l'))).toMatchObject({ exitCode: 0 }) // and need not be waited for
  expect([await server.exitCode, existsSync(mark)]).toEqual([0, true])
  expect(leases()).toEqual([{ lease: 'gone', state: 'released', guarded: false, undone: true }])
})

test('another owner is turned away with whose it is; the same one takes its place', async () => {
  const first = await serve()
  const second = await serve('run of another')
  expect(second.replies).toEqual([{ refused: `it serves run of one, by its process ${first.pid}` }])
  expect(await second.exitCode).toBe(4)
  expect(await first.ask(1, file('l'))).toMatchObject({ exitCode: 0 })
  const again = await serve()
  expect(await first.exitCode).toBe(null)
  expect(await again.ask(1, file('l'))).toMatchObject({ exitCode: 0 })
  again.end()
  await again.exitCode
  expect((await serve('run of another')).replies).toMatchObject([{ hello: 'gauntlet/tool@1' }])
})

test('a fault ends by its guard though its server was killed, and whoever comes next is told that it has expired', async () => {
  const server = await serve()
  const held = await server.ask(1, ['tool', 'hold'], { stdin: holdRequest('held', [nothing('held')], { ttlMs: 3_000 }) })
  expect([held.exitCode, existsSync(join(home, 'held.mark'))]).toEqual([0, true])
  process.kill(server.pid, 'SIGKILL')
  expect(await server.exitCode).toBe(null)
  expect([leases(), existsSync(join(home, 'held.mark'))]).toMatchObject([[{ state: 'applied', guarded: true }], true])
  expect(await until(() => leases()[0]?.state === 'expired')).toBe(true)
  expect(existsSync(join(home, 'held.mark'))).toBe(false)
  const next = await serve()
  const { lines } = await next.ask(1, ['tool', 'release', 'held'])
  expect(lines.map((line) => JSON.parse(line).kind)).toEqual(['expired', 'undone', 'proof'])
})

test('a fault ends by its guard though its server was killed in the middle of the release', async () => {
  const server = await serve()
  const [begun, often] = [join(home, 'begun'), join(home, 'often')]
  writeFileSync(often, '')
  const undo = script(`echo again >>${often}; touch ${begun}; sleep 2; rm -f ${home}/twice.mark`)
  const step = { ...nothing('twice'), undo }
  expect(await server.ask(1, ['tool', 'hold'], { stdin: holdRequest('twice', [step], { ttlMs: 4_000 }) })).toMatchObject({ exitCode: 0 })
  void server.ask(2, ['tool', 'release', 'twice', '--at-once']).catch(() => {})
  expect(await until(() => existsSync(begun))).toBe(true)
  process.kill(-server.pid, 'SIGKILL')
  expect([existsSync(join(home, 'twice.mark')), leases()]).toMatchObject([true, [{ state: 'applied', guarded: true }]])
  expect(await until(() => !existsSync(join(home, 'twice.mark')))).toBe(true)
  expect(await until(() => leases()[0]?.guarded === false)).toBe(true)
  expect([readFileSync(often, 'utf8'), leases()]).toMatchObject(['again\nagain\n', [{ state: 'expired', undone: true }]])
})

test('a guard whose time is over while the fault is released waits for that, and undoes nothing a second time', async () => {
  const server = await serve()
  const often = join(home, 'often')
  writeFileSync(often, '')
  const step = { ...nothing('slow'), undo: script(`echo again >>${often}; sleep 3; rm -f ${home}/slow.mark`) }
  const [begunMs, ttlMs] = [performance.now(), 4_000]
  expect(await server.ask(1, ['tool', 'hold'], { stdin: holdRequest('slow', [step], { ttlMs }) })).toMatchObject({ exitCode: 0 })
  await sleep(Math.max(0, begunMs + ttlMs - 2_000 - performance.now()))
  const { lines, exitCode } = await server.ask(2, ['tool', 'release', 'slow', '--at-once'])
  expect([exitCode, lines.map((line) => JSON.parse(line).kind)]).toEqual([0, ['undone', 'proof']])
  expect([leases(), readFileSync(often, 'utf8')]).toMatchObject([[{ state: 'released', guarded: false }], 'again\n'])
})

test('what an old server was applying does not come after the release by a new one', async () => {
  const old = await serve()
  const late = join(home, 'late')
  const step = { ...nothing('stuck'), apply: script(`sleep 3; touch ${late}`) }
  void old.ask(1, ['tool', 'hold'], { stdin: holdRequest('stuck', [step]) }).catch(() => {})
  await old.reply((reply) => 'line' in reply && reply.line.includes('armed'))
  process.kill(old.pid, 'SIGSTOP') // it hangs
  const next = await serve()
  expect(await next.ask(1, ['tool', 'release', 'stuck', '--at-once'])).toMatchObject({ exitCode: 0 })
  expect([await old.exitCode, isAlive(old.pid)]).toEqual([null, false])
  await sleep(3_500)
  expect([existsSync(late), leases()]).toMatchObject([false, [{ state: 'released', guarded: false }]])
})
