import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import { projectRoot } from '../base/project.ts'
import { chosenParts, nightlyParts } from './nightly-parts.ts'
import { test as run } from './test.ts'

const parts = nightlyParts()

test('each file of the nightly folders is a part, each part has a name of its own, and each command is one of package.json', () => {
  const files = readdirSync(join(projectRoot, 'suites/nightly'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.test.ts'),
  )
  expect(parts.flatMap((part) => ('file' in part ? [part.file] : [])).toSorted()).toEqual(
    files.map((file) => `suites/nightly/${file}`).toSorted(),
  )
  expect(files.length).toBeGreaterThan(3)
  expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length)
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
  const commands = parts.flatMap((part) => ('script' in part ? [part.script[0] as string] : []))
  expect(commands.filter((command) => scripts[command] === undefined)).toEqual([])
  expect(commands).toContain('bench')
  for (const part of parts) if ('file' in part) expect(existsSync(join(projectRoot, part.file))).toBe(true)
})

test('every file of suites/ belongs to one tier', () => {
  const folders = ['suites', 'suites/fleet', 'suites/alone', 'suites/nightly', 'suites/nightly/alone']
  const known = folders.flatMap((folder) =>
    readdirSync(join(projectRoot, folder))
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => `${folder}/${file}`),
  )
  const all = readdirSync(join(projectRoot, 'suites'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'))
  expect(known.toSorted()).toEqual(all.map((file) => `suites/${file}`).toSorted())
})

test('parts are chosen by name, all of them where none is named', () => {
  expect(chosenParts([], parts)).toEqual(parts)
  expect(chosenParts(['bench', 'gate'], parts).map(({ name }) => name)).toEqual(['gate', 'bench'])
})

describe('a usage error, before anything is run', () => {
  async function problemsOf(options: readonly string[], ...positionals: readonly string[]): Promise<readonly string[]> {
    const has = (option: string) => options.includes(option)
    try {
      await run({ typed: [], positionals, values: {}, has, one: () => undefined })
    } catch (error) {
      if (error instanceof GauntletError) return error.problems.map(({ message, expected }) => `${message} | ${expected}`)
      throw error
    }
    return []
  }

  test('of parts that there are none of: each, with what was meant, and those that there are', async () => {
    const [near, far, ...others] = await problemsOf(['nightly'], 'gates', 'nothing-like-it', 'bench')
    expect(near).toContain('no part of the nightly tests is called "gates": did you mean gate? | one of ')
    for (const { name } of parts) expect(far).toContain(name)
    expect(others).toEqual([])
  })

  test('of a part without --nightly, and of two tiers at once', async () => {
    expect(await problemsOf([], 'bench')).toEqual(['"bench" is named, and only --nightly has parts | gauntlet test --nightly bench'])
    expect(await problemsOf(['unit', 'nightly'])).toEqual(['--unit and --nightly exclude each other | --unit, --nightly, or neither'])
  })
})
