/** What so many kills of the harness must come to: nothing is left, and enough of them hit a fault. */
import { expect } from 'vitest'
import { newSeed } from '../src/run/identity.ts'
import { crashTest, summaryOf } from './crash-test.ts'

const held = ['applying', 'armed', 'applied', 'releasing', 'undone']

export async function expectNothingLeft(kills: number): Promise<void> {
  const report = await crashTest(kills, newSeed(), () => {})
  const summary = summaryOf(report)
  process.stdout.write(summary)
  expect(report.crashes, summary).toHaveLength(kills)
  expect(
    report.crashes.flatMap(({ left }) => left),
    summary,
  ).toEqual([])
  expect(report.leftovers, summary).toEqual([])
  // Kills that nearly all came before or after the fault would have shown little; half of them are aimed at it.
  const inFault = report.crashes.filter(({ doing }) => held.includes(doing)).length
  expect(inFault, summary).toBeGreaterThanOrEqual(Math.floor(kills / 3))
}
