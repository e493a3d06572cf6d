/** Processes from before a moment, and those that were started since. */
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { kernelNowMs } from './lease-folder.ts'
import { named } from './proc.ts'
import { ageOf } from './restart.ts'

/** Unlike any other test's, since the whole machine's process table is looked at. */
const name = `Aging${process.pid}`
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function run(): Promise<void> {
  const child = spawn('sleep', ['60'], { env: { ...process.env, SUPERVISOR_PROCESS_NAME: name } })
  children.push(child)
  for (let looks = 0; looks < 100 && (named([name]).get(name)?.length ?? 0) < children.length; looks += 1) await sleep(20)
}

test('fresh is only who was started since, and only when all of them were', async () => {
  expect(ageOf(name, 0)).toBe('none')
  const beforeMs = kernelNowMs()
  await run()
  expect(ageOf(name, beforeMs)).toBe('fresh')
  await sleep(50)
  const afterMs = kernelNowMs()
  expect(ageOf(name, afterMs)).toBe('stale')
  await run()
  expect(ageOf(name, afterMs)).toBe('stale')
  children.shift()?.kill('SIGKILL')
  for (let looks = 0; looks < 100 && (named([name]).get(name)?.length ?? 0) > 1; looks += 1) await sleep(20)
  expect(ageOf(name, afterMs)).toBe('fresh')
})
