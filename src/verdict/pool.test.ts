/** Several runs counted together: what they show that none of them does, and which may not be counted together at all. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, renumbered, type Story } from '../../fixtures/histories/build.ts'
import { changeStory } from '../../fixtures/histories/rollback.ts'
import { GauntletError } from '../base/errors.ts'
import type { Event } from '../journal/event.ts'
import { renderJson } from '../render/json.ts'
import { renderPool } from '../render/pool.ts'
import { writeReports } from '../render/reports.ts'
import { judge } from './judge.ts'
import { judgeRun, judgeRuns } from './judge-run.ts'
import { memberOf, type PoolMember, pool } from './pool.ts'
import { publishedPoolSchema } from './schema.ts'

const schema = Compile(publishedPoolSchema)
type Change = (event: Event) => object

const asRun: Change = (event) => (event.kind === 'run' ? { commit: '5545adc', dirty: false } : {})
const requiring =
  (...requires: readonly string[]): Change =>
  (event) =>
    event.kind === 'run' ? { suite: { ...event.suite, requires } } : {}

function eventsWith(changes: readonly Change[], story: Partial<Story> = {}, events = eventsOf({ ...goodStory, ...story })): Event[] {
  const changed = (event: Event, [change, ...others]: readonly Change[]): Event =>
    change === undefined ? event : changed({ ...event, ...change(event) } as Event, others)
  return events.map((event) => changed(event, [asRun, ...changes]))
}

function member(events: readonly Event[]): PoolMember {
  const history = historyFrom(journalOf(renumbered(events)))
  return memberOf({ history, verdict: judge(history) })
}

/** The same run as often as that, each with a name of its own. */
function times(count: number, one: PoolMember, name = 'run'): PoolMember[] {
  return Array.from({ length: count }, (_, place) => {
    return { ...one, verdict: { ...one.verdict, run: { ...one.verdict.run, id: `${name}-${place}` } } }
  })
}
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
      event.kind === 'proof' && event.query === 'gone'
        ? { ...event, stdout: event.stdout.replace('process=fresh', 'process=stale') }
        : event,
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

