/**
 * The verdict for build servers: a scenario is a suite, a stage or criterion a case; what is unknown is an error, never green. The first
 * suite has the first lines as properties and as its output, and the accounting of time: a page of green cases would hide them.
 */
import { XMLBuilder } from 'fast-xml-parser'
import type { Finding } from '../evidence/finding.ts'
import type { Verdict } from '../verdict.ts'
import { headline, reservations } from './first-lines.ts'
import { timeLines } from './time.ts'
import { isJudged, outcomeOf, outcomeWords, plain } from './words.ts'

interface Case {
  readonly '@_name': string
  readonly '@_classname': string
  readonly failure?: Problem
  readonly error?: Problem
  readonly skipped?: { readonly '@_message': string }
}
interface Problem {
  readonly '@_message': string
  readonly '#text': string
}

export function renderJunit(verdict: Verdict): string {
  const suites = [
    aboutRun(verdict),
    suite(
      'criteria',
      verdict.criteria.map((criterion) =>
        isJudged(criterion)
          ? caseOf('criteria', criterion.id, criterion)
          : {
              '@_name': criterion.id,
              '@_classname': 'criteria',
              skipped: { '@_message': plain(criterion.outcome === 'unknown' ? criterion.because : '') },
            },
      ),
    ),
    ...verdict.scenarios.map(({ name, findings }) =>
      suite(
        name,
        findings.map((finding) => caseOf(name, finding.about, finding)),
      ),
    ),
  ]
  const total = (key: '@_tests' | '@_failures' | '@_errors' | '@_skipped') => suites.reduce((sum, each) => sum + each[key], 0)
  const totals = {
    '@_tests': total('@_tests'),
    '@_failures': total('@_failures'),
    '@_errors': total('@_errors'),
    '@_skipped': total('@_skipped'),
  }
  const builder = new XMLBuilder({ ignoreAttributes: false, format: true, suppressEmptyNode: true, suppressBooleanAttributes: false })
  return builder.build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    testsuites: {
      '@_name': plain(`gauntlet ${verdict.run.suite} ${verdict.run.id}: ${headline(verdict)}`),
      ...totals,
      testsuite: suites,
    },
  })
}

function aboutRun(verdict: Verdict) {
  const property = (name: string) => (value: string) => ({ '@_name': name, '@_value': plain(value) })
  const notJudged = verdict.criteria.filter((each) => outcomeOf(each) === 'not judged').map(({ id }) => id)
  const properties = [
    property('outcome')(verdict.outcome),
    ...(notJudged.length > 0 ? [property('not judged')(notJudged.join(', '))] : []),
    ...reservations(verdict).map(property('reservation')),
  ]
  const troubles = verdict.troubles.map(({ code, message, next }) => broken('run', code, 'error', message, next))
  const output = [`${headline(verdict)}.`, ...reservations(verdict), ...timeLines(verdict)].map(plain).join('\n')
  return suite('run', [overall(verdict), ...troubles], { properties: { property: properties } }, { 'system-out': output })
}

/** So that no report is all green unless the verdict is GO. */
function overall(verdict: Verdict): Case {
  if (verdict.outcome === 'GO') return { '@_name': 'verdict', '@_classname': 'run' }
  const kind = verdict.outcome === 'NO-GO' ? 'failure' : 'error'
  return broken('run', 'verdict', kind, `${headline(verdict)}. ${outcomeWords[verdict.outcome]}`, verdict.reproduce)
}

function caseOf(suiteName: string, name: string, finding: Finding): Case {
  if (finding.outcome === 'pass') return { '@_name': plain(name), '@_classname': plain(suiteName) }
  if (finding.outcome === 'unknown') return broken(suiteName, name, 'error', finding.because, `what would help: ${finding.wouldHelp}`)
  return broken(suiteName, name, 'failure', finding.because, `journal events ${finding.standsOn.join(', ')}`)
}

function broken(suiteName: string, name: string, kind: 'failure' | 'error', message: string, text: string): Case {
  return { '@_name': plain(name), '@_classname': plain(suiteName), [kind]: { '@_message': plain(message), '#text': plain(text) } }
}

/** @param before, @param after what stands in it beside its cases, where the format wants it */
function suite(name: string, cases: readonly Case[], before: object = {}, after: object = {}) {
  const count = (kind: 'failure' | 'error' | 'skipped') => cases.filter((each) => each[kind] !== undefined).length
  return {
    '@_name': plain(name),
    '@_tests': cases.length,
    '@_failures': count('failure'),
    '@_errors': count('error'),
    '@_skipped': count('skipped'),
    ...before,
    testcase: cases,
    ...after,
  }
}
