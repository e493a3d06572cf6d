/** What a gate that is GO has to show, on whatever pair. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Verdict } from '../src/verdict.ts'
import { type Ended, held, root, start } from './command.ts'

export type Gate = Ended & { readonly verdict: Verdict }

const required = ['alerts', 'config', 'coverage', 'durability', 'exporter', 'recovery', 'residue', 'rollback', 'uptime']

export function expectGo({ verdict, exitCode, stderr }: Gate, scenarios: readonly string[]): void {
  const stages = Object.fromEntries(verdict.scenarios.map(({ name, stages }) => [name, Object.values(stages).join(' ')]))
  expect(stages, stderr).toEqual(Object.fromEntries(scenarios.map((name) => [name, 'pass pass pass pass pass'])))
  const judged = verdict.criteria.filter((criterion) => criterion.required)
  expect(judged.map(({ id, outcome }) => `${id} ${outcome}`).sort(), stderr).toEqual(required.map((id) => `${id} pass`))
  expect(judged.every((criterion) => criterion.outcome === 'pass' && criterion.standsOn.length > 0)).toBe(true)
  expect({ outcome: verdict.outcome, exitCode }).toEqual({ outcome: 'GO', exitCode: 0 })
}

export function expectRestUnknown({ verdict }: Gate): void {
  const others = verdict.criteria.filter((criterion) => !criterion.required)
  expect(others.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual(['latency', 'leaks'].map((id) => `${id} unknown`))
}

export async function expectSameBytes({ verdict, exitCode, stdout }: Gate): Promise<void> {
  const { id } = verdict.run
  const again = await start(['judge', join('reports', id), '--json']).ended
  expect(again.exitCode).toBe(exitCode)
  expect(again.stdout).toBe(stdout)
  expect(again.stdout).toBe(readFileSync(join(root, 'reports', id, 'verdict.json'), 'utf8'))
}

export async function expectNothingRunning({ verdict, stderr }: Gate): Promise<void> {
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^GO, .* · reports/${verdict.run.id}$`))
  expect(await held(verdict.run.id)).toEqual([])
}
