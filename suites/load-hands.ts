/** A change under load on a fleet of a dozen agents, by a scenario of suites/loads/, and what the journal holds of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Event } from '../src/journal/event.ts'
import { configs, root, verdictOf } from './command.ts'

export async function judged(design: string, ...options: readonly string[]) {
  const scenario = join(import.meta.dirname, `loads/load-${design}.yaml`)
  const { verdict } = await verdictOf(['drill', scenario, ...configs('fleet/crowd', 'mainpc', 'pc2'), ...options])
  const latency = verdict.criteria.find(({ id }) => id === 'latency')
  process.stdout.write(`${design} ${options.join(' ')}: ${latency?.outcome}, ${latency?.because}\n`)
  return { run: verdict.run.id, stages: verdict.scenarios[0]?.stages, outcome: latency?.outcome, because: latency?.because ?? '' }
}

/** Where a machine is not quiet enough to tell, the criterion must say so: that is not for a test to ask of it. */
export const tooNoisy = /this machine (cannot tell|hides one)|neither shown to be within the limit nor beyond it|dropped_iterations/

/** What k6 says that it sent, and what the journal holds of it. */
export function sentIn(run: string): { readonly parts: number; readonly sent: number; readonly written: number } {
  const events = readFileSync(join(root, 'reports', run, 'journal.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  const ends = events.filter((event) => event.kind === 'load-end')
  const batches = events.filter((event) => event.kind === 'load-samples')
  return {
    parts: ends.length,
    sent: ends.reduce((sum, { sent }) => sum + (sent ?? 0), 0),
    written: batches.reduce((sum, { scheduled }) => sum + scheduled.length, 0),
  }
}

/** L2 is never shown to be as quick, and is seen on the machine that has it alone. */
export async function expectL2By(design: string): Promise<void> {
  const { run, outcome, because } = await judged(design, '--defect', 'L2')
  const { sent, written } = sentIn(run)
  expect(sent).toBeGreaterThan(1_000)
  expect(written).toBe(sent)
  expect(outcome).not.toBe('pass')
  expect(because).not.toMatch(/slower: [^;]*p50 on mainpc/)
  expect(because).toMatch(outcome === 'fail' ? /slower: [^;]*p50 on pc2 1\.[12]/ : tooNoisy)
}
