/**
 * The projects are the tests' folders. `unit` needs no Docker, and its files share processes, since no module of ours keeps state;
 * `suites/` brings small fleets up for real, and its files share them (suites/pool.ts); what is in a folder `alone/` measures, or kills
 * and looks for what is left, and must not be disturbed; `suites/nightly/` is what `./gauntlet test` has no time for.
 */
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const patience = { testTimeout: 600_000, hookTimeout: 600_000 }
const shared = { ...patience, isolate: false, maxWorkers: 3, globalSetup: ['suites/pool-end.ts'] }
const alone = { ...patience, fileParallelism: false }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'fixtures/**/*.test.ts', 'bench/**/*.test.ts'],
          isolate: false,
          maxWorkers: 2 * availableParallelism(), // most of them wait
          testTimeout: 60_000, // of what takes a second alone, beside others on busy cores
        },
      },
      { test: { name: 'suites', include: ['suites/*.test.ts', 'suites/fleet/*.test.ts'], ...shared } },
      { test: { name: 'alone', include: ['suites/alone/*.test.ts'], ...alone } },
      { test: { name: 'nightly', include: ['suites/nightly/*.test.ts'], ...shared } },
      { test: { name: 'nightly-alone', include: ['suites/nightly/alone/*.test.ts'], ...alone } },
    ],
  },
})
