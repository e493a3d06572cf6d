/** What is said of where the time of a run went. */
import { describe, expect, test } from 'vitest'
import { historyFrom } from '../../fixtures/histories/build.ts'
import { golden } from '../../fixtures/histories/golden.ts'
import type { Accounting } from '../evidence/accounting.ts'
import { judge } from '../verdict/judge.ts'
import { renderMarkdown } from './markdown.ts'
import { renderTerminal } from './terminal.ts'
import { timeLines } from './time.ts'

const ids = Array.from({ length: 85 }, (_, place) => `mainpc/A${String(place).padStart(2, '0')}`)
const none = { fleet: 0, bystander: 0, silenced: 0, affected: 0, recovering: 0, recovered: 0 }
const accounting: Accounting = {
  fromMs: 1_000,
  toMs: 313_400,
  watched: 85,
  totalS: 26_554,
  roles: { ...none, fleet: 10_887.2, bystander: 13_064.5, silenced: 557.7, recovering: 318.6, recovered: 906.8 },
  unjudged: [
    { ids: ids.slice(0, 12), fromMs: 100_000, toMs: 100_350, seconds: 4.2, because: 'not observed: the observer was late' },
    { ids, fromMs: 1_000, toMs: 10_588, seconds: 814.9, because: 'while starting' },
    { ids: ids.slice(0, 1), fromMs: 200_000, toMs: 200_100, seconds: 0.1, because: 'while starting' },
  ],
}
const lines = (change: Partial<Accounting> = {}) => timeLines({ accounting: { ...accounting, ...change } })

describe('the time of a run', () => {
  test('is said as one sum, and then by each reason that something was not judged, the longest first, and of whom', () => {
    expect(lines()).toEqual([
      '85 agents and services watched for 312.4 s: 26554.0 agent-seconds; judged 96.9 %: fleet 41.0 %, bystanders 49.2 %, targets silenced 2.1 %, targets recovering 1.2 %, targets recovered 3.4 %',
      'not judged 3.1 %: 815.0 agent-seconds while starting (all 85)',
      'not judged 0.02 %: 4.2 agent-seconds not observed: the observer was late (12 of 85: mainpc/A00, mainpc/A01, mainpc/A02, mainpc/A03 and 8 more)',
    ])
  })
  test('that was judged to the last second says so, and names no role that nothing had', () => {
    expect(lines({ totalS: 0.3, roles: { ...none, fleet: 0.1, affected: 0.2 }, unjudged: [] })).toEqual([
      '85 agents and services watched for 312.4 s: 0.3 agent-seconds; judged 100.0 %: fleet 33.3 %, targets affected 66.7 %',
    ])
  })
  test('that was not judged at all is no division by nothing', () => {
    const unjudged = [{ ids: ['pc2/Vision'], fromMs: 0, toMs: 2_000, seconds: 2, because: 'there was no observer' }]
    expect(lines({ fromMs: 0, toMs: 2_000, watched: 1, totalS: 2, roles: none, unjudged })).toEqual([
      '1 agent watched for 2.0 s: 2.0 agent-seconds; judged 0.0 %',
      'not judged 100.0 %: 2.0 agent-seconds there was no observer (pc2/Vision)',
    ])
    expect(lines({ watched: 0, totalS: 0, roles: none, unjudged: [] })).toEqual([
      '0 agents and services watched for 312.4 s: 0.0 agent-seconds; nothing was judged',
    ])
  })
  test('is never rounded to the whole, nor a reason to nothing', () => {
    const unjudged = [{ ids: ['pc2/Vision'], fromMs: 0, toMs: 1, seconds: 0.001, because: 'while starting' }]
    const [sum, reason] = lines({ totalS: 26_554, roles: { ...none, fleet: 26_553.999 }, unjudged })
    expect(sum).toMatch(/judged 99\.99999\d* %: fleet 99\.99999\d* %/)
    expect(reason).toBe('not judged 0.000004 %: 0.001 agent-seconds while starting (pc2/Vision)')
  })
  test('names eight reasons, and counts the others', () => {
    const unjudged = Array.from({ length: 11 }, (_, place) => ({
      ...accounting.unjudged[0],
      ids,
      fromMs: 0,
      toMs: 1,
      seconds: place + 1,
      because: `reason ${place + 1}`,
    }))
    const said = lines({ totalS: 66, roles: none, unjudged })
    expect(said).toHaveLength(10)
    expect(said.slice(1, 3).concat(said.slice(-2))).toEqual([
      'not judged 16.7 %: 11.0 agent-seconds reason 11 (all 85)',
      'not judged 15.2 %: 10.0 agent-seconds reason 10 (all 85)',
      'not judged 6.1 %: 4.0 agent-seconds reason 4 (all 85)',
      'not judged 9.1 %: 6.0 agent-seconds for 3 more reasons',
    ])
  })
  test('that nothing accounts for is said, and not left out', () => {
    expect(timeLines({ accounting: null })).toEqual(['This run has no accounting of its time.'])
  })
})

test('every report has it', () => {
  const verdict = { ...judge(historyFrom(golden[0]?.journal ?? '')), accounting }
  const reports = [renderTerminal(verdict, { report: 'reports/run-1', colour: false }), renderMarkdown(verdict)]
  for (const report of reports.map((text) => text.replaceAll(/\s+/g, ' '))) {
    expect(report).toMatch(/ Time (- )?85 agents and services watched for 312\.4 s/)
    expect(report).toContain('not judged 3.1 %: 815.0 agent-seconds while starting (all 85)')
  }
})
