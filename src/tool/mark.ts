/** `tool mark --lease ID` makes a file of ours that hurts nobody, `tool unmark` removes it, `tool file` says whether it, or what is at `--path`, is there. */
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Static } from 'typebox'
import type { file as marks } from '../answers/volumes.ts'
import { flags, one } from './flags.ts'
import { toolHome } from './lease-folder.ts'
import { done } from './verb.ts'

function pathOf(args: readonly string[]): string {
  return join(toolHome(), `${one(flags(args, ['lease']), 'lease')}.mark`)
}

export async function mark(args: readonly string[]): Promise<number> {
  writeFileSync(pathOf(args), '')
  return done
}

export async function unmark(args: readonly string[]): Promise<number> {
  rmSync(pathOf(args), { force: true })
  return done
}

export async function file(args: readonly string[]): Promise<Static<typeof marks.answer>> {
  const found = flags(args, ['lease', 'path'])
  const seen = statSync(found.path === undefined ? pathOf(args) : one(found, 'path'), { throwIfNoEntry: false })
  return { exists: seen !== undefined, bytes: seen?.size ?? null }
}
