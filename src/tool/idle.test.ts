/** Whether an agent works is told by its own count of rounds, and by nothing that it says of its health. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { wrongIn } from '../answers/index.ts'

const home = mkdtempSync(join(tmpdir(), 'gauntlet-idle-'))
process.env.GAUNTLET_TOOL_HOME = home
const { idle } = await import('./idle.ts')
const { createLease, note } = await import('./lease-folder.ts')
const { processOf } = await import('./proc.ts')

let server: Server
let text = () => ''
beforeAll(async () => {
  server = createServer((_request, answer) => answer.end(text()))
  await new Promise<void>((resolve) => server.listen(0, resolve))
})
afterAll(() => {
  server.close()
  rmSync(home, { recursive: true })
  delete process.env.GAUNTLET_TOOL_HOME
})

async function look(lease: string, port = (server.address() as AddressInfo).port) {
  const answer = await idle(['--lease', lease, '--agent', `A=${port}`])
  expect(wrongIn('idle', answer)).toBeUndefined()
  return answer.agents.A
}
const counted = (rounds: readonly number[], works: boolean) => ({ isSame: true, accepts: true, works, rounds })

function leaseOn(lease: string, start = processOf(process.pid)?.start ?? 0): string {
  createLease(lease)
  note(lease, 'signalled', [{ name: 'A', pid: process.pid, start }])
  return lease
}

test('the same count twice is idle, another is work, and what was counted first is remembered', async () => {
  let rounds = 7
  text = () => `# TYPE agent_work_rounds_total counter\nagent_work_rounds_total{agent="A"} ${rounds}\n`
  const lease = leaseOn('idle')
  expect(await look(lease)).toEqual(counted([7, 7], false))
  rounds = 8
  expect(await look(lease)).toEqual(counted([7, 8], true))
  expect(await look(lease)).toEqual(counted([8, 8], false))
})

test('who counts nothing, refuses, or is another process is not called idle', async () => {
  text = () => 'agent_up 1\n'
  expect(await look(leaseOn('silent'))).toEqual({ isSame: true, accepts: true, works: null, rounds: [] })
  expect(await look(leaseOn('refusing'), 1)).toEqual({ isSame: true, accepts: false, works: null, rounds: [] })
  expect(await look(leaseOn('another', 1))).toMatchObject({ isSame: false })
})
