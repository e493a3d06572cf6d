/** The main job, end to end, as it is used before a cut-over. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { root, verdictOf } from '../../command.ts'
import { expectGo, expectNothingRunning, expectRestUnknown, expectSameBytes, type Gate } from '../../gate-expected.ts'

/** What it may take on two cores. */
const gateMs = 15 * 60_000

const scenarios = [
  'boot',
  'baseline',
  'agent-kill',
  'agent-hang',
  'hub-loss-edge',
  'hub-loss-central',
  'hub-loss-both',
  'hub-freeze-central',
  'rollback-config',
]

describe('the gate on the invented pair', () => {
  let ended: Gate
  beforeAll(async () => {
    ended = await verdictOf(['gate', '--seed', '20251122'])
  }, gateMs)

  test('is GO: every scenario in all five stages, every required criterion with evidence', () => expectGo(ended, scenarios))
  test('shows what is not judged as such, and never as a pass', () => expectRestUnknown(ended))
  test('is judged again to the same bytes, from its journal alone', () => expectSameBytes(ended))
  test('ends with one line that names the verdict and the report, and leaves nothing running', () => expectNothingRunning(ended))
})

test('29 legacy agents are NO-GO: coverage 48 of 77, and each of them by name', async () => {
  const { verdict, exitCode } = await verdictOf(['gate', '--profile', 'legacy', '--only', 'boot'])
  const coverage = verdict.criteria.find(({ id }) => id === 'coverage')
  expect(coverage).toMatchObject({ outcome: 'fail', measure: { value: 48, limit: 77, unit: 'agents' } })
  const topology = readFileSync(join(root, 'reports', verdict.run.id, 'journal.ndjson'), 'utf8').split('\n')[1] ?? ''
  const { agents } = JSON.parse(topology) as { agents: { id: string; role: string }[] }
  const legacy = agents.filter(({ role }) => role === 'agent').slice(-29)
  expect(legacy.filter(({ id }) => !coverage?.because.includes(id))).toEqual([])
  expect({ outcome: verdict.outcome, exitCode }).toEqual({ outcome: 'NO-GO', exitCode: 1 })
})
