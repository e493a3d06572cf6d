import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'

test('all of a long answer is printed before the tool ends, however slowly it is read', async () => {
  const length = 1_000_000
  const server = createServer((_, answer) => answer.end('x'.repeat(length))).listen(0, '127.0.0.1')
  try {
    await new Promise((listening) => server.once('listening', listening))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const tool = spawn(process.execPath, [join(import.meta.dirname, 'tool.main.ts'), 'fetch', url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise((done) => tool.once('close', done))
    await sleep(1_000)
    let read = 0
    for await (const chunk of tool.stdout as AsyncIterable<Buffer>) read += chunk.length
    expect(await ended).toBe(0)
    expect(read).toBeGreaterThanOrEqual(length)
  } finally {
    server.close()
  }
})
