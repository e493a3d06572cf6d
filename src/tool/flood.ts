/**
 * `tool flood --lease ID --rate BYTES --process NAME…` writes log lines to the standard output of these processes, as if they had,
 * at so many bytes a second each, until it is killed itself. Each line names the lease and has a number. `--once` writes a single
 * line to each, and fails where that is not possible or would not stay on a volume of bounded size.
 * `tool flooded --lease ID --process NAME…` looks at the logs twice and says whether such lines are arriving, and what `tool volume` says
 * of the volume that they are on.
 */
import { closeSync, constants, openSync, readSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Static } from 'typebox'
import type { flooded as floods } from '../answers/volumes.ts'
import { flags, one, some } from './flags.ts'
import { named } from './proc.ts'
import { done, failed, type Io } from './verb.ts'
import { fillable, pathOf, volume } from './volume.ts'

const everyMs = 50
const lineBytes = 160
const lookAgainMs = 400
/** Of a log's end: more than one look can miss at the highest rate would only slow the look down. */
const tailBytes = 64 * 1024

export async function flood(args: readonly string[], io: Io): Promise<number> {
  const found = flags(args, ['lease', 'rate', 'process', 'once'])
  const lease = one(found, 'lease')
  const names = some(found, 'process')
  fillable('logs') // a flood must find its end on that volume
  if (found.once !== undefined) {
    const deaf = names.filter((name) => speak(name, line(lease, name, 0)) === 0)
    if (deaf.length > 0) io.warn(`nothing can be written to the standard output of ${deaf.join(', ')}`)
    return deaf.length > 0 ? failed : done
  }
  const bytesPerMs = Number(one(found, 'rate')) / 1000
  const said = new Map(names.map((name) => [name, { bytes: 0, lines: 0 }]))
  for (const begunMs = performance.now(); ; await sleep(everyMs))
    for (const [name, so] of said) {
      const due = (performance.now() - begunMs) * bytesPerMs - so.bytes
      const count = Math.min(Math.floor(due / lineBytes), Math.ceil((bytesPerMs * 10 * everyMs) / lineBytes)) // who was away does not catch up
      if (count <= 0) continue
      const written = speak(name, Array.from({ length: count }, (_, index) => line(lease, name, so.lines + index + 1)).join(''))
      so.bytes += Math.max(written, due - lineBytes * count)
      so.lines += Math.ceil(written / lineBytes)
    }
}

function line(lease: string, name: string, number: number): string {
  const start = JSON.stringify({ at: new Date().toISOString(), level: 'info', agent: name, message: 'flood', lease, number }).slice(0, -1)
  return `${start},"filling":"${'x'.repeat(Math.max(0, lineBytes - start.length - 15))}"}\n`
}

/** A descriptor of our own on the pipe to its supervisor: it never waits, whoever else does. @returns bytes written */
function speak(name: string, text: string): number {
  const [first] = [...named([name]).values()].flat()
  if (first === undefined) return 0
  try {
    const path = `/proc/${first.pid}/fd/1`
    if (!statSync(path).isFIFO()) return 0
    const pipe = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    try {
      return writeSync(pipe, text)
    } finally {
      closeSync(pipe)
    }
  } catch {
    return 0 // it ended, or its pipe is full
  }
}

export async function flooded(args: readonly string[]): Promise<Static<typeof floods.answer>> {
  const found = flags(args, ['lease', 'process'])
  const lease = one(found, 'lease')
  const names = some(found, 'process')
  const look = () => names.map((name) => lastLine(join(pathOf('logs'), `${name}.log`), lease))
  const first = look()
  await sleep(lookAgainMs)
  const second = look()
  const agents = names.map((name, place) => {
    const [before, after] = [first[place], second[place]]
    const flood = after === undefined ? 'none' : after === before ? 'over' : 'arrives'
    return [name, { flood, lines: [before, after].filter((line) => line !== undefined) }] as const
  })
  return { agents: Object.fromEntries(agents), volume: await volume(['--lease', lease, '--volume', 'logs']) }
}

/** Number of the last line of this lease at the end of a log; undefined where there is none. */
function lastLine(path: string, lease: string): number | undefined {
  const text = endOf(path)
  const numbers = [...text.matchAll(new RegExp(`"lease":${RegExp.escape(JSON.stringify(lease))},"number":(\\d+),`, 'g'))]
  return numbers.length === 0 ? undefined : Number(numbers.at(-1)?.[1])
}

/** @returns '' where there is no such file */
export function endOf(path: string, bytes = tailBytes): string {
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size === undefined) return ''
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(Math.min(size, bytes))
    const read = readSync(file, buffer, 0, buffer.length, Math.max(0, size - buffer.length))
    return buffer.toString('utf8', 0, read)
  } finally {
    closeSync(file)
  }
}
