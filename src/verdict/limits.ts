/** Limits: where a scenario promises less than the owners, and how a run is judged by other limits than it was run with. */
import { GauntletError, type Problem } from '../base/errors.ts'
import { checkOf } from '../checks/index.ts'
import { isBetter } from '../evidence/measure.ts'
import type { Promises } from '../journal/event.ts'
import type { History } from '../journal/history.ts'
import type { Verdict } from '../verdict.ts'

export function limitsOf(criterion: string): readonly (keyof Promises)[] {
  return checkOf(criterion)?.limits ?? []
}

/** The unit of a limit, by its name in promises.yaml. */
export function unitOfLimit(name: string): 'ratio' | 'times' | 'ms' {
  if (name.endsWith('Ms')) return 'ms'
  return name.startsWith('latency') ? 'times' : 'ratio'
}

export function loosenedBy(history: History): Verdict['loosened'] {
  const { promises } = history.run
  return history.scenarios.flatMap(({ declared: { name, limits } }) =>
    (Object.entries(promises) as [keyof Promises, number][]).flatMap(([limit, promised]) => {
      const used = limits[limit]
      return isBetter(unitOfLimit(limit), promised, used) ? [{ scenario: name, limit, promised, used }] : []
    }),
  )
}

/** Everything that happened, with other limits: those of each scenario are replaced as well, since they are what is judged by. */
export function withLimits(history: History, edited: Partial<Promises>): History {
  const { run, scenarios } = history
  return {
    ...history,
    run: { ...run, promises: { ...run.promises, ...edited } },
    scenarios: scenarios.map((scenario) => {
      const { declared } = scenario
      return { ...scenario, declared: { ...declared, limits: { ...declared.limits, ...edited } } }
    }),
  }
}

const longestMs = 24 * 3_600_000
const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/**
 * @param words of the command line, each `name=value`, by the names of promises.yaml: uptime=0.9999, recovery=30s
 * @throws GauntletError usage/arguments with all that is wrong: unknown, impossible, or contradicting each other
 */
export function readLimits(words: readonly string[], promises: Promises): Partial<Promises> {
  const names = Object.keys(promises) as (keyof Promises)[]
  const problems: Problem[] = []
  const edited = new Map<keyof Promises, number>()
  for (const word of words) {
    const [, name = word, value = ''] = /^([^=]*)=(.*)$/.exec(word) ?? []
    const limit = names.find((each) => each.replace(/Ms$/, '') === name)
    const [read, expected] = readingOf(limit ?? '')
    const number = read(value)
    if (limit === undefined)
      problems.push({
        message: `--limit: there is no limit ${JSON.stringify(name)}`,
        expected: `one of ${names.map((each) => each.replace(/Ms$/, '')).join(', ')}`,
      })
    else if (number === undefined)
      problems.push({
        message: `--limit: ${name} cannot be ${JSON.stringify(value)}`,
        expected,
      })
    else if ((edited.get(limit) ?? number) !== number)
      problems.push({ message: `--limit: ${name} is given twice, and not the same`, expected: `one ${name}` })
    else edited.set(limit, number)
  }
  if (problems.length > 0) throw new GauntletError('usage/arguments', 'reading the limits to judge by', { problems })
  return Object.fromEntries(edited)
}

function readingOf(limit: string): readonly [(text: string) => number | undefined, string] {
  return {
    ratio: [ratioOf, 'a number above 0 and up to 1, such as 0.9999'] as const,
    times: [factorOf, 'a number from 1 to 10, such as 1.2'] as const,
    ms: [millisecondsOf, 'a time with its unit, up to 24h, such as 500ms, 30s, 2m or 1h'] as const,
  }[unitOfLimit(limit)]
}

function factorOf(text: string): number | undefined {
  const factor = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  return factor >= 1 && factor <= 10 ? factor : undefined
}

/** An agent that was never up would keep a promise of 0. */
function ratioOf(text: string): number | undefined {
  const ratio = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  return ratio > 0 && ratio <= 1 ? ratio : undefined
}

function millisecondsOf(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  const ms = Number(digits) * (units[unit] ?? Number.NaN)
  return ms > 0 && ms <= longestMs ? ms : undefined
}
