/** Rows are measured one after the other, each is said as soon as it is known, and one that fails keeps none of the others from it. */
import { type Cells, cellsOf, type Group, type NotMeasured, type Row } from './row.ts'

export interface Result {
  readonly row: Row
  readonly outcome: Cells | NotMeasured | { readonly failed: string }
}

/** @throws Error where an id is no row's; it lists those there are */
export function chosen(groups: readonly Group[], ids: readonly string[] | undefined): readonly Group[] {
  const known = groups.flatMap(({ rows }) => rows.map(({ id }) => id))
  const unknown = (ids ?? []).filter((id) => !known.includes(id))
  if (unknown.length > 0) throw new Error(`no such row: ${unknown.join(', ')}; there are ${known.join(', ')}`)
  if (ids === undefined) return groups
  return groups.map((group) => ({ ...group, rows: group.rows.filter(({ id }) => ids.includes(id)) })).filter(({ rows }) => rows.length > 0)
}

/** @param say is given the line of each row as soon as it is known, and why a group could not be released */
export async function measureAll(groups: readonly Group[], say: (line: string) => void): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const { rows, release } of groups) {
    for (const row of rows) {
      const outcome = await outcomeOf(row)
      results.push({ row, outcome })
      say(`${row.id}: ${row.what}: ${inWords(outcome)}`)
    }
    try {
      await release?.()
    } catch (error) {
      // What is left running would be measured with the rows to come: this one's figures stand, and the run has failed.
      const last = rows.at(-1) as Row
      results.push({ row: last, outcome: { failed: `not released: ${reasonOf(error)}` } })
      say(`${last.id}: failed: not released: ${reasonOf(error)}`)
    }
  }
  return results
}

async function outcomeOf(row: Row): Promise<Result['outcome']> {
  try {
    const measured = await row.measure()
    if ('notMeasured' in measured) return measured
    if (!Number.isFinite(measured.value)) throw new Error(`the figure is ${measured.value}`)
    return cellsOf(row, measured)
  } catch (error) {
    return { failed: reasonOf(error) }
  }
}

export function inWords(outcome: Result['outcome']): string {
  if ('failed' in outcome) return `failed: ${outcome.failed}`
  if ('notMeasured' in outcome) return `not measured: ${outcome.notMeasured}`
  const { measured, comparedWith, ratio, target, met } = outcome
  const compared = comparedWith === '–' ? '' : `; ${comparedWith}`
  const kept = { yes: `; target ${target}: met`, no: `; target ${target}: NOT met`, '–': '' }[met]
  return `${measured}${compared}${ratio === '–' ? '' : `; ${ratio}`}${kept}`
}

/** In one line, as a table needs it. */
function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error)
  return reason.trim().replaceAll(/\s+/g, ' ').slice(0, 300)
}
