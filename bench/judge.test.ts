import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { judgeRun } from '../src/verdict/judge-run.ts'
import { writeJournal } from './judge.ts'

test('the journal that is judged is one of a good run, however long it is made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gauntlet-bench-judge-'))
  try {
    const samples = 100_000
    writeJournal(join(folder, 'journal.ndjson'), samples)
    const { verdict } = judgeRun(folder)
    expect(verdict.criteria.filter(({ required, outcome }) => required && outcome !== 'pass')).toEqual([])
    expect(verdict.troubles).toEqual([])
    expect(verdict.outcome).toBe('GO')
    const lines = readFileSync(join(folder, 'journal.ndjson'), 'utf8').trimEnd().split('\n')
    const batches = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'samples')
    const told = batches.reduce((sum: number, { targets }) => sum + targets.length, 0)
    expect(told / samples).toBeCloseTo(1, 1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
