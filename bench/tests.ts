/** How long the whole `./gauntlet test` took when it ran last: it is not run again for this. */
import { lastTest } from '../src/cli/last-test.ts'
import { atMost, type Group } from './row.ts'

export function testRows(read = lastTest): Group {
  return {
    rows: [
      {
        id: 'tests',
        what: 'whole test',
        how: 'The last run of `./gauntlet test` on this machine, whole tiers only; one that failed is no figure.',
        unit: 'min',
        target: atMost(20),
        measure: async () => {
          const last = read()
          if (last === undefined) return { notMeasured: '`./gauntlet test` has not run here yet' }
          if (last.failed > 0) return { notMeasured: `${last.failed} failed when it ran last` }
          return { value: last.tookMs / 60_000, detail: `${last.passed} passed` }
        },
      },
    ],
  }
}
