import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventsOf, goodStory, historyFrom, journalOf } from '../../fixtures/histories/build.ts'
import { golden } from '../../fixtures/histories/golden.ts'
import type { Seq } from '../journal/event.ts'
import { judge } from '../verdict/judge.ts'
import { judgeRun } from '../verdict/judge-run.ts'
import type { Verdict } from '../verdict.ts'
import { limitWords } from './first-lines.ts'
import { renderJson } from './json.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import { writeReports } from './reports.ts'
import { renderTerminal } from './terminal.ts'
import { timeLines } from './time.ts'
import { limitInRow, limitOf, measuredOf, reasonsOf } from './words.ts'

const journalNamed = (name: string) => golden.find((each) => each.name === name)?.journal ?? ''
const verdictOf = (name: string) => judge(historyFrom(journalNamed(name)))
const onTerminal = (verdict: Verdict, colour = false) => renderTerminal(verdict, { report: 'reports/run-1', colour })

describe.each(['good', 'legacy', 'did-not-come-up', 'engine-lost'])('%s', (name) => {
  const verdict = verdictOf(name)
  test('on the terminal', () => expect(onTerminal(verdict)).toMatchSnapshot())
  test('as a page', () => expect(renderMarkdown(verdict)).toMatchSnapshot())
  test('for build servers', () => {
    const xml = renderJunit(verdict)
    expect(XMLValidator.validate(xml)).toBe(true)
    expect(xml).toMatchSnapshot()
  })
})

test('a fleet that has a defect is never taken for one without: every report says what was put in, and where', () => {
  const good = verdictOf('good')
  const defects = [{ id: 'D3', sentence: 'an agent never registers', owners: ['coverage'], on: ['pc2/Vision'] }]
  const verdict = { ...good, run: { ...good.run, defects } }
  for (const report of [onTerminal(verdict), renderMarkdown(verdict), renderJunit(verdict)]) {
    expect(report).toContain('D3: an agent never registers (pc2/Vision)')
    expect(report).not.toContain('Go ahead')
  }
  expect(JSON.parse(renderJson(verdict)).run.defects).toEqual(defects)
  expect(onTerminal(good)).not.toContain('Defect planted')
})

test('limits that are not the owners’ are told in every report, with what is promised and what was used instead', () => {
  const good = verdictOf('good')
  const loosened = [{ scenario: 'agent-hang', limit: 'recoveryMs', promised: 60_000, used: 90_000 }]
  const verdict = { ...good, loosened, editedLimits: { uptime: 0.9999 } }
  for (const report of [onTerminal(verdict), renderMarkdown(verdict), renderJunit(verdict)].map((text) => text.replaceAll(/\s+/g, ' '))) {
    expect(report).toContain('Loosened in agent-hang: recovery 90.0 s, where 60.0 s is promised.')
    expect(report).toMatch(/Judged again, by other limits than the run.{1,6}s own: uptime 99\.990 %/)
    expect(report.indexOf('Loosened')).toBeLessThan(report.indexOf('exporter'))
  }
  for (const report of [onTerminal(good), renderMarkdown(good), renderJunit(good)]) expect(report).not.toMatch(/Loosened|Judged again/)
})

test('a row shows beside a limit what is promised, and that it was edited: a lax limit does not show that it is one', () => {
  const good = verdictOf('good')
  const limitsIn = (change: Partial<Verdict>) => {
    const verdict = { ...good, ...change }
    return Object.fromEntries(verdict.criteria.map((each) => [each.id, limitInRow(each, verdict)]))
  }
  const of = (scenario: string, limit: string, promised: number, used: number) => ({ scenario, limit, promised, used })
  const loosened = [
    of('agent-hang', 'uptime', 0.999, 1e-7),
    of('agent-hang', 'recoveryMs', 30_000, 60_000),
    of('other', 'coverage', 1, 0.5),
  ]
  const rows = limitsIn({ loosened })
  expect(rows).toMatchObject({
    uptime: '99.900 % (promised: uptime 99.900 %)',
    recovery: '60.0 s (promised: recovery 30.0 s)',
    coverage: '4 agents',
    residue: '0 findings',
    leaks: '–',
  })
  expect(limitsIn({ editedLimits: { recoveryMs: 60_000, latencyP95: 1.5 } })).toMatchObject({
    recovery: '60.0 s (edited: recovery)',
    uptime: '99.900 %',
    latency: '–',
  })
  for (const report of [onTerminal({ ...good, loosened }), renderMarkdown({ ...good, loosened })])
    expect(report).toContain('60.0 s (promised: recovery 30.0 s)')
})

