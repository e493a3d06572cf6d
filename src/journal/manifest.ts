/** What a run's files were when it ended: their hashes. Whoever judges it later sees at once that one was changed. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import Type, { type Static } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { GauntletError } from '../base/errors.ts'
import { chunksOf, lookAt } from './lines.ts'

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
  const { files } = manifestIn(file)
  const problems = Object.entries(files).flatMap(([name, hash]) => {
    const beside = join(directory, name)
    const wrong = name === basename(name) ? wrongWith(beside, hash) : 'is not beside the manifest'
    return wrong === undefined ? [] : [{ message: `${name} ${wrong}`, file: beside }]
  })
  if (files['journal.ndjson'] === undefined) problems.push({ message: 'it does not vouch for journal.ndjson', file })
  if (problems.length > 0)
    throw new GauntletError('usage/run', `verify ${file}: ${problems.map(({ message }) => message).join(', ')}`, { problems })
}

function manifestIn(file: string): Manifest {
  const refusal = (message: string) =>
    new GauntletError('usage/run', `read ${file}: it is no manifest: ${message}`, { problems: [{ message, file, expected: shape }] })
  const seen = lookAt(file)
  if ('problem' in seen) throw refusal(seen.problem)
  let manifest: unknown
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw refusal(cause instanceof SyntaxError ? `no JSON: ${cause.message}` : `not readable: ${(cause as NodeJS.ErrnoException).code}`)
  }
  if (Check(schema, manifest)) return manifest
  const [first] = Errors(schema, manifest)
  throw refusal(first ? `${first.instancePath || 'as a whole it'} ${first.message}` : 'another form')
}

const shape = '{ "schema": "gauntlet/manifest@1", "files": { "journal.ndjson": "its sha256 in hex", … } }'

/** How a file is not what it was. */
function wrongWith(file: string, hash: string): string | undefined {
  const seen = lookAt(file)
  if ('problem' in seen) return `is ${seen.problem}`
  try {
    return sha256(file) === hash ? undefined : 'was changed since the run ended'
  } catch (cause) {
    return `is not readable: ${(cause as NodeJS.ErrnoException).code}`
  }
}

function sha256(file: string): string {
  const hash = createHash('sha256')
  for (const chunk of chunksOf(file)) hash.update(chunk)
  return hash.digest('hex')
}
