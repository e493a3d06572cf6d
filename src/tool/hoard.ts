/** `tool hoard --bytes N --ramp-ms R --for-ms T` takes so much memory, evenly over R, touches every page of it, and ends by itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { flags, one } from './flags.ts'
import { done, type Io } from './verb.ts'

const pieceBytes = 4 * 2 ** 20

export async function hoard(args: readonly string[], _io: Io): Promise<number> {
  const found = flags(args, ['bytes', 'ramp-ms', 'for-ms'])
  const [bytes, rampMs, forMs] = ['bytes', 'ramp-ms', 'for-ms'].map((name) => Number(one(found, name))) as [number, number, number]
  const pieces: Buffer[] = []
  const all = Math.ceil(bytes / pieceBytes)
  const startMs = performance.now()
  while (pieces.length < all) {
    pieces.push(Buffer.alloc(Math.min(pieceBytes, bytes - pieces.length * pieceBytes), 1)) // zeroes alone would never be given a page
    await sleep(Math.max(0, startMs + (pieces.length / all) * rampMs - performance.now()))
  }
  await sleep(Math.max(0, forMs - (performance.now() - startMs)))
  return pieces.length === all ? done : 1
}
