/** On real processes of this machine, which are children of the test and nobody else's. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { afterEach, expect, test } from 'vitest'
import { ownVdso, restore, shift, shiftOf } from './vdso.ts'

const hourMs = 3_600_000
const hourNs = BigInt(hourMs) * 1_000_000n
const own = ownVdso()
let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

/** Tells the time of day and the monotonic clock, by each way there is, whenever it is asked. */
function teller(): { readonly pid: number; ask(): Promise<Record<'wallMs' | 'monotonicMs', number>> } {
  const program = `process.stdin.on('data', () => console.log(JSON.stringify({ wallMs: Date.now(), monotonicMs: Number(process.hrtime.bigint()) / 1e6 })))`
  const started = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'ignore'] })
  child = started
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]()
  return {
    pid: started.pid as number,
    async ask() {
      started.stdin.write('?')
      return JSON.parse((await lines.next()).value as string)
    },
  }
}

const offMs = ({ wallMs }: { readonly wallMs: number }) => wallMs - Date.now()
const near = (ms: number, wantedMs: number) => Math.abs(ms - wantedMs) < 60_000

test('a process reads the time wrong by what is asked, its monotonic clock goes on, and it is right again afterwards', async () => {
  const { pid, ask } = teller()
  const before = await ask()
  expect(near(offMs(before), 0)).toBe(true)
  expect(shiftOf(pid, own)).toBe(undefined)
  for (const offsetNs of [hourNs, -hourNs]) {
    shift(pid, offsetNs, own)
    const during = await ask()
    expect(near(offMs(during), Number(offsetNs / 1_000_000n))).toBe(true)
    expect(during.monotonicMs).toBeGreaterThan(before.monotonicMs)
    expect(near(during.monotonicMs, before.monotonicMs)).toBe(true)
    expect(shiftOf(pid, own)).toBe(offsetNs)
  }
  for (const _twice of [1, 2]) {
    restore(pid, own)
    expect(shiftOf(pid, own)).toBe(undefined)
    expect(near(offMs(await ask()), 0)).toBe(true)
  }
  shift(pid, hourNs, own) // again, where it was before
  expect(near(offMs(await ask()), hourMs)).toBe(true)
})

test('another program in the same process has a vDSO of its own, and must be reached anew', async () => {
  const shell = spawn('sh', ['-c', 'read _; exec date +%s'], { stdio: ['pipe', 'pipe', 'ignore'] })
  child = shell
  shift(shell.pid as number, hourNs, own)
  shell.stdin.end('\n')
  let said = ''
  for await (const chunk of shell.stdout) said += chunk
  expect(near(Number(said) * 1000 - Date.now(), 0)).toBe(true)
})

test('a vDSO that somebody else has changed is left alone', async () => {
  const { pid, ask } = teller()
  await ask()
  const base = Number.parseInt(/^([0-9a-f]+)-.*\[vdso\]$/m.exec(readFileSync(`/proc/${pid}/maps`, 'utf8'))?.[1] as string, 16)
  const memory = openSync(`/proc/${pid}/mem`, 'r+')
  writeSync(memory, Buffer.from([0x90]), 0, 1, base + own.room)
  closeSync(memory)
  expect(() => shift(pid, hourNs, own)).toThrow('changed by somebody else')
  restore(pid, own)
  expect(near(offMs(await ask()), 0)).toBe(true)
})

test('who is gone cannot be shifted', () => {
  expect(() => shift(2 ** 22 + 1, hourNs, own)).toThrow('ENOENT')
})
