import { expect, test, vi } from 'vitest'
import { must, run } from './command.ts'

vi.setConfig({ testTimeout: 30_000 }) // programs are started, and the machine may be busy

test('keeps what it said and how it ended', async () => {
  const ran = await run(['sh', '-c', 'cat; echo oops >&2; exit 3'], { timeoutMs: 5000, input: 'in' })
  expect(ran).toEqual({ exitCode: 3, stdout: 'in', stderr: 'oops\n' })
})

test('a program that does not exist is 127', async () => {
  expect(await run(['/nowhere/program'], { timeoutMs: 5000 })).toMatchObject({ exitCode: 127 })
})

test('a program that does not end is ended, also when a grandchild keeps its pipes', async () => {
  const ran = await run(['sh', '-c', 'sleep 3 & sleep 30'], { timeoutMs: 100 })
  expect(ran).toMatchObject({ exitCode: 124, stderr: expect.stringContaining('ended after 0.1 s') })
})

test('a failure says what was run and the end of what it said', async () => {
  const failure = await must(['sh', '-c', 'seq 100; exit 4'], { timeoutMs: 5000 }, 'environment/network').catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'environment/network', message: '`sh -c seq 100; exit 4`' })
  expect((failure as { cause: string }).cause).toMatch(/^exit code 4, after\n89\n/)
})
