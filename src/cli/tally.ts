/** What a step of the tests came to: how many passed, each that failed in one line, and how long each file took, hooks included. */
import Type, { type Static } from 'typebox'

const tallySchema = Type.Object({
  passed: Type.Integer(),
  skipped: Type.Integer(),
  /** Where, which one, and the first line of what was said. */
  failed: Type.Array(Type.String()),
  files: Type.Array(Type.Object({ name: Type.String(), tookMs: Type.Number() })),
})
export type Tally = Static<typeof tallySchema>
export { tallySchema }

/** What the summary has of each file; more than these would hide the failures again. */
const mostFiles = 25

export function sumOf(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    skipped: tallies.reduce((sum, { skipped }) => sum + skipped, 0),
    failed: tallies.flatMap(({ failed }) => failed),
    files: tallies.flatMap(({ files }) => files),
  }
}

/** Longest first, what is left in one line, how many were skipped, then each failure, and `N passed, N failed` as the last line. */
export function summaryOf({ passed, skipped, failed, files }: Tally): string {
  const sorted = files.toSorted((a, b) => b.tookMs - a.tookMs)
  const rest = sorted.slice(mostFiles)
  const line = (tookMs: number, name: string) => `${(tookMs / 1000).toFixed(1).padStart(8)} s  ${name}\n`
  return [
    ...sorted.slice(0, mostFiles).map(({ tookMs, name }) => line(tookMs, name)),
    ...(rest.length === 0
      ? []
      : [
          line(
            rest.reduce((sum, { tookMs }) => sum + tookMs, 0),
            `${rest.length} others`,
          ),
        ]),
    ...(skipped === 0 ? [] : [`${skipped} skipped\n`]),
    ...failed.map((each) => `failed: ${each}\n`),
    `${passed} passed, ${failed.length} failed\n`,
  ].join('')
}
