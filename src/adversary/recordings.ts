/** Journals of real runs, kept compressed beside the command that makes each of them anew: what the judge is tested on and attacked with. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import Type, { type Static } from 'typebox'
import { Assert } from 'typebox/value'
import type { Verdict } from '../verdict.ts'
import { type Tape, tapeOf } from './tape.ts'

export const folder = resolve(import.meta.dirname, '../../fixtures/recordings')
export const indexFile = join(folder, 'index.json')

const text = Type.String({ minLength: 1 })
const expectation = Type.Object({
  /** A criterion, or a stage of the scenario. */
  about: text,
  outcome: Type.Enum(['pass', 'fail', 'unknown']),
  /** Patterns of its words: all of these, and none of those. */
  because: Type.Optional(Type.Array(text)),
  never: Type.Optional(Type.Array(text)),
  /** What it measured. */
  value: Type.Optional(Type.Number()),
})
export type Expectation = Static<typeof expectation>
const schema = Type.Array(
  Type.Object({
    name: text,
    /** What it is for. */
    about: text,
    /** Words of the command line, behind ./gauntlet. */
    command: Type.Array(text, { minItems: 1 }),
    /** Words that the run says when it is to be stopped by the kill switch. */
    stopAt: Type.Optional(text),
    outcome: Type.Enum(['GO', 'NO-GO', 'INCONCLUSIVE']),
    /** What must be said, by whom; a verdict that is right for another reason is not. */
    expect: Type.Optional(Type.Array(expectation, { minItems: 1 })),
    /** Of the harness that made it; null: not made yet. */
    commit: Type.Union([text, Type.Null()]),
  }),
)
export type Entry = Static<typeof schema>[number] & { readonly outcome: Verdict['outcome'] }

export function index(): readonly Entry[] {
  const entries: unknown = JSON.parse(readFileSync(indexFile, 'utf8'))
  Assert(schema, entries)
  return entries as Entry[]
}

export function fileOf(name: string): string {
  return join(folder, `${name}.ndjson.gz`)
}

export function isRecorded({ name }: Entry): boolean {
  return existsSync(fileOf(name))
}

export function recordingOf(name: string): Tape {
  return tapeOf(gunzipSync(readFileSync(fileOf(name))).toString('utf8'))
}

export function compressed(journal: Buffer): Buffer {
  return gzipSync(journal, { level: 9 })
}