test('a limit that promises next to nothing is shown as it is, from the journal to the page', () => {
  const story = { ...goodStory, limits: { ...goodStory.limits, uptime: 1e-7 } }
  const verdict = judge(historyFrom(journalOf(eventsOf(story))))
  expect(verdict.criteria.find(({ id }) => id === 'uptime')).toMatchObject({ measure: { limit: 1e-7 } })
  for (const report of [onTerminal(verdict), renderMarkdown(verdict)]) {
    expect(report).toContain('0.00001 %')
    expect(report).not.toContain(' 0.000 %')
  }
})

test('no limit is rounded into another, and nothing that misses it or the whole is rounded into it', () => {
  const edited = { uptime: 0.999999, coverage: 1e-7, recoveryMs: 1, latencyP95: 1.2345 }
  expect(limitWords({ editedLimits: edited, loosened: [] })[0]).toContain(
    'uptime 99.9999 %, coverage 0.00001 %, recovery 0.001 s, latencyP95 1.2345 ×',
  )
  const shown = (value: number, limit: number, unit: 'ratio' | 'ms' | 'agents') => {
    const finding = { outcome: 'fail', measure: { value, limit, unit }, because: '', standsOn: [1 as Seq] } as const
    return [measuredOf(finding), limitOf(finding)]
  }
  expect(shown(0.99949876, 0.999, 'ratio')).toEqual(['99.950 %', '99.900 %'])
  expect(shown(0.998999, 0.999, 'ratio')).toEqual(['99.8999 %', '99.900 %'])
  expect(shown(0.999998, 0.999, 'ratio')).toEqual(['99.9998 %', '99.900 %'])
  expect(shown(30_004, 30_000, 'ms')).toEqual(['30.004 s', '30.0 s'])
  expect(shown(1, 77, 'agents')).toEqual(['1 agent', '77 agents'])
})

