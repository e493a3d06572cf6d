/** Outages of known length, by packets dropped, SIGSTOP and SIGKILL: measured as they were. `npm run ground-truth` makes 60, of up to 30 s. */
import { expect, test } from 'vitest'
import { contradictions, groundTruth, listOf, summaryOf } from '../../ground-truth.ts'
import { groundTruthTerms } from '../../made-outages.ts'

test('24 outages of up to 5 s are each measured within an interval of the probes, and within half of one on average', async () => {
  const rows = await groundTruth(24, 5_000, 7)
  process.stdout.write(`${listOf(rows)}\n${summaryOf(rows)}`)
  expect(rows).toHaveLength(24)
  expect(rows.filter(({ measuredMs }) => measuredMs > groundTruthTerms.intervalMs).length).toBeGreaterThan(12)
  expect(contradictions(rows)).toEqual([])
})
