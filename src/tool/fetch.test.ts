import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Fetched, fetchEach } from './fetch.ts'
import type { Io } from './verb.ts'

let server: Server | undefined
afterEach(() => server?.close())

async function run(stdin: string) {
  const printed: string[] = []
  const warned: string[] = []
  const io = {
    print: (line: string) => printed.push(line),
    warn: (line: string) => warned.push(line),
    stdin: async () => stdin,
  } as unknown as Io
  return { exitCode: await fetchEach([], io), lines: printed.map((line) => JSON.parse(line) as Fetched), warned }
}

test('many URLs with one command: who answers, who refuses, and who is not there, each by its own URL', async () => {
  let atOnce = 0
  let most = 0
  const open = createServer((question, answer) => {
    atOnce += 1
    most = Math.max(most, atOnce)
    setTimeout(() => {
      atOnce -= 1
      answer.writeHead(question.url === '/no' ? 404 : 200)
      answer.end(`you asked ${question.url}`)
    }, 20)
  })
  server = open
  await new Promise<void>((listening) => open.listen(0, '127.0.0.1', listening))
  const at = `http://127.0.0.1:${(open.address() as AddressInfo).port}`
  const urls = [...Array.from({ length: 40 }, (_, place) => `${at}/${place}`), `${at}/no`, 'http://127.0.0.1:1/nobody']
  const before = Date.now()
  const { exitCode, lines } = await run(`${JSON.stringify(urls)}\n`)
  expect(exitCode).toBe(0)
  expect(lines.map(({ url }) => url).sort()).toEqual([...urls].sort())
  const by = new Map(lines.map((line) => [line.url, line]))
  expect(by.get(`${at}/7`)).toMatchObject({ status: 200, body: 'you asked /7' })
  expect(by.get(`${at}/no`)).toMatchObject({ status: 404 })
  expect(by.get('http://127.0.0.1:1/nobody')).toMatchObject({ status: 0, body: '' })
  for (const { wallMs } of lines) expect(wallMs).toBeGreaterThanOrEqual(before)
  expect(most).toBeGreaterThan(4)
  expect(most).toBeLessThanOrEqual(16)
})

test('what is no list of URLs is misuse', async () => {
  for (const stdin of ['{}', '[3]', '"http://x"']) expect(await run(stdin)).toMatchObject({ exitCode: 64, lines: [] })
})
