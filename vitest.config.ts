/**
 * Four projects: `unit` needs no Docker and takes seconds, most of them waiting, and its files share processes, since no module of
 * ours keeps state; `suites` brings small fleets up for real, three at a time; `alone` is for what measures, or kills and looks for
 * what is left, and must not be disturbed; `long` is for what `./gauntlet test` has no time for (`npm run long`).
 */
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const alone = [
  'abort',
  'bring-up',
  'by-hand',
  'crash',
  'faults-net',
  'faults-proc',
  'gate',
  'ground-truth',
  'interruption',
  'isolation',
  'latency',
  'observer',
  'safety',
].map((name) => `suites/${name}.test.ts`)
const long = 'suites/long/*.test.ts'
/** Begun last, which vitest would do as they are few lines, each of them would keep the others waiting at the end. */
const minutesEach = ['defects-caught-drills', 'defects-caught', 'defects-hubs', 'defects-changes', 'alerting-many'].map(
  (name) => `/suites/fleet/${name}.test.ts`,
)
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      minutesEach.findIndex((name) => moduleId.endsWith(name)) + 1 || Number.POSITIVE_INFINITY
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))
  }
}
const patience = { testTimeout: 600_000, hookTimeout: 600_000 }

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'fixtures/**/*.test.ts', 'bench/**/*.test.ts'],
          isolate: false,
          maxWorkers: 4,
          testTimeout: 60_000, // of what takes a second alone, beside three others on two busy cores
        },
      },
      { test: { name: 'suites', include: ['suites/**/*.test.ts'], exclude: [...alone, long], maxWorkers: 3, ...patience } },
      { test: { name: 'long', include: [long], fileParallelism: false, ...patience } },
      { test: { name: 'alone', include: alone, fileParallelism: false, ...patience } },
    ],
  },
})
