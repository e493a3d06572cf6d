/** Twenty kills of the harness at random moments; `npm run crash-test -- --n 200` makes as many as one likes. */
import { expect, test } from 'vitest'
import { newSeed } from '../src/run/identity.ts'
import { crashTest, summaryOf } from './crash-test.ts'

test('a harness that is killed at whatever moment leaves nothing behind', async () => {
  const report = await crashTest(20, newSeed(), () => {})
  const summary = summaryOf(report)
  process.stdout.write(summary)
  expect(report.crashes, summary).toHaveLength(20)
  expect(
    report.crashes.flatMap(({ left }) => left),
    summary,
  ).toEqual([])
  expect(report.leftovers, summary).toEqual([])
  // Kills that nearly all came before or after the fault would have shown little; half of them are aimed at it.
  const held = ['applying', 'armed', 'applied', 'releasing', 'undone']
  const inFault = report.crashes.filter(({ doing }) => held.includes(doing)).length
  expect(inFault / report.crashes.length, summary).toBeGreaterThanOrEqual(1 / 3)
})