describe('runs that are not of one kind', () => {
  const messagesOf = (...members: readonly PoolMember[]) => {
    try {
      pooled(...members)
    } catch (error) {
      if (error instanceof GauntletError && error.code === 'usage/run') return error.problems.map(({ message }) => message)
      throw error
    }
    return []
  }
  const [first] = times(1, good, 'first') as [PoolMember]
  const against = (...changes: readonly Change[]) => messagesOf(first, ...times(1, member(eventsWith([onRecovery, ...changes])), 'other'))
  const ofRun =
    (change: (run: Event<'run'>) => object): Change =>
    (event) =>
      event.kind === 'run' ? change(event) : {}

  test.each<[Change, RegExp]>([
    [ofRun(() => ({ profile: 'day1' })), /other-0 is of another kind than first-0: profile: day1, not phase0$/],
    [ofRun(() => ({ commit: 'cb0ee32' })), /commit of the harness: cb0ee32, not 5545adc$/],
    [ofRun(() => ({ timeScale: 10 })), /time scale: 10, not 1$/],
    [ofRun(() => ({ vault: 'image' })), /Vault: image, not not named$/],
    [ofRun(() => ({ images: { machine: 'sha256:01' } })), /image machine: sha256:01, not sha256:00$/],
    [ofRun(({ images }) => ({ images: { ...images, extra: 'sha256:02' } })), /image extra: sha256:02, not absent$/],
    [ofRun(() => ({ defects: [{ id: 'D3', sentence: 's', owners: [], on: ['pc2/Vision'] }] })), /defects: D3 on pc2\/Vision, not none$/],
    [ofRun(({ promises }) => ({ promises: { ...promises, uptime: 0.99 } })), /promise uptime: 0\.99, not 0\.999$/],
    [ofRun(({ suite }) => ({ suite: { ...suite, name: 'gate' } })), /suite: gate, not drill$/],
    [
      ofRun(({ suite }) => ({ suite: { ...suite, requires: ['recovery', 'uptime'] } })),
      /required criteria: recovery, uptime, not recovery$/,
    ],
    [
      ofRun(({ suite }) => ({ suite: { ...suite, scenarios: ['agent-hang', 'x'] } })),
      /scenarios of the suite: agent-hang, x, not agent-hang$/,
    ],
    [
      (event) => (event.kind === 'topology' ? { agents: event.agents.map((each) => ({ ...each, port: 1 + each.port })) } : {}),
      /agent mainpc\/ServiceRegistry: registry on 7201/,
    ],
    [
      (event) => (event.kind === 'scenario' ? { limits: { ...event.limits, recoveryMs: 9_000 } } : {}),
      /scenario agent-hang: limit recoveryMs: 9000, not 60000$/,
    ],
    [
      (event) => (event.kind === 'scenario' ? { planned: { steadyMs: 9, disturbedMs: 105_000 } } : {}),
      /agent-hang: planned steadyMs: 9, not 80000$/,
    ],
    [(event) => (event.kind === 'scenario' ? { criteria: ['recovery'] } : {}), /criteria: recovery, not uptime, /],
    [
      (event) => (event.kind === 'plan' ? { fault: 'process-kill' } : {}),
      /fault 1 of agent-hang: process-kill of 1, until-undone, held for 10000 ms, not process-stop/,
    ],
    [(event) => (event.kind === 'plan' ? { targets: ['pc2/Vision', 'pc2/Speech'] } : {}), /process-stop of 2, .* not process-stop of 1,/],
    [(event) => (event.kind === 'plan' ? { holdMs: 20_000 } : {}), /held for 20000 ms, not .* 10000 ms$/],
    [(event) => (event.kind === 'observer' ? { timeoutMs: 900 } : {}), /time-out of a probe: 900 ms, not 1000 ms$/],
  ])('are refused, and the difference is named %#', (change, words) => {
    expect(against(change).join('\n')).toMatch(words)
  })

  test('all differences are named at once, up to a number that a person reads', () => {
    expect(against(ofRun(() => ({ profile: 'day1', timeScale: 2 })))).toHaveLength(2)
    const all = messagesOf(first, ...times(30, member(eventsWith([onRecovery, ofRun(() => ({ profile: 'day1' }))])), 'other'))
    expect([all.length, all.at(-1)]).toEqual([21, 'and 10 more'])
  })
  test('what the first was cut off before is held against the next that was not', () => {
    const events = eventsWith([onRecovery])
    const cut = member(events.slice(0, 1))
    const later = member(eventsWith([onRecovery, (event) => (event.kind === 'plan' ? { holdMs: 20_000 } : {})]))
    expect(messagesOf(...times(1, cut, 'cut'), first, ...times(1, later, 'other'))).toEqual([
      expect.stringMatching(/^other-0 is of another kind than first-0: .* held for 20000 ms, not .* 10000 ms$/),
    ])
  })
  test('seeds, hosts, times and whom of them are nothing of a kind', () => {
    const elsewhere = ofRun(({ host }) => ({
      seed: 8,
      startedAt: '2026-02-02T00:00:00.000Z',
      host: { ...host, cores: 64 },
      reproduce: 'x',
    }))
    expect(against(elsewhere, (event) => (event.kind === 'plan' ? { targets: ['pc2/Vision'] } : {}))).toEqual([])
  })
  test('a run happened once, and of an unknown harness nobody knows whether it is the same', () => {
    expect(messagesOf(first, first)).toEqual(['first-0 is given twice, and happened once'])
    expect(against(ofRun(() => ({ dirty: true })))).toEqual(['other-0 was made with local changes to the harness, and nobody knows which'])
    const [nobody] = times(1, member(eventsWith([onRecovery, ofRun(() => ({ commit: null }))])), 'nobody') as [PoolMember]
    expect(messagesOf(nobody, { ...nobody, verdict: { ...nobody.verdict, run: { ...nobody.verdict.run, id: 'b' } } })).toHaveLength(2)
  })
})

describe('folders of runs', () => {
  const folder = (name: string, change: Change = () => ({})) => {
    const directory = mkdtempSync(join(tmpdir(), 'pool-'))
    const renamed: Change = (event) => (event.kind === 'run' ? { id: name } : {})
    writeFileSync(join(directory, 'journal.ndjson'), journalOf(eventsWith([onRecovery, renamed, change])))
    writeReports(directory, judgeRun(directory).verdict)
    return directory
  }

  test('are judged each, by other limits as well, and the pool says so', () => {
    const [a, b] = [folder('a'), folder('b')]
    try {
      expect(judgeRuns([a, b])).toMatchObject({ outcome: 'INCONCLUSIVE', runs: [{ id: 'a' }, { id: 'b' }] })
      expect(judgeRuns([a, b], ['recovery=5s'])).toMatchObject({ outcome: 'NO-GO', editedLimits: { recoveryMs: 5_000 } })
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