describe('on the terminal', () => {
  const inconclusive = golden.filter(({ outcome }) => outcome === 'INCONCLUSIVE')
  test.each(inconclusive)('$name: what would help is said with what it would help', ({ journal }) => {
    const verdict = judge(historyFrom(journal))
    const shown = onTerminal(verdict).replaceAll(/\s+/g, ' ')
    for (const { where, finding } of reasonsOf(verdict)) {
      const help = finding.outcome === 'unknown' ? RegExp.escape(finding.wouldHelp.replaceAll(/\s+/g, ' ')) : '(?!)'
      expect(shown).toMatch(new RegExp(`What would help with [^:]*${RegExp.escape(where)}[^:]*: ${help}\\.`))
    }
  })

  test.each(golden)('$name: the outcome is the first word and begins the last line, with how far it reaches', ({ journal, outcome }) => {
    const lines = onTerminal(judge(historyFrom(journal)))
      .trim()
      .split('\n')
    expect(lines[0]).toMatch(new RegExp(`^${outcome}, \\d+ of \\d+ criteria pass`))
    expect(lines.at(-1)).toMatch(new RegExp(`^${outcome}, \\d+ of \\d+ criteria pass.* · reports/run-1$`))
  })

  test('colour is there only when it is asked for, and changes nothing else', () => {
    const verdict = verdictOf('legacy')
    const coloured = onTerminal(verdict, true)
    expect(coloured).toContain('\u001b[31mNO-GO\u001b[0m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is looked for
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(onTerminal(verdict))
  })

  test('what the fleet wrote cannot steer it', () => {
    const verdict = { ...verdictOf('good'), logs: { 'pc2/\u001b[2J': ['a\u001b[31mb\rc\u0007\u009bd'] } }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(onTerminal(verdict)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })
})

test('what is broken is a reason, whether it is required or not', () => {
  const verdict = verdictOf('broken-though-not-required')
  expect(reasonsOf(verdict).map(({ where }) => where)).toEqual(['exporter (agent-hang)'])
  for (const report of [onTerminal(verdict), renderMarkdown(verdict)]) expect(report).toContain('0/4 export metrics')
})

describe('for build servers', () => {
  test.each(golden)('$name: it is green only for GO', ({ journal, outcome }) => {
    const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(renderJunit(judge(historyFrom(journal))))
    const [failures, errors] = [Number(testsuites['@_failures']), Number(testsuites['@_errors'])]
    expect({ red: failures + errors > 0, failed: failures > 0 }).toEqual({ red: outcome !== 'GO', failed: outcome === 'NO-GO' })
  })

  test('what stands in the first lines stands in the first suite, as properties and as its output', () => {
    const run = {
      ...verdictOf('engine-lost').run,
      defects: [{ id: 'D3', sentence: 'an agent never registers', owners: [], on: ['pc2/Vision'] }],
    }
    const loosened = [{ scenario: 'agent-hang', limit: 'recoveryMs', promised: 60_000, used: 90_000 }]
    const { testsuites } = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === 'property' }).parse(
      renderJunit({ ...verdictOf('engine-lost'), run, loosened }),
    )
    const [suite] = testsuites.testsuite
    expect(suite.properties.property.map((each: Record<string, string>) => [each['@_name'], each['@_value']])).toEqual([
      ['outcome', 'INCONCLUSIVE'],
      ['not judged', 'leaks, latency, rollback'],
      ['reservation', 'Defect planted: D3: an agent never registers (pc2/Vision).'],
      ['reservation', 'Loosened in agent-hang: recovery 90.0 s, where 60.0 s is promised.'],
      ['reservation', 'Harness trouble: environment/engine: the Docker engine does not answer.'],
    ])
    expect(suite['system-out'].split('\n')).toEqual([
      'INCONCLUSIVE, 8 of 11 criteria pass; not judged: leaks, latency, rollback.',
      ...suite.properties.property.slice(2).map((each: Record<string, string>) => each['@_value']),
      ...timeLines(verdictOf('engine-lost')),
    ])
    expect(testsuites['@_name']).toMatch(/: INCONCLUSIVE, 8 of 11 criteria pass; not judged: leaks, latency, rollback$/)
  })

  test('text that looks like markup stays text', () => {
    const verdict = { ...verdictOf('good'), troubles: [{ code: 'x', message: '</error>"<&\u0000', next: ']]>' }] }
    const xml = renderJunit(verdict)
    expect(XMLValidator.validate(xml)).toBe(true)
    expect(xml).not.toContain('\u0000')
  })
})

test('a page keeps its tables, whatever a finding says', () => {
  const verdict = verdictOf('good')
  const [first, ...others] = verdict.criteria
  const odd = { ...verdict, criteria: [{ ...(first as Verdict['criteria'][number]), because: 'a | b\n| c <img>' }, ...others] }
  expect(renderMarkdown(odd)).toContain('a \\| b \\| c &lt;img>')
})

describe('reports', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'reports-'))
    writeFileSync(join(directory, 'journal.ndjson'), journalNamed('legacy'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  test('stand beside the journal, and judging again gives the same bytes', () => {
    writeReports(directory, judgeRun(directory).verdict)
    expect(readdirSync(directory).sort()).toEqual(['journal.ndjson', 'junit.xml', 'manifest.json', 'summary.md', 'verdict.json'])
    const { verdict, history } = judgeRun(directory)
    expect(renderJson(verdict)).toBe(readFileSync(join(directory, 'verdict.json'), 'utf8'))
    expect(JSON.parse(renderJson(verdict))).toEqual(JSON.parse(JSON.stringify(verdict)))
    expect(history.run.id).toBe(verdict.run.id)
  })

  test('of a run that was changed since are not believed', () => {
    writeReports(directory, judgeRun(directory).verdict)
    const changed = journalNamed('legacy').replace('"malformed"', '"ok"').replace('"seed":7', '"seed":8')
    writeFileSync(join(directory, 'journal.ndjson'), changed)
    expect(() => judgeRun(directory)).toThrow(expect.objectContaining({ code: 'usage/run' }))
  })

  test('of no run at all are an error of usage', () => {
    expect(() => judgeRun(join(directory, 'nowhere'))).toThrow(expect.objectContaining({ code: 'usage/run' }))
  })

  test('that cannot be written are an error of the journal', () => {
    const { verdict } = judgeRun(directory)
    expect(() => writeReports(join(directory, 'nowhere'), verdict)).toThrow(expect.objectContaining({ code: 'harness/journal' }))
  })
})
