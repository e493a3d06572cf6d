/** Two projects: `unit` needs no Docker and takes seconds; `suites` brings the fleet up for real, one file at a time. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'fixtures/**/*.test.ts'] } },
      { test: { name: 'suites', include: ['suites/**/*.test.ts'], fileParallelism: false, testTimeout: 600_000, hookTimeout: 600_000 } },
    ],
  },
})
