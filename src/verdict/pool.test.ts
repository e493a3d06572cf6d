/** Several runs counted together: what they show that none of them does. Which may not be is in unlike-runs.test.ts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { journalOf } from '../../fixtures/histories/build.ts'
import { type Change, eventsWith, member, requiring, times } from '../../fixtures/histories/pooled.ts'
import { backAs, changeStory } from '../../fixtures/histories/rollback.ts'
import { renderJson } from '../render/json.ts'
import { renderPool } from '../render/pool.ts'
import { writeReports } from '../render/reports.ts'
import { judgeRun, judgeRuns } from './judge-run.ts'
import { type PoolMember, pool, poolSchema } from './pool.ts'

const schema = Compile(poolSchema)
const pooled = (...members: readonly PoolMember[]) => pool(members as [PoolMember, ...PoolMember[]])

const onRecovery = requiring('recovery')
const good = member(eventsWith([onRecovery]))
const late = member(eventsWith([onRecovery], { wakesAfterMs: 70_000 }))
const lagging: Change = (event) => (event.kind === 'end' ? { interrupted: true } : {})
const unsure = member(eventsWith([onRecovery, lagging]))

describe('what runs show together', () => {
  test('is shown when the plan is full, and says until then what is missing', () => {
    const short = pooled(...times(58, good))
    expect(short).toMatchObject({ outcome: 'INCONCLUSIVE', editedLimits: null, loosened: [], of: { suite: 'drill', commit: '5545adc' } })
    expect(short.longRun.find(({ about }) => about === 'recovery')).toMatchObject({
      outcome: 'unknown',
      required: true,
      because: expect.stringMatching(/^58 recoveries from process-stop, .*; 1 more would show 95 %$/),
    })
    const full = pooled(...times(59, good))
    expect(full.outcome).toBe('GO')
    expect(full.runs).toHaveLength(59)
    expect(full.runs[3]).toMatchObject({ id: 'run-3', outcome: 'GO', seed: 7 })
    expect(schema.Errors(JSON.parse(renderJson(full)))).toEqual([])
  })
  test('one run is a pool, though it shows little', () => {
    expect(schema.Errors(JSON.parse(renderJson(pooled(...times(1, good)))))).toEqual([])
  })
  test('says which Vault all of them had', () => {
    const vault: Change = (event) => (event.kind === 'run' ? { vault: 'image' } : {})
    expect(pooled(...times(2, member(eventsWith([onRecovery, vault])))).of).toMatchObject({ vault: 'image' })
  })
  test('one run that failed is never made up for by more of them', () => {
    const { outcome, longRun } = pooled(...times(500, good), ...times(1, late, 'late'))
    expect(outcome).toBe('NO-GO')
    expect(longRun.find(({ about }) => about === 'recovery')).toMatchObject({
      outcome: 'fail',
      because: expect.stringContaining('1 above it'),
    })
  })
  test('a run that failed in something else makes it no GO either, nor does one that shows nothing', () => {
    const cycle: Change = (event) => (event.kind === 'boot' ? { ok: false } : {})
    const other = member(eventsWith([requiring('recovery', 'config'), cycle]))
    const whole = member(eventsWith([requiring('recovery', 'config')]))
    expect(pooled(...times(59, whole)).outcome).toBe('GO')
    expect(pooled(...times(59, whole), ...times(1, other, 'other')).outcome).toBe('NO-GO')
    expect(pooled(...times(59, good), ...times(1, unsure, 'unsure')).outcome).toBe('INCONCLUSIVE')
  })
  test('a run that was cut off counts as one that shows nothing; to leave it out is for nobody to decide', () => {
    const events = eventsWith([onRecovery])
    const cut = member(
      events.slice(
        0,
        events.findIndex(({ kind }) => kind === 'topology'),
      ),
    )
    const early = member(
      events.slice(
        0,
        events.findIndex(({ kind }) => kind === 'plan'),
      ),
    )
    for (const each of [cut, early]) {
      const both = pooled(...times(59, good), ...times(1, each, 'cut'))
      expect(both).toMatchObject({ outcome: 'INCONCLUSIVE' })
      expect(both.runs.at(-1)?.outcome).toBe('INCONCLUSIVE')
    }
  })
  test('uptime adds up over runs, at a price for looking again', () => {
    const one = member(eventsWith([requiring('uptime')]))
    const each = one.evidence.watched.exposureS
    const needed = Math.ceil((Math.log(20) * 60) / 0.0008 / each)
    expect(pooled(...times(needed, one)).outcome).toBe('GO')
    const short = pooled(...times(needed - 1, one))
    expect(short.outcome).toBe('INCONCLUSIVE')
    expect(short.longRun[0]).toMatchObject({
      about: 'uptime',
      because: expect.stringMatching(/^99\.9 % is not shown: 0 incidents in \d+ .* of \d+ runs, .* it would take \d+\.\d s more without/),
    })
    const blip = { answer: (agent: string, atMs: number) => (agent === 'pc2/Vision' && atMs < 100 ? 'timeout' : undefined) } as const
    const often = member(eventsWith([requiring('uptime')], blip))
    expect(often.verdict.outcome).toBe('GO')
    expect(pooled(...times(needed, often)).outcome).toBe('INCONCLUSIVE')
  })
  test('rollbacks are counted by kind of change', () => {
    const change = member(eventsWith([requiring('rollback')], {}, changeStory()))
    expect(pooled(...times(59, change))).toMatchObject({ outcome: 'GO' })
    expect(pooled(...times(59, change)).longRun.find(({ about }) => about === 'rollback')?.because).toMatch(
      /^59 rollbacks of port, slowest 7\.\d s, limit 120\.0 s: at least 95 % keep it/,
    )
    const stale = changeStory().map((event) =>
      event.kind === 'proof' && event.query === 'gone' ? { ...event, answer: backAs('stale') } : event,
    )
    expect(member(eventsWith([requiring('rollback')], {}, stale)).evidence.rollbacks).toEqual([
      { key: 'port', limitMs: 120_000, tookMs: [Number.POSITIVE_INFINITY] },
    ])
  })
  test('what is required and was never seen is unknown, and so is a pool of which nothing is asked', () => {
    const never = pooled(...times(59, member(eventsWith([requiring('recovery', 'rollback')]))))
    expect(never.longRun.find(({ about }) => about === 'rollback')).toMatchObject({ outcome: 'unknown', required: true })
    expect(never.outcome).toBe('INCONCLUSIVE')
    expect(pooled(...times(59, member(eventsWith([requiring('config')])))).outcome).toBe('INCONCLUSIVE')
  })
})

describe('folders of runs', () => {
  const folder = (name: string, change: Change = () => ({})) => {
    const directory = mkdtempSync(join(tmpdir(), 'pool-'))
    const renamed: Change = (event) => (event.kind === 'run' ? { id: name, startedAt: `2026-01-01 ${name}` } : {})
    writeFileSync(join(directory, 'journal.ndjson'), journalOf(eventsWith([onRecovery, renamed, change])))
    writeReports(directory, judgeRun(directory).verdict)
    return directory
  }

  test('are judged each, by other limits as well, and the pool says so', () => {
    const [a, b] = [folder('a'), folder('b')]
    try {
      expect(judgeRuns([a, b])).toMatchObject({ outcome: 'INCONCLUSIVE', runs: [{ id: 'a' }, { id: 'b' }] })
      expect(judgeRuns([a, b], ['recovery=5s'])).toMatchObject({ outcome: 'NO-GO', editedLimits: { recoveryMs: 5_000 } })
      const twice = { message: `a is given twice, and happened once: ${a}` }
      expect(() => judgeRuns([a, b, a])).toThrow(expect.objectContaining({ code: 'usage/pool', problems: [twice] }))
      rmSync(join(b, 'manifest.json'))
      expect(() => judgeRuns([a, b])).toThrow(/it has ended, and no manifest vouches for its journal/)
      writeReports(b, judgeRun(b).verdict)
      writeFileSync(join(a, 'journal.ndjson'), 'x')
      writeFileSync(join(b, 'journal.ndjson'), 'y')
      const changed = (directory: string) => ({ file: join(directory, 'journal.ndjson'), message: expect.stringContaining('was changed') })
      expect(() => judgeRuns([a, b])).toThrow(expect.objectContaining({ code: 'usage/run', problems: [changed(a), changed(b)] }))
    } finally {
      for (const directory of [a, b]) rmSync(directory, { recursive: true })
    }
  })
})

describe('on the terminal', () => {
  test('the outcome is the first word and in the last line, and nobody takes it for the verdict of a run', () => {
    for (const one of [pooled(...times(59, good)), pooled(...times(2, good)), pooled(...times(2, late))]) {
      const lines = renderPool(one, false).trim().split('\n')
      expect(lines[0]).toMatch(new RegExp(`^${one.outcome}: ${one.runs.length} runs counted together: `))
      expect(lines.join('\n')).toContain('This is no verdict of any one run.')
      expect(lines.at(-1)).toBe(`${one.outcome} · ${one.runs.length} runs`)
      expect(lines.filter((line) => line.includes('run-1, '))).toHaveLength(1)
    }
  })
  test('what is not required is said to be so, and limits that are not the owners’ as well', () => {
    const loose = member(
      eventsWith([onRecovery, (event) => (event.kind === 'scenario' ? { limits: { ...event.limits, uptime: 0.9 } } : {})]),
    )
    const words = renderPool({ ...pooled(...times(2, loose)), editedLimits: { recoveryMs: 5_000 } }, false)
    expect(words).toContain('uptime (not required)')
    expect(words).toContain('Loosened in agent-hang: uptime 90.000 %, where 99.900 % is promised.')
    expect(words).toContain('recovery 5.0 s')
  })
})
