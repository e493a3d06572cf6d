/** The verdict for the person at 3 a.m.: what it is, what happened, how we know, what now. The last line says it again. */
import type { Outcome } from '../evidence/finding.ts'
import { stages, type Verdict } from '../verdict.ts'
import { headline, reservations } from './first-lines.ts'
import { type Coloured, type Paint, painter, section, wrap } from './lines.ts'
import { timeLines } from './time.ts'
import { isJudged, limitInRow, longRunWords, measuredOf, outcomeOf, outcomeWords, plain, reasonsOf, whatNow } from './words.ts'

export interface TerminalOptions {
  /** Where the reports are, as it is to be shown. */
  readonly report: string
  /** Only for a person who watches; the caller knows about terminals and NO_COLOR. */
  readonly colour: boolean
}

export function renderTerminal(verdict: Verdict, { report, colour }: TerminalOptions): string {
  const paint = painter(colour)
  const { run } = verdict
  const reasons = reasonsOf(verdict).flatMap(({ where, finding }) => [
    `  ${paint(finding.outcome, finding.outcome.padEnd(7))}  ${plain(where)}`,
    ...wrap(finding.because, 11),
  ])
  const first = headline(verdict)
  const lines = [
    '',
    ...painted(wrap(`${first}.`, 0), verdict, paint),
    ...reservations(verdict).flatMap((line) => wrap(line, 0)),
    outcomeWords[verdict.outcome],
    `Suite ${run.suite}, profile ${run.profile}, time scale ${run.timeScale}, seed ${run.seed}, run ${run.id}.`.replaceAll(/\p{Cc}/gu, ' '),
    `Vault: ${plain(run.vault)}.`,
    ...section('What happened', [...troubleLines(verdict), ...reasons]),
    ...section('How do we know', criteriaLines(verdict, paint)),
    ...section('Scenarios (held: bystanders unaffected)', scenarioLines(verdict, paint)),
    ...section(
      'Time',
      timeLines(verdict).flatMap((line) => wrap(line, 2)),
    ),
    ...section(
      'In the long run',
      longRunWords(verdict).flatMap((line) => wrap(line, 2)),
    ),
    ...section(
      'Configs',
      verdict.config.flatMap(({ severity, rule, message, file, line }) => wrap(`${severity} ${rule}: ${message} (${file}:${line})`, 2)),
    ),
    ...section('Last log lines', logLines(verdict)),
    ...section(
      'What now',
      whatNow(verdict).flatMap((line) => wrap(line, 2)),
    ),
    '',
    ...painted([`${plain(first)} · ${report}`], verdict, paint),
  ]
  return `${lines.join('\n')}\n`
}

/** Lines that begin with the outcome, in its colour. */
function painted(lines: readonly string[], { outcome }: Verdict, paint: Paint): string[] {
  return lines.map((line, place) => (place === 0 ? line.replace(outcome, paint(outcome)) : line))
}

function troubleLines({ troubles }: Verdict): string[] {
  return troubles.flatMap(({ code, message, next }) => [`  trouble  ${plain(code)}`, ...wrap(`${message}. ${next}`, 11)])
}

function criteriaLines(verdict: Verdict, paint: Paint): string[] {
  const { criteria } = verdict
  const rows = criteria.map((each) =>
    [each.id, outcomeOf(each), measuredOf(each), limitInRow(each, verdict), each.scenario ?? ''].map(plain),
  )
  const [names, outcomes, measured, limits] = [0, 1, 2, 3].map((column) => Math.max(8, ...rows.map((row) => row[column]?.length ?? 0))) as [
    number,
    number,
    number,
    number,
  ]
  const head = `  ${'criterion'.padEnd(names + 1)} ${'outcome'.padEnd(outcomes)}  ${'measured'.padStart(measured)}  ${'limit'.padStart(limits)}  decided in`
  return [
    head,
    ...criteria.flatMap((each, place) => {
      const [name = '', outcome = '', value = '', limit = '', scenario = ''] = rows[place] ?? []
      const line = `  ${name.padEnd(names + 1)} ${paint(outcome as Coloured, outcome.padEnd(outcomes))}  ${value.padStart(measured)}  ${limit.padStart(limits)}  ${scenario}`
      return [line.trimEnd(), ...(isJudged(each) && each.outcome === 'pass' ? wrap(each.because, names + 4) : [])]
    }),
  ]
}

/** One line a scenario, one column a stage. */
function scenarioLines({ scenarios }: Verdict, paint: Paint): string[] {
  const widest = Math.max(8, ...scenarios.map(({ name }) => name.length))
  const cell = (outcome: Outcome) => paint(outcome) + ' '.repeat(9 - outcome.length)
  return [
    `  ${''.padEnd(widest)}  ${stages.map((stage) => stage.padEnd(9)).join('  ')}`.trimEnd(),
    ...scenarios.map((scenario) =>
      `  ${plain(scenario.name).padEnd(widest)}  ${stages.map((stage) => cell(scenario.stages[stage])).join('  ')}`.trimEnd(),
    ),
  ]
}

const mostLines = 10

function logLines({ logs }: Verdict): string[] {
  return Object.entries(logs).flatMap(([agent, lines]) => [
    `  ${plain(agent)}`,
    ...lines.slice(-mostLines).map((line) => `    ${plain(line)}`),
  ])
}
