import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { must, run, start } from './program.ts'

vi.setConfig({ testTimeout: 30_000 }) // programs are started, and the machine may be busy

const patient = { timeoutMs: 20_000 }
const isGone = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return true
  }
}
const sleeper = (word: string) => Number(/\d+/.exec(word))

test('keeps what it said and how it ended', async () => {
  const ran = await run(['sh', '-c', 'cat; echo oops >&2; exit 3'], { ...patient, input: 'in' })
  expect(ran).toEqual({ exitCode: 3, stdout: 'in', stderr: 'oops\n' })
})

test('words arrive as they are, and nothing is read by a shell', async () => {
  const words = ["it's", '$HOME `id` "$(id)"', 'a\nb', '', '*', '-n; exit 1']
  const { stdout } = await run(['printf', '%s|', ...words], { ...patient, env: { ZX_PREFIX: 'exit 7;', ZX_VERBOSE: 'true' } })
  expect(stdout).toBe(words.map((word) => `${word}|`).join(''))
})

test('who reads what nobody sends is at its end, and who does not read is not waited for', async () => {
  expect(await run(['cat'], patient)).toEqual({ exitCode: 0, stdout: '', stderr: '' })
  expect(await run(['true'], { ...patient, input: 'x'.repeat(1_000_000) })).toMatchObject({ exitCode: 0 })
})

test.each([
  ['a program', '/nowhere/program', '/'],
  ['a folder', 'true', '/nowhere'],
])('%s that does not exist is 127', async (_, program, cwd) => {
  expect(await run([program], { ...patient, cwd })).toEqual({
    exitCode: 127,
    stdout: '',
    stderr: expect.stringMatching(/not found|ENOENT/),
  })
})

test('one that a signal ends is known by it, and a signal after its end is none', async () => {
  const program = start(['sleep', '30'], patient)
  program.kill('SIGKILL')
  expect(await program.ended).toMatchObject({ exitCode: 137 })
  program.kill('SIGKILL')
})

test('one that does not end is ended with all that it started', async () => {
  const { exitCode, stdout, stderr } = await run(['sh', '-c', 'sleep 30 & echo $!; sleep 30'], { timeoutMs: 200 })
  expect({ exitCode, stderr }).toEqual({ exitCode: 124, stderr: '\nended after 0.2 s' })
  await vi.waitFor(() => expect(isGone(sleeper(stdout))).toBe(true), 5_000)
})

test('one that does not heed that is killed', async () => {
  const { exitCode, stdout } = await run(['sh', '-c', 'trap "" TERM; sleep 30 & echo $!; while :; do wait; done'], { timeoutMs: 200 })
  expect(exitCode).toBe(124)
  await vi.waitFor(() => expect(isGone(sleeper(stdout))).toBe(true), 5_000)
})

test('an abort ends it at once, with all that it started, also before it has begun', async () => {
  const enough = new AbortController()
  const heard: string[] = []
  const program = start(['sh', '-c', 'trap "" TERM; sleep 30 & echo $! >&2; wait'], {
    ...patient,
    signal: enough.signal,
    heard(line) {
      heard.push(line)
      enough.abort()
    },
  })
  expect(await program.ended).toMatchObject({ exitCode: 137 })
  await vi.waitFor(() => expect(isGone(sleeper(heard.join()))).toBe(true), 5_000)
  expect(await run(['sleep', '30'], { ...patient, signal: AbortSignal.abort() })).toMatchObject({ exitCode: 137 })
})

test('a grandchild that keeps the pipes does not keep us', async () => {
  const began = performance.now()
  expect(await run(['sh', '-c', 'echo said; sleep 15 & exit 5'], patient)).toEqual({ exitCode: 5, stdout: 'said\n', stderr: '' })
  expect(performance.now() - began).toBeLessThan(15_000)
})

test('of much that is said the end is kept, in whole characters', async () => {
  const { stdout } = await run(['sh', '-c', 'yes €€€ | head -n 1100000; echo the end'], patient)
  expect(stdout).toHaveLength(4 * 2 ** 20)
  expect(stdout.endsWith('€€€\nthe end\n')).toBe(true)
  expect(stdout).not.toContain('\ufffd')
})

test('a failure says what was run and the end of what it said', async () => {
  const failure = await must(['sh', '-c', 'seq 100; exit 4'], patient, 'environment/network').catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'environment/network', message: '`sh -c seq 100; exit 4`' })
  expect((failure as { cause: string }).cause).toMatch(/^exit code 4, after\n89\n/)
})
