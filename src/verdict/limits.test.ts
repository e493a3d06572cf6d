import { describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf, type Story } from '../../fixtures/histories/build.ts'
import { GauntletError } from '../base/errors.ts'
import type { Promises } from '../journal/event.ts'
import { judge } from './judge.ts'
import { readLimits, withLimits } from './limits.ts'
import { longRun, longRunEvidence, longRunOver } from './long-run.ts'

const promises = goodStory.limits
const history = (story: Partial<Story> = {}, change: (event: { kind: string }) => object = () => ({})) =>
  historyFrom(journalOf(eventsOf({ ...goodStory, ...story }).map((event) => ({ ...event, ...change(event) }))))

function problemsOf(...words: readonly string[]): readonly string[] {
  try {
    readLimits(words, promises)
  } catch (error) {
    if (error instanceof GauntletError) return error.problems.map(({ message }) => message)
    throw error
  }
  return []
}

describe('other limits', () => {
  test('are read with their units, by the names that promises have', () => {
    expect(readLimits(['uptime=0.9999', 'recovery=500ms', 'boot=2m', 'boot=120s'], promises)).toEqual({
      uptime: 0.9999,
      recoveryMs: 500,
      bootMs: 120_000,
    })
    expect(readLimits(['recovery=24h', 'boot=0.5h'], promises)).toEqual({ recoveryMs: 86_400_000, bootMs: 1_800_000 })
    expect(readLimits(['recovery=1ms', 'uptime=1', 'coverage=.5'], promises)).toEqual({ recoveryMs: 1, uptime: 1, coverage: 0.5 })
    const latency = (text: string) => readLimits([`latencyP50=${text}`], { ...promises, latencyP50: 1.1 })
    expect([latency('1'), latency('10')]).toEqual([{ latencyP50: 1 }, { latencyP50: 10 }])
    for (const text of ['0.9', '10.1', 'x']) expect(() => latency(text)).toThrow()
  })
  test('that are unknown, impossible or contradict each other are refused, all at once', () => {
    expect(problemsOf('uptime=0.9', 'uptime=0.99', 'speed=3', 'recovery=30', 'coverage=1.2', 'boot=-1s', 'uptime', 'recovery=')).toEqual([
      '--limit: uptime is given twice, and not the same',
      '--limit: there is no limit "speed"',
      '--limit: recovery cannot be "30"',
      '--limit: coverage cannot be "1.2"',
      '--limit: boot cannot be "-1s"',
      '--limit: uptime cannot be ""',
      '--limit: recovery cannot be ""',
    ])
    for (const word of [
      'uptime=0',
      'uptime=1e-3',
      'uptime=NaN',
      'recovery=0s',
      'recovery=99999m',
      'recovery=25h',
      'recovery=86400001ms',
      'recovery=1d',
      'recoveryMs=3s',
      '=3',
      '',
    ])
      expect(problemsOf(word)).toHaveLength(1)
  })

  const again = (edited: Partial<Promises>) => judge(withLimits(history(), edited), edited)

  test('are what it is judged by, in every scenario, and the verdict says so', () => {
    expect(judge(history())).toMatchObject({ outcome: 'GO', editedLimits: null, loosened: [] })
    expect(again({ recoveryMs: 5_000 })).toMatchObject({ outcome: 'NO-GO', editedLimits: { recoveryMs: 5_000 }, loosened: [] })
    expect(again({ uptime: 0.99999 })).toMatchObject({ outcome: 'INCONCLUSIVE', editedLimits: { uptime: 0.99999 } })
    expect(again({})).toMatchObject({ outcome: 'GO', editedLimits: {} })
  })
  test('may be looser, which is then no secret either', () => {
    const late = history({ wakesAfterMs: 70_000 })
    expect(judge(late).outcome).toBe('NO-GO')
    const edited = { recoveryMs: 80_000 }
    expect(judge(withLimits(late, edited), edited)).toMatchObject({ outcome: 'GO', editedLimits: edited })
  })
})

test('a scenario that promises less than the owners says so, one that promises more need not', () => {
  const with_ = (limits: Partial<Promises>) =>
    judge(history({}, ({ kind }) => (kind === 'scenario' ? { limits: { ...promises, ...limits } } : {}))).loosened
  expect(with_({ uptime: 0.9, recoveryMs: 90_000, coverage: 1 })).toEqual([
    { scenario: 'agent-hang', limit: 'uptime', promised: 0.999, used: 0.9 },
    { scenario: 'agent-hang', limit: 'recoveryMs', promised: 60_000, used: 90_000 },
  ])
  expect(with_({ uptime: 0.9999, recoveryMs: 30_000 })).toEqual([])
})

