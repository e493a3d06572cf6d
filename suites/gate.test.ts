/** The main job, end to end, as it is used before a cut-over. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Verdict } from '../src/verdict.ts'
import { configs, type Ended, held, root, start, verdictOf } from './command.ts'

describe('the gate on the invented pair', () => {
  let ended: Ended & { readonly verdict: Verdict }
  beforeAll(async () => {
    ended = await verdictOf(['gate', '--seed', '20251122'])
  })

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
    ]
    expect(stages, stderr).toEqual(Object.fromEntries(scenarios.map((name) => [name, 'pass pass pass pass pass'])))
    const required = verdict.criteria.filter((criterion) => criterion.required)
    expect(required.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual(
      ['config', 'coverage', 'exporter', 'recovery', 'residue', 'uptime'].map((id) => `${id} pass`),
    )
    expect(required.every((criterion) => criterion.outcome === 'pass' && criterion.standsOn.length > 0)).toBe(true)
    expect({ outcome: verdict.outcome, exitCode }).toEqual({ outcome: 'GO', exitCode: 0 })
  })

  test('shows what is not judged as such, and never as a pass', () => {
    const others = ended.verdict.criteria.filter((criterion) => !criterion.required)
    expect(others.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual(
      ['alerts', 'durability', 'latency', 'leaks', 'rollback'].map((id) => `${id} unknown`),
    )
  })

  test('is judged again to the same bytes, from its journal alone', async () => {
    const { id } = ended.verdict.run
    const again = await start(['judge', join('reports', id), '--json']).ended
    expect(again.exitCode).toBe(ended.exitCode)
    expect(again.stdout).toBe(ended.stdout)
    expect(again.stdout).toBe(readFileSync(join(root, 'reports', id, 'verdict.json'), 'utf8'))
  })

  test('ends with one line that names the verdict and the report, and leaves nothing running', async () => {
    expect(ended.stderr.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`GO.*reports/${ended.verdict.run.id}`))
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

test('a cycle and a clash on paper are NO-GO by config, while everyone reports', async () => {
  const { verdict, exitCode } = await verdictOf(['drill', 'boot', ...configs('quirky', 'mainpc', 'pc2')])
  const by = (id: string) => verdict.criteria.find((criterion) => criterion.id === id)
  expect(by('config')).toMatchObject({ outcome: 'fail' })
  for (const words of ['Listener', 'Thinker', 'Speaker', 'FarWorker', '7400']) expect(by('config')?.because).toContain(words)
  expect(by('coverage')).toMatchObject({ outcome: 'pass', measure: { value: 7, limit: 7 } })
  expect({ outcome: verdict.outcome, exitCode }).toEqual({ outcome: 'NO-GO', exitCode: 1 })
})

test('a fleet that does not come up is NO-GO, with the agent that did not and its last words', async () => {
  const { verdict, exitCode, stderr } = await verdictOf(['drill', 'boot', ...configs('clash', 'mainpc')])
  expect({ outcome: verdict.outcome, exitCode }).toEqual({ outcome: 'NO-GO', exitCode: 1 })
  expect(Object.keys(verdict.logs)).toEqual(['mainpc/Second'])
  expect(verdict.logs['mainpc/Second']?.join('\n')).toContain('EADDRINUSE')
  expect(stderr).not.toContain('    at ') // no stack of ours
})
