/** Names of the files that faults make on a machine's volumes: each carries its lease's tag, so that an undo knows its own. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const mark = '.gauntlet~'

/** @param part what it is, beside others of the same lease; the tilde stands in no lease's id, so that no tag is the beginning of another */
export function taggedName(lease: string, part: string): string {
  return `${mark}${lease}~${part}`
}

export function isTagged(name: string, lease: string): boolean {
  return name.startsWith(`${mark}${lease}~`)
}

/** @returns how many there were */
export function removeTagged(directory: string, lease: string): number {
  const own = readdirSync(directory).filter((name) => isTagged(name, lease))
  for (const name of own) rmSync(join(directory, name), { force: true })
  return own.length
}
