import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import { readArguments } from './arguments.ts'
import { commands } from './commands.ts'

function problemsOf(...argv: string[]): string[] {
  try {
    readArguments(argv, commands)
  } catch (error) {
    if (error instanceof GauntletError) return error.problems.map(({ message, expected }) => `${message} | ${expected}`)
    throw error
  }
  return []
}

test('options and positionals are read in any order', () => {
  const args = readArguments(['drill', '--seed=7', 'agent-kill', '--config', 'a.yaml', '--config', 'b.yaml', '--json'], commands)
  expect(args.positionals).toEqual(['agent-kill'])
  expect(args.values).toEqual({ seed: ['7'], config: ['a.yaml', 'b.yaml'], json: ['true'] })
  expect(args.one('seed')).toBe('7')
  expect(args.has('target')).toBe(false)
})

test('every mistake of a line is reported at once, with what would have been right', () => {
  expect(problemsOf('gate', '--profil', 'x', '--json=1', 'extra', '--seed', '--only')).toEqual([
    'gate has no option --profil | --profile?',
    '--json takes no value, found "1" | --json',
    '--seed has no value | --seed N',
    'gate does not know what to do with "x" | gauntlet gate',
    'gate does not know what to do with "extra" | gauntlet gate',
  ])
  expect(problemsOf('drill')).toEqual(['drill needs SCENARIO | gauntlet drill SCENARIO'])
  expect(problemsOf('gate', '--seed', '1', '--seed', '2')).toEqual(['--seed is given twice | one --seed'])
})

test('the last of a line may be several where it says so, and must be one at least', () => {
  expect(readArguments(['judge', 'a', 'b', '--json', 'c'], commands).positionals).toEqual(['a', 'b', 'c'])
  expect(problemsOf('judge')).toEqual(['judge needs RUN… | gauntlet judge RUN…'])
})

test('an unknown command names the nearest one, or all of them', () => {
  expect(problemsOf('gat')).toEqual(['there is no command "gat" | gate?'])
  expect(problemsOf()[0]).toContain('one of gate, drill, judge')
})
