import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { takeLock } from './lock.ts'

vi.setConfig({ testTimeout: 30_000 }) // programs are started, and the machine may be busy

const unique = () => `test-${process.pid}-${Math.random()}`

describe('takeLock', () => {
  test('a second taker waits for the first, and is told who that is', async () => {
    const name = unique()
    const order: string[] = []
    const first = await takeLock(name, { waitMs: 0 })
    const second = takeLock(name, { waitMs: 10_000, onWait: (holder) => order.push(holder) }).then((lock) => {
      order.push('second')
      return lock
    })
    await expect.poll(() => order).toEqual([expect.stringContaining(`pid ${process.pid} `)])
    order.push('released')
    await first[Symbol.asyncDispose]()
    await (await second)[Symbol.asyncDispose]()
    expect(order.slice(1)).toEqual(['released', 'second'])
  })

  test('a held lock is refused with its holder, and another name is free', async () => {
    const name = unique()
    await using _held = await takeLock(name, { waitMs: 0 })
    await using _other = await takeLock(unique(), { waitMs: 0 })
    const refused = await takeLock(name, { waitMs: 200 }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'environment/lock', cause: expect.stringContaining(`pid ${process.pid} `) })
  })

  test('only one of a crowd has it at a time', async () => {
    const name = unique()
    let inside = 0
    let most = 0
    const one = async () => {
      await using _lock = await takeLock(name, { waitMs: 10_000 })
      inside += 1
      most = Math.max(most, inside)
      await new Promise((resolve) => setTimeout(resolve, 5))
      inside -= 1
    }
    await Promise.all(Array.from({ length: 6 }, one))
    expect(most).toBe(1)
  })

  test('the lock of a killed process is free', async () => {
    const name = unique()
    const source = `import { takeLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))}
      await takeLock(${JSON.stringify(name)}, { waitMs: 0 }); console.log('taken'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await expect(takeLock(name, { waitMs: 50 })).rejects.toMatchObject({ code: 'environment/lock' })
    child.kill('SIGKILL')
    await using _lock = await takeLock(name, { waitMs: 10_000 })
  })
})
