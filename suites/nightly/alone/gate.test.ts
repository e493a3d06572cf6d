/** The main job, end to end, as it is used before a cut-over. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Verdict } from '../../../src/verdict.ts'
import { type Ended, held, root, start, verdictOf } from '../../command.ts'

/** What it may take on two cores. */
const gateMs = 15 * 60_000

describe('the gate on the invented pair', () => {
  let ended: Ended & { readonly verdict: Verdict }
  beforeAll(async () => {
    ended = await verdictOf(['gate', '--seed', '20251122'])
  }, gateMs)

  test('is GO: every scenario in all five stages, every required criterion with evidence', () => {
    const { verdict, exitCode, stderr } = ended
    const stages = Object.fromEntries(verdict.scenarios.map(({ name, stages }) => [name, Object.values(stages).join(' ')]))
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
    expect(stages, stderr).toEqual(Object.fromEntries(scenarios.map((name) => [name, 'pass pass pass pass pass'])))
    const required = verdict.criteria.filter((criterion) => criterion.required)
    expect(required.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual(
      ['alerts', 'config', 'coverage', 'durability', 'exporter', 'recovery', 'residue', 'rollback', 'uptime'].map((id) => `${id} pass`),
    )
    expect(required.every((criterion) => criterion.outcome === 'pass' && criterion.standsOn.length > 0)).toBe(true)
    expect({ outcome: verdict.outcome, exitCode }).toEqual({ outcome: 'GO', exitCode: 0 })
  })

  test('shows what is not judged as such, and never as a pass', () => {
    const others = ended.verdict.criteria.filter((criterion) => !criterion.required)
    expect(others.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual(['latency', 'leaks'].map((id) => `${id} unknown`))
  })

  test('is judged again to the same bytes, from its journal alone', async () => {
    const { id } = ended.verdict.run
    const again = await start(['judge', join('reports', id), '--json']).ended
    expect(again.exitCode).toBe(ended.exitCode)
    expect(again.stdout).toBe(ended.stdout)
    expect(again.stdout).toBe(readFileSync(join(root, 'reports', id, 'verdict.json'), 'utf8'))
  })

  test('ends with one line that names the verdict and the report, and leaves nothing running', async () => {
    expect(ended.stderr.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^GO, .* · reports/${ended.verdict.run.id}$`))
    expect(await held(ended.verdict.run.id)).toEqual([])
  })
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
