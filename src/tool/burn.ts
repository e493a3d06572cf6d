/** `tool burn --cores N --load L --for-ms T` keeps N threads busy for the share L of each tenth of a second, and ends by itself. */
import { Worker } from 'node:worker_threads'
import { flags, one } from './flags.ts'
import { done, type Io } from './verb.ts'

const roundMs = 100

/** The text of each thread's program: a bundle has no file of its own for it. */
const thread = `
const { workerData: { busyMs, roundMs, forMs } } = require('node:worker_threads')
const round = () => {
  const startMs = performance.now()
  if (startMs > forMs) return
  while (performance.now() - startMs < busyMs);
  setTimeout(round, roundMs - busyMs)
}
round()`

export async function burn(args: readonly string[], _io: Io): Promise<number> {
  const found = flags(args, ['cores', 'load', 'for-ms'])
  const [cores, load, forMs] = ['cores', 'load', 'for-ms'].map((name) => Number(one(found, name))) as [number, number, number]
  const workerData = { busyMs: load * roundMs, roundMs, forMs }
  const threads = Array.from({ length: cores }, () => new Worker(thread, { eval: true, workerData }))
  await Promise.all(threads.map((worker) => new Promise((resolve) => worker.once('exit', resolve))))
  return done
}
