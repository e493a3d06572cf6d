/**
 * A volume of the machine that may be filled, as the kernel shows it, and `tool volume --lease ID --volume NAME`, which asks how full
 * it is and whether it still takes a write. With `--bytes N` or `--files N` it tries to write one page, or make one file, more than that.
 */
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Static } from 'typebox'
import type { volume as volumeAnswer } from '../answers/volumes.ts'
import { isVolumeName, type VolumeName, volumeNames, volumes } from '../fleet/volumes.ts'
import { targetRoot } from './cat.ts'
import { flags, one } from './flags.ts'
import { isTagged, taggedName } from './tagged.ts'
import { Refusal } from './verb.ts'

/** More than any volume of a fleet has: whatever is larger is a disk of somebody's. */
const mostBytes = 2 ** 30
const mostFiles = 100_000

export interface Room {
  readonly bytesLeft: number
  readonly bytes: number
  readonly filesLeft: number
  readonly files: number
  readonly page: number
}

/** @returns where it is, as seen from here */
export function pathOf(name: string): string {
  if (!isVolumeName(name)) throw new Error(`${name} is not a volume that may be filled; there is ${volumeNames.join(', ')}`)
  return join(targetRoot, volumes[name].directory)
}

/** The same. @throws Error when it is not ours to fill, with what was seen */
export function fillable(name: string): string {
  const path = pathOf(name)
  const { directory } = volumes[name as VolumeName]
  const { bytes, files } = roomIn(path)
  const objection = objectionTo(directory, readFileSync('/proc/1/mountinfo', 'utf8'), bytes, files)
  if (objection !== undefined) throw new Refusal(`${name} is not filled: ${objection}`)
  return path
}

/** Why a directory is not a volume of its own, of bounded size, that nobody else's files are on. */
export function objectionTo(directory: string, mountinfo: string, bytes: number, files: number): string | undefined {
  const mounts = mountinfo.split('\n').map((line) => {
    const [front = '', back = ''] = line.split(' - ')
    const [, , device, , point, options = ''] = front.split(' ')
    return { device, point, options, type: back.split(' ')[0] }
  })
  const own = mounts.findLast(({ point }) => point === directory)
  if (own === undefined) return `${directory} is no volume of its own, but a part of what holds it`
  if (own.type !== 'tmpfs') return `${directory} is ${own.type}, and only a tmpfs keeps its fullness to itself`
  const shared = mounts.find(({ device, point }) => device === own.device && point !== directory)
  if (shared !== undefined) return `${directory} is the same volume as ${shared.point}`
  if (bytes === 0 || bytes > mostBytes)
    return `${directory} has ${bytes === 0 ? 'no limit' : `${bytes} bytes`}, and at most ${mostBytes} are filled`
  if (files === 0 || files > mostFiles)
    return `${directory} has ${files === 0 ? 'no limit of files' : `${files} files`}, and at most ${mostFiles} are made`
  return undefined
}

export function roomIn(path: string): Room {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(path)
  return { bytesLeft: bavail * bsize, bytes: blocks * bsize, filesLeft: ffree, files, page: bsize }
}

export async function volume(args: readonly string[]): Promise<Static<typeof volumeAnswer.answer>> {
  const found = flags(args, ['lease', 'volume', 'bytes', 'files'])
  const lease = one(found, 'lease')
  const path = (found.bytes ?? found.files) === undefined ? pathOf(one(found, 'volume')) : fillable(one(found, 'volume'))
  const { page, ...room } = roomIn(path)
  const limits = { bytes: limitOf(found, 'bytes'), files: limitOf(found, 'files') }
  const own = readdirSync(path).filter((name) => isTagged(name, lease))
  const size = own.reduce((sum, name) => sum + (statSync(join(path, name), { throwIfNoEntry: false })?.size ?? 0), 0)
  const attempt = join(path, taggedName(lease, `try${process.pid}`))
  const newFile = fileAnswer(attempt, limits.files ?? 0)
  const write = newFile === 'taken' || limits.files === undefined ? writeAnswer(attempt, (limits.bytes ?? 0) + page) : 'not tried'
  return { ...room, ours: { files: own.length, bytes: size }, write, newFile }
}

function limitOf(found: Readonly<Record<string, readonly string[]>>, name: string): number | undefined {
  return found[name] === undefined ? undefined : Number(one(found, name))
}

/** Of a file of ours that is gone again before this returns. */
function writeAnswer(path: string, bytes: number): string {
  return answerOf(() => {
    const file = openSync(path, 'w')
    try {
      const page = Buffer.alloc(Math.min(bytes, 2 ** 20))
      for (let left = bytes; left > 0; ) left -= writeSync(file, page, 0, Math.min(left, page.length))
    } finally {
      closeSync(file)
      rmSync(path, { force: true })
    }
  })
}

/** Of one file more than may be left. */
function fileAnswer(path: string, left: number): string {
  const made: string[] = []
  try {
    return answerOf(() => {
      for (let count = 0; count <= left; count += 1) {
        closeSync(openSync(`${path}.${count}`, 'wx'))
        made.push(`${path}.${count}`)
      }
    })
  } finally {
    for (const file of made) rmSync(file, { force: true })
  }
}

function answerOf(deed: () => void): string {
  try {
    deed()
    return 'taken'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}
