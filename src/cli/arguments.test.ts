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
    '--only has no value | --only SCENARIO,…',
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

test('what every object has by itself is neither a command nor an option', () => {
  for (const word of ['constructor', 'toString', '__proto__']) {
    expect(problemsOf(word)[0]).toContain(`there is no command "${word}"`)
    expect(problemsOf('gate', `--${word}`)[0]).toContain(`gate has no option --${word}`)
  }
})

test('a list of nothing is refused, not taken for the whole', () => {
  expect(problemsOf('gate', '--only', ',')).toEqual(['--only names nothing, found "," | --only SCENARIO,…'])
  expect(problemsOf('drill', 'agent-kill', '--target=,,')).toEqual(['--target names nothing, found ",," | --target AGENT,…'])
  expect(problemsOf('drill', 'agent-kill', '--target', 'A,')).toEqual([])
})

test('an empty word is no run, and not the folder that one stands in', () => {
  expect(problemsOf('judge', '')).toEqual(['judge is given an empty word, as a variable without a value leaves it | gauntlet judge RUN…'])
})

test('a word behind -- is no option, and none of those before it takes it for a value', () => {
  expect(problemsOf('judge', '--limit', '--', 'a')).toEqual(['--limit has no value | --limit NAME=VALUE'])
  expect(readArguments(['judge', '--', '--json'], commands).positionals).toEqual(['--json'])
})

test('an option with one dash is one mistake, and not one for each of its letters', () => {
  expect(problemsOf('judge', '-json', 'a')).toEqual(['judge has no option -json: did you mean --json? | --json'])
  expect(problemsOf('gate', '-j', '-seed=7')).toEqual([
    expect.stringMatching(/^gate has no option -j \| one of --config, --profile, /),
    'gate has no option -seed=7: did you mean --seed? | --seed N',
  ])
  expect(readArguments(['judge', '--limit', '-json', 'a'], commands).values).toEqual({ limit: ['-json'] })
})
