/**
 * Four projects: `unit` needs no Docker and takes seconds, most of them waiting, and its files share processes, since no module of
 * ours keeps state; `suites` brings small fleets up for real, three at a time; `alone` is for what measures, or kills and looks for
 * what is left, and must not be disturbed; `long` is for what `./gauntlet test` has no time for (`npm run long`).
 */
import { defineConfig } from 'vitest/config'

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
const patience = { testTimeout: 600_000, hookTimeout: 600_000 }

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'fixtures/**/*.test.ts'], isolate: false, maxWorkers: 4 } },
      { test: { name: 'suites', include: ['suites/**/*.test.ts'], exclude: [...alone, long], maxWorkers: 3, ...patience } },
      { test: { name: 'long', include: [long], fileParallelism: false, ...patience } },
      { test: { name: 'alone', include: alone, fileParallelism: false, ...patience } },
    ],
  },
})