describe('the long run', () => {
  test('a short run shows little of it, and says how much more it would take', () => {
    const [uptime, recovery] = longRun(history())
    expect(uptime).toMatchObject({ about: 'uptime', outcome: 'unknown' })
    expect(uptime?.because).toMatch(
      /^99\.9 % is not shown: 0 incidents in \d+ agent-seconds .* of up to 60\.0 agent-seconds; it would take 12\.\d h more without/,
    )
    expect(recovery?.because).toMatch(
      /^1 recovery from process-stop, slowest 7\.\d s, limit 60\.0 s: at least 5 % keep it, .*; 58 more would show 95 %$/,
    )
  })
  test('it passes where the promise is lax enough for so short a run, and fails where an agent is down for most of it', () => {
    const lax = { ...promises, uptime: 0.7 }
    expect(longRun(history({ limits: lax }))[0]).toMatchObject({ outcome: 'pass', because: expect.stringMatching(/^70 % is shown/) })
    const down = history({ answer: (agent) => (agent === 'pc2/Vision' ? 'timeout' : undefined) })
    expect(longRun(down)[0]).toMatchObject({ outcome: 'fail', because: expect.stringContaining('1 incident in') }) // a twentieth of it would do
    const often = history({
      limits: { ...promises, recoveryMs: 1_000 },
      answer: (agent, atMs) => (agent === 'pc2/Vision' && atMs % 10_000 < 2_000 ? 'timeout' : undefined),
    })
    expect(longRun(often)[0]).toMatchObject({ outcome: 'fail', because: expect.stringMatching(/^99\.9 % is not kept: 1\d incidents/) })
  })
  test('a recovery that was too late, or did not last, is one above the limit', () => {
    expect(longRun(history({ wakesAfterMs: 70_000 }))[1]).toMatchObject({
      outcome: 'fail',
      because: expect.stringMatching(/one never over, limit 60\.0 s: 1 above it/),
    })
    const relapse = history({
      answer: (agent, atMs) => (agent === 'pc2/Speech' && atMs > 120_000 && atMs < 125_000 ? 'timeout' : undefined),
    })
    expect(longRun(relapse)[1]).toMatchObject({ outcome: 'fail' })
  })
  test('a promise and a limit are said with all their digits, and what is short of the whole is never the whole', () => {
    const because = (limits: Partial<Promises>) => longRun(history({ limits: { ...promises, ...limits } })).map((claim) => claim.because)
    const [uptime] = because({ uptime: 0.999999 })
    expect(uptime).toMatch(/^99\.9999 % is not shown: .*; it would take \d+\.\d h more without an incident$/)
    const [smallest, recovery] = because({ recoveryMs: 1 })
    expect(smallest).toContain('with incidents of up to 0.001 agent-seconds')
    expect(recovery).toContain(', limit 0.001 s: ')
    const down = history({ limits: { ...promises, uptime: 1e-7 }, answer: () => 'timeout' })
    expect(longRun(down)[0]?.because).toMatch(/^0\.00001 % is not shown: /)
  })
  test('a share that is all but the whole is not the whole', () => {
    // Without an incident, at most this many times the one that is reckoned with, at 95 %.
    const recoveryMs = (0.99998 * longRunEvidence(history()).watched.exposureS * 1_000) / Math.log(20)
    expect(longRun(history({ limits: { ...promises, recoveryMs } }))[0]?.because).toMatch(/, at most 99\.99[789]\d* % down /)
  })
  test('of several runs the fleet is that of those that got as far, and of none nothing was watched', () => {
    const evidence = longRunEvidence(history())
    const [claim] = longRunOver([evidence, { ...evidence, agents: 0 }], promises)
    expect(claim?.because).toMatch(/; it would take \d+\.\d h more without an incident$/)
    const blind = { ...evidence, watched: { exposureS: 0, sizesS: [] }, recoveries: [], rollbacks: [] }
    expect(longRunOver([blind], promises)).toEqual([{ about: 'uptime', outcome: 'unknown', because: 'nothing was watched' }])
  })
  test('what allows for nothing is shown by no time, of one run or of many', () => {
    const strict = history({ limits: { ...promises, uptime: 1 } })
    const words = [longRun(strict), longRunOver([longRunEvidence(strict)], strict.run.promises)].map(([claim]) => claim?.because)
    for (const because of words) expect(because).toMatch(/; no exposure can show it, since it allows for nothing$/)
  })
  test('recoveries are said as exactly as they were measured, and shares with four digits', () => {
    const [evidence] = [longRunEvidence(history())]
    const claimed = (...tookMs: readonly number[]) =>
      longRunOver([{ ...evidence, recoveries: [{ key: 'x', limitMs: 60_000, tookMs }] }], promises)[1]?.because
    expect(claimed(60_040)).toMatch(/^1 recovery from x, slowest 60\.04 s, limit 60\.0 s: 1 above it/) // never as if it kept it
    expect(claimed(30_030)).toMatch(/^1 recovery from x, slowest 30\.0 s, limit 60\.0 s: at least 5 % keep it/)
    expect(claimed(...Array.from({ length: 58 }, () => 59_960))).toMatch(
      /^58 recoveries from x, slowest 60\.0 s, limit 60\.0 s: at least 94\.97 % keep it/,
    )
  })
  test('without an observer, or a fault, there is nothing to say', () => {
    const blind = historyFrom(journalOf(eventsOf(goodStory).filter(({ kind }) => kind === 'run')))
    expect(longRun(blind)).toEqual([{ about: 'uptime', outcome: 'unknown', because: 'nothing was watched' }])
  })
})
