/**
 * `tool fill --lease ID --volume NAME --bytes N|--files N` fills a volume of the machine until no more than that is left on it, with
 * files that carry the lease's tag. `--ramp MS` spreads that over so long; `--keep` goes on for ever, and takes what becomes free.
 * `tool unfill --lease ID --volume NAME` removes those files.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { flags, one } from './flags.ts'
import { removeTagged, taggedName } from './tagged.ts'
import { done, type Io, refuse } from './verb.ts'
import { fillable, pathOf, type Room, roomIn } from './volume.ts'

const chunkBytes = 2 ** 20
const rampEveryMs = 50
const keepEveryMs = 100

/** What is filled: how much of it is left, and how some of it is taken. */
interface Matter {
  left(room: Room): number
  /** @returns how much was taken; 0 where there is nothing to take */
  take(amount: number): number
}

export async function fill(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'volume', 'bytes', 'files', 'ramp', 'keep'])
  const lease = one(found, 'lease')
  const path = fillable(one(found, 'volume'))
  const kind = found.files === undefined ? 'bytes' : 'files'
  const limit = Number(one(found, kind))
  const matter = kind === 'bytes' ? bytesIn(join(path, taggedName(lease, 'fill'))) : filesIn(path, lease)
  const leftNow = () => matter.left(roomIn(path))

  if (found.keep !== undefined) for (;;) await takeTo(limit).then(() => sleep(keepEveryMs))
  const before = leftNow()
  if (before <= limit)
    return refuse(io, `there are only ${before} ${kind} left before anything is done: to leave ${limit} would change nothing`)
  const rampMs = found.ramp === undefined ? 0 : Number(one(found, 'ramp'))
  for (const begunMs = performance.now(); performance.now() - begunMs < rampMs; await sleep(rampEveryMs))
    await takeTo(Math.ceil(before - (before - limit) * Math.min(1, (performance.now() - begunMs) / rampMs)))
  await takeTo(limit)
  io.print(`${kind} left ${leftNow()}, of ${before} before`)
  return done

  async function takeTo(wanted: number): Promise<void> {
    for (let left = leftNow(); left > wanted; left = leftNow()) {
      if (matter.take(left - wanted) === 0) return // others are quicker, or the last of it is less than can be taken
      await sleep(0)
    }
  }
}

export async function unfill(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'volume'])
  io.print(`removed ${removeTagged(pathOf(one(found, 'volume')), one(found, 'lease'))}`)
  return done
}

function bytesIn(path: string): Matter {
  const zeros = Buffer.alloc(chunkBytes)
  return {
    left: ({ bytesLeft }) => bytesLeft,
    take: (amount) => unlessFull(() => withFile(path, 'a', (file) => writeSync(file, zeros, 0, Math.min(amount, chunkBytes)))),
  }
}

function filesIn(path: string, lease: string): Matter {
  let next = 0
  return {
    left: ({ filesLeft }) => filesLeft,
    take: (amount) => {
      let made = 0
      // Another process of the same lease may have made some of these names.
      for (const most = Math.min(amount, 100); made < most; next += 1) {
        const name = join(path, taggedName(lease, `${process.pid}.${next}`))
        if (unlessFull(() => withFile(name, 'wx', () => 1)) === 0) break
        made += 1
      }
      return made
    },
  }
}

function withFile(path: string, how: string, deed: (file: number) => number): number {
  const file = openSync(path, how, 0o600)
  try {
    return deed(file)
  } finally {
    closeSync(file)
  }
}

function unlessFull(deed: () => number): number {
  try {
    return deed()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0
    throw error
  }
}
