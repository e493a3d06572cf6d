/** The verdict as a page to attach to a change: outcome, reasons, criteria, scenarios. */
import { stages, type Verdict } from '../verdict.ts'
import { headline, reservations } from './first-lines.ts'
import { timeLines } from './time.ts'
import { limitInRow, longRunWords, measuredOf, outcomeOf, outcomeWords, plain, reasonsOf, whatNow } from './words.ts'

export function renderMarkdown(verdict: Verdict): string {
  const { run } = verdict
  const commit = run.commit === null ? 'no commit' : `commit ${run.commit}${run.dirty ? ' (with local changes)' : ''}`
  return [
    `# ${text(headline(verdict))}`,
    ...reservations(verdict).map(text),
    `${outcomeWords[verdict.outcome]} Suite ${text(run.suite)}, profile ${text(run.profile)}, time scale ${run.timeScale}, seed ${run.seed}, run ${text(run.id)}, ${commit}; from ${text(run.startedAt)} to ${text(run.endedAt ?? 'an unknown end')}.`,
    `Vault: ${text(run.vault)}.`,
    ...section(
      'What happened',
      reasonsOf(verdict).map(({ where, finding }) => `- **${finding.outcome}** ${text(where)}: ${text(finding.because)}`),
    ),
    ...section(
      'Troubles',
      verdict.troubles.map(({ code, message, next }) => `- **${text(code)}** ${text(message)}. ${text(next)}`),
    ),
    '## Criteria',
    table(
      ['criterion', 'outcome', 'measured', 'limit', 'scenario', 'because'],
      verdict.criteria.map((each) => [
        each.id,
        outcomeOf(each),
        measuredOf(each),
        limitInRow(each, verdict),
        each.scenario ?? '–',
        each.because,
      ]),
    ),
    '## Scenarios (held: bystanders unaffected)',
    table(
      ['scenario', ...stages],
      verdict.scenarios.map((scenario) => [scenario.name, ...stages.map((stage) => scenario.stages[stage])]),
    ),
    ...section(
      'Time',
      timeLines(verdict).map((line) => `- ${text(line)}`),
    ),
    ...section(
      'Risks',
      Object.entries(verdict.risks).map(([risk, outcome]) => `- ${text(risk)}: ${outcome}`),
    ),
    ...section(
      'In the long run',
      longRunWords(verdict).map((line) => `- ${text(line)}`),
    ),
    ...section(
      'Configs',
      verdict.config.map(
        ({ rule, severity, message, file, line }) => `- ${severity} ${text(rule)}: ${text(message)} (${text(file)}:${line})`,
      ),
    ),
    ...section(
      'Last log lines',
      Object.entries(verdict.logs).map(([agent, lines]) => [`- ${text(agent)}`, ...lines.map((line) => `    ${plain(line)}`)].join('\n\n')),
    ),
    ...section(
      'What now',
      whatNow(verdict).map((line) => `- ${text(line)}`),
    ),
  ]
    .join('\n\n')
    .concat('\n')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.join('\n')]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(text).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** As text, whatever it looks like. */
function text(words: string): string {
  return plain(words)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|]/g, '\\$&')
}
