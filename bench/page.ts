/**
 * docs/benchmarks.md: what the bench printed last, each row with the commit and the day of its figure. A row that was not measured this
 * time keeps what it says, so that a run of a few rows loses none of the others.
 */
import type { Result } from './measure.ts'
import { inWords } from './measure.ts'
import { type Row, targetOf } from './row.ts'

const begin = '<!-- Written by `npm run bench -- --write`; changes from here to the end mark are lost. -->'
const end = '<!-- The end of what `npm run bench` wrote. -->'
const heading = ['row', 'what', 'measured', 'compared with', 'ratio', 'target', 'met', 'at']

/**
 * @param at commit and day of the figures
 * @throws Error where the page has no such place
 */
export function pageWith(page: string, rows: readonly Row[], results: readonly Result[], at: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) throw new Error('the page has no place for what was measured')
  const before = linesOf(page)
  const lines = rows.map((row) => {
    const result = results.find((each) => each.row.id === row.id)
    return result === undefined
      ? (before.get(row.id) ?? lineOf(row, ['not measured yet', '–', '–', targetOf(row), '–', '–']))
      : measuredLine(result, at)
  })
  const how = rows.map(({ id, how }) => `- \`${id}\`: ${how}`)
  const table = [`| ${heading.join(' | ')} |`, `|${heading.map(() => '---|').join('')}`, ...lines]
  return `${page.slice(0, from)}${[begin, '', ...table, '', ...how, ''].join('\n')}\n${page.slice(to)}`
}

/** Id → its line of the table. */
export function linesOf(page: string): ReadonlyMap<string, string> {
  return new Map([...page.matchAll(/^\| `([\w-]+)` \|.*$/gm)].map(([line, id]) => [id as string, line]))
}

function measuredLine({ row, outcome }: Result, at: string): string {
  if ('failed' in outcome || 'notMeasured' in outcome) return lineOf(row, [inWords(outcome), '–', '–', targetOf(row), '–', at])
  const { measured, comparedWith, ratio, target, met } = outcome
  return lineOf(row, [measured, comparedWith, ratio, target, met, at])
}

function lineOf({ id, what }: Row, cells: readonly string[]): string {
  return `| ${[`\`${id}\``, what, ...cells].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
