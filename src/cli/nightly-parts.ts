/** The parts of `./gauntlet test --nightly`: each file of suites/nightly/ by its name, and what has a command of its own. */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { GauntletError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { projectRoot } from '../base/project.ts'

export type NightlyPart =
  /** A file, of the project of its folder: those in alone/ never run beside another. */
  | { readonly name: string; readonly project: 'nightly' | 'nightly-alone'; readonly file: string }
  /** Words behind `npm run`. */
  | { readonly name: string; readonly script: readonly string[] }

/** Quick ones first: what a night breaks is known early. */
const scripts: readonly NightlyPart[] = [
  { name: 'calibrate', script: ['calibrate'] },
  { name: 'adversary', script: ['adversary', '--', '--minutes', '10'] },
  { name: 'record', script: ['record'] },
  { name: 'bench', script: ['bench'] },
  { name: 'mutate', script: ['mutate'] },
]

export function nightlyParts(root = projectRoot): readonly NightlyPart[] {
  const files = (folder: string, project: 'nightly' | 'nightly-alone') =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => ({ name: basename(file, '.test.ts'), project, file: `${folder}/${file}` }))
  return [...files('suites/nightly', 'nightly'), ...files('suites/nightly/alone', 'nightly-alone'), ...scripts]
}

/**
 * @returns all, where none is named
 * @throws GauntletError usage/arguments with every name that is no part, and those that are
 */
export function chosenParts(names: readonly string[], parts: readonly NightlyPart[]): readonly NightlyPart[] {
  const known = parts.map(({ name }) => name)
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known)
      const message = `no part of the nightly tests is called "${name}"${near === undefined ? '' : `: did you mean ${near}?`}`
      return { message, expected: `one of ${known.join(', ')}` }
    })
  if (problems.length > 0) throw new GauntletError('usage/arguments', 'gauntlet test --nightly', { problems })
  return names.length === 0 ? parts : parts.filter(({ name }) => names.includes(name))
}
