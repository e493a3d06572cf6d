/** What the last whole `./gauntlet test` came to: `npm run bench` shows how long it took. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Type, { type Static } from 'typebox'
import { Parse } from 'typebox/value'
import { stateDirectory } from '../base/project.ts'

const schema = Type.Object({ endedAt: Type.String(), tookMs: Type.Number(), passed: Type.Integer(), failed: Type.Integer() })
export type LastTest = Static<typeof schema>

const defaultPath = join(stateDirectory, 'last-test.json')

export function keepLastTest(test: LastTest, path = defaultPath): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(test)}\n`)
}

/** @returns undefined where there was none yet */
export function lastTest(path = defaultPath): LastTest | undefined {
  return existsSync(path) ? Parse(schema, JSON.parse(readFileSync(path, 'utf8'))) : undefined
}
