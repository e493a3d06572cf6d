/** The command line as data, and one reader for all of it: every mistake is reported at once, with what would have been right. */
import { parseArgs } from 'node:util'
import { GauntletError, type Problem } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'

export interface Option {
  /** Shown in the help as `--name VALUE`; an option without one is a switch. */
  readonly value?: string
  readonly multiple?: boolean
  readonly about: string
}

export interface CommandLine {
  readonly summary: string
  /** Shown in the help; a `?` marks one that may be left out, a trailing `…` the last, of which there may be more. */
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, Option>>
}

export interface Arguments {
  /** As it was typed, for error messages and for the command that reproduces a run. */
  readonly typed: readonly string[]
  readonly positionals: readonly string[]
  readonly values: Readonly<Record<string, readonly string[]>>
  has(option: string): boolean
  one(option: string): string | undefined
}

/**
 * @returns what was given, and the command it was given to
 * @throws GauntletError usage/arguments with every problem of the line
 */
export function readArguments<C extends CommandLine>(
  argv: readonly string[],
  commands: Readonly<Record<string, C>>,
): Arguments & { readonly line: C } {
  const [command = '', ...rest] = argv
  const line = own(commands, command)
  if (!line) {
    const what = command === '' ? 'no command was given' : `there is no command "${command}"`
    throw new GauntletError('usage/arguments', what, { problems: [{ message: what, expected: oneOf(command, Object.keys(commands)) }] })
  }
  const { tokens } = parseArgs({
    args: withoutStolenWords(rest, line.options),
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(line.options).map(([name, option]) => [name, { type: option.value ? ('string' as const) : ('boolean' as const) }]),
    ),
  })
  const problems: Problem[] = []
  const positionals: string[] = []
  const values: Record<string, string[]> = {}
  const given = (name: string) => own(values, name)
  const single = new Set<number>()
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    // `-json` is read as -j -s -o -n, each in the place of the word.
    if (!token.rawName.startsWith('--')) {
      if (!single.has(token.index)) problems.push(withOneDash(command, rest[token.index] ?? token.rawName, line.options))
      single.add(token.index)
      continue
    }
    const option = own(line.options, token.name)
    const problem = option ? misuse(token.rawName, option, token.value, given(token.name)) : undefined
    if (!option)
      problems.push({ message: `${command} has no option ${token.rawName}`, expected: oneOf(token.name, Object.keys(line.options), '--') })
    else if (problem) problems.push(problem)
    else values[token.name] = [...(given(token.name) ?? []), token.value ?? 'true']
  }
  problems.push(...countPositionals(command, line.positionals, positionals))
  if (problems.length > 0) throw new GauntletError('usage/arguments', `gauntlet ${argv.join(' ')}`, { problems })
  return { typed: argv, line, positionals, values, has: (name) => given(name) !== undefined, one: (name) => given(name)?.at(-1) }
}

/** Not what every object inherits: `constructor` is neither a command nor an option. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** The reader takes the next word as a value whatever it is; one that is an option itself was not meant as such, and is read as itself. */
function withoutStolenWords(words: readonly string[], options: CommandLine['options']): string[] {
  const end = words.includes('--') ? words.indexOf('--') : words.length
  const lacks = (word: string, place: number) =>
    place < end && word.startsWith('--') && own(options, word.slice(2))?.value !== undefined && words[place + 1]?.startsWith('--')
  return words.map((word, place) => (lacks(word, place) ? `${word}=` : word))
}

function misuse(shown: string, option: Option, value: string | undefined, before: readonly string[] | undefined): Problem | undefined {
  if (option.value && (value === undefined || value === ''))
    return { message: `${shown} has no value`, expected: `${shown} ${option.value}` }
  // A list of nothing is not the whole: whoever names nobody must not hit whom the scenario chooses.
  if (option.value?.endsWith(',…') && !value?.split(',').some((word) => word !== ''))
    return { message: `${shown} names nothing, found "${value}"`, expected: `${shown} ${option.value}` }
  if (!option.value && value !== undefined) return { message: `${shown} takes no value, found "${value}"`, expected: shown }
  if (before && !option.multiple) return { message: `${shown} is given twice`, expected: `one ${shown}` }
  return undefined
}

/** No option is so short that it has one dash only. */
function withOneDash(command: string, word: string, options: CommandLine['options']): Problem {
  const names = Object.keys(options)
  const near = nearest(word.replace(/^-|=.*$/gs, ''), names)
  const message = `${command} has no option ${word}`
  if (near === undefined) return { message, expected: oneOf('', names, '--') }
  return { message: `${message}: did you mean --${near}?`, expected: `--${[near, options[near]?.value].filter(Boolean).join(' ')}` }
}

function countPositionals(command: string, wanted: readonly string[], found: readonly string[]): Problem[] {
  const empty = found
    .filter((value) => value === '')
    .map(() => ({
      message: `${command} is given an empty word, as a variable without a value leaves it`,
      expected: `gauntlet ${[command, ...wanted].join(' ')}`,
    }))
  const needed = wanted.filter((name) => !name.includes('?'))
  const missing = needed
    .slice(found.length)
    .map((name) => ({ message: `${command} needs ${name}`, expected: `gauntlet ${command} ${wanted.join(' ')}` }))
  const extra = (wanted.at(-1)?.endsWith('…') ? [] : found.slice(wanted.length)).map((value) => ({
    message: `${command} does not know what to do with "${value}"`,
    expected: `gauntlet ${[command, ...wanted].join(' ')}`,
  }))
  return [...empty, ...missing, ...extra]
}

function oneOf(found: string, known: readonly string[], prefix = ''): string {
  const near = nearest(found, known)
  return near === undefined ? `one of ${known.map((name) => prefix + name).join(', ')}` : `${prefix}${near}?`
}
