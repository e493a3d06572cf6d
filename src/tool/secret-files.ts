/**
 * What a fault does to a secret's file, and back. The original stays what it is, the same inode under a name of ours beside it, so
 * that its content, mode, owner and age come back as they were; what takes its place has a second name of ours, so that an undo knows
 * it from what anybody else put there.
 */
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTagged, taggedName } from './tagged.ts'

export const spoilings = ['wrong', 'unreadable', 'empty', 'truncated'] as const
export type Spoiling = (typeof spoilings)[number] | 'absent'

const put = '.put'

/** @throws Error when there is no such secret */
export function keepAside(directory: string, lease: string, name: string): void {
  linkSync(join(directory, name), aside(directory, lease, name))
}

/** The original must be kept aside before. */
export function spoil(directory: string, lease: string, name: string, how: Spoiling): void {
  const path = join(directory, name)
  if (how === 'absent') {
    rmSync(path)
    return
  }
  const original = aside(directory, lease, name)
  const { mode, uid, gid } = statSync(original)
  const ours = aside(directory, lease, `${name}${put}`)
  const draft = aside(directory, lease, `${name}.draft`)
  writeFileSync(ours, replacement(readFileSync(original, 'utf8'), how), { mode: 0o400, flag: 'wx' })
  if (how === 'unreadable') chmodSync(ours, 0)
  else {
    chownSync(ours, uid, gid)
    chmodSync(ours, mode & 0o7777)
  }
  linkSync(ours, draft)
  renameSync(draft, path) // whoever opens it has the one or the other
}

function replacement(value: string, how: Exclude<Spoiling, 'absent'>): string {
  if (how === 'empty') return ''
  if (how === 'truncated') return value.slice(0, Math.floor(value.length / 2))
  return randomBytes(value.length).toString('base64url').slice(0, value.length)
}

/**
 * May run twice, and at any moment.
 * @param takes also what somebody else put there meanwhile, where that was to be expected
 * @returns names of the secrets that are the original again
 * @throws Error once all are done, when something of somebody else's stands in the place of one
 */
export function putBack(directory: string, lease: string, takes: 'ours' | 'any' = 'ours'): readonly string[] {
  const originals = readdirSync(directory).filter((name) => isTagged(name, lease) && !/\.(put|draft)$/.test(name))
  const prefix = taggedName(lease, '')
  const foreign: string[] = []
  const back = originals.flatMap((file) => {
    const name = file.slice(prefix.length)
    const path = join(directory, name)
    const there = inodeOf(path)
    const isOriginal = there === inodeOf(join(directory, file))
    const isOurs = there === undefined || there === inodeOf(aside(directory, lease, `${name}${put}`))
    if (!isOriginal && !isOurs && takes === 'ours') {
      foreign.push(`${name} was written by somebody else meanwhile; what it was before is in ${file}`)
      return []
    }
    if (isOriginal)
      rmSync(join(directory, file)) // a rename of one file to itself would leave both names
    else renameSync(join(directory, file), path)
    for (const ending of [put, '.draft']) rmSync(aside(directory, lease, `${name}${ending}`), { force: true })
    return [name]
  })
  if (foreign.length > 0) throw new Error(foreign.join('; '))
  return back
}

export interface Look {
  readonly mode: string
  readonly owner: string
  readonly bytes: number
  readonly changedMs: number
  /** Of its value, which is nowhere else. */
  readonly sha256: string
}

/** Undefined where there is none. */
export function lookAt(path: string): Look | undefined {
  if (!existsSync(path)) return undefined
  const { mode, uid, gid, size, mtimeMs } = statSync(path)
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
  return { mode: (mode & 0o7777).toString(8), owner: `${uid}:${gid}`, bytes: size, changedMs: mtimeMs, sha256 }
}

/** Everything that stands in any of the files of this secret and this lease: for whoever looks that it is nowhere else. */
export function valuesOf(directory: string, lease: string, name: string): readonly string[] {
  const files = [name, taggedName(lease, name), taggedName(lease, `${name}${put}`)].map((file) => join(directory, file))
  return [...new Set(files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8').trim()))].filter(
    (value) => value !== '',
  )
}

function aside(directory: string, lease: string, part: string): string {
  return join(directory, taggedName(lease, part))
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}
