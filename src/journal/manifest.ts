/** What a run's files were when it ended: their hashes. Whoever judges it later sees at once that one was changed. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import Type, { type Static } from 'typebox'
import { Check } from 'typebox/value'
import { GauntletError } from '../base/errors.ts'
import { chunksOf } from './lines.ts'

export const manifestName = 'manifest.json'

const schema = Type.Object({ schema: Type.Literal('gauntlet/manifest@1'), files: Type.Record(Type.String(), Type.String()) })
/** Names of files beside the manifest, and their sha256 in hex. */
export type Manifest = Static<typeof schema>

export function manifestOf(directory: string, names: readonly string[]): Manifest {
  return {
    schema: 'gauntlet/manifest@1',
    files: Object.fromEntries([...names].sort().map((name) => [name, sha256(join(directory, name))])),
  }
}

/**
 * A run without a manifest has not ended, and may be judged as it is.
 * @throws GauntletError usage/run when a file is not what it was, all of them at once
 */
export function verifyManifest(directory: string): void {
  const file = join(directory, manifestName)
  if (!existsSync(file)) return
  const manifest = attempt(() => JSON.parse(readFileSync(file, 'utf8')) as unknown)
  if (!Check(schema, manifest)) throw new GauntletError('usage/run', `read ${file}: it is no manifest`)
  const problems = Object.entries(manifest.files).flatMap(([name, hash]) => {
    const seen = name === basename(name) ? attempt(() => sha256(join(directory, name))) : undefined
    if (seen === hash) return []
    return [{ message: seen === undefined ? `${name} is missing` : `${name} was changed since the run ended`, file: join(directory, name) }]
  })
  if (manifest.files['journal.ndjson'] === undefined) problems.push({ message: 'it does not vouch for journal.ndjson', file })
  if (problems.length > 0)
    throw new GauntletError('usage/run', `verify ${file}: ${problems.map(({ message }) => message).join(', ')}`, { problems })
}

function sha256(file: string): string {
  const hash = createHash('sha256')
  for (const chunk of chunksOf(file)) hash.update(chunk)
  return hash.digest('hex')
}

function attempt<T>(deed: () => T): T | undefined {
  try {
    return deed()
  } catch {
    return undefined
  }
}
