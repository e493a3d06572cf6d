/**
 * From a history to a verdict, and from nothing else: no clock, no locale, no file. Any failure is NO-GO; without one, anything
 * unknown is INCONCLUSIVE; GO is only what was shown. The same journal gives the same bytes, on every machine.
 */
import { checkOf, criteria as known } from '../checks/index.ts'
import { accountingOf } from '../evidence/accounting.ts'
import { type Finding, isWorse, type Outcome, unknown, worst } from '../evidence/finding.ts'
import type { Promises } from '../journal/event.ts'
import type { History, ScenarioHistory } from '../journal/history.ts'
import { type Stage, stages, type Verdict, verdictId } from '../verdict.ts'
import { loosenedBy } from './limits.ts'
import { longRun } from './long-run.ts'
import { judgeStage } from './stages.ts'

type Judged = Verdict['scenarios'][number]
type Criterion = Verdict['criteria'][number]

/** @param edited limits that stand in for the run's own: the history must have been changed to them (limits.ts), and is marked so */
export function judge(history: History, edited?: Partial<Promises>): Verdict {
  const { run } = history
  const ran = new Map(history.scenarios.map((scenario) => [scenario, judgeScenario(history, scenario)]))
  const left = leftOf(
    run.suite.scenarios,
    history.scenarios.map(({ declared }) => declared.name),
  )
  const scenarios = [...ran.values(), ...left.map(didNotRun)]
  const criteria = judgeCriteria(history, ran)
  const troubles = troublesOf(history)
  const outcomes = [
    // What is not required need not be known; once it is seen to be broken, it counts.
    ...criteria.filter(({ required, outcome }) => required || outcome === 'fail').map(({ outcome }) => outcome),
    ...scenarios.flatMap((scenario) => Object.values(scenario.stages)),
    ...(troubles.length > 0 || scenarios.length === 0 || run.suite.requires.length === 0 ? ['unknown' as const] : []),
  ]
  return {
    schema: verdictId,
    outcome: ({ fail: 'NO-GO', unknown: 'INCONCLUSIVE', pass: 'GO' } as const)[worst(outcomes)],
    run: {
      id: run.id,
      seed: run.seed,
      profile: run.profile,
      timeScale: run.timeScale,
      defects: run.defects.map(({ id, sentence, owners, on }) => ({ id, sentence, owners, on })),
      vault: run.vault,
      suite: run.suite.name,
      startedAt: run.startedAt,
      endedAt: history.end?.endedAt ?? null,
      commit: run.commit,
      dirty: run.dirty,
      images: sorted(run.images),
    },
    criteria,
    scenarios,
    accounting: accountingOf(history),
    risks: risksOf(scenarios),
    longRun: longRun(history),
    loosened: loosenedBy(history),
    editedLimits: edited === undefined ? null : { ...edited },
    config: (history.configFindings?.findings ?? []).map(({ rule, severity, message, file, line }) => ({
      rule,
      severity,
      message,
      file,
      line,
    })),
    troubles,
    logs: sorted(
      Object.fromEntries(history.scenarios.flatMap((scenario) => scenario.of('agent-log')).map(({ agent, lines }) => [agent, lines])),
    ),
    reproduce: run.reproduce,
  }
}

/** What is listed and did not run; what is listed twice must have run twice. */
function leftOf(listed: readonly string[], ran: readonly string[]): readonly string[] {
  const times = (names: readonly string[], wanted: string) => names.filter((name) => name === wanted).length
  return listed.filter((name, place) => times(listed.slice(0, place + 1), name) > times(ran, name))
}

function judgeScenario(history: History, scenario: ScenarioHistory): Judged {
  const { name, hypothesis, risks, criteria } = scenario.declared
  const judged = new Map<string, Finding>()
  const judgedBy = (id: string): Finding => {
    const finding = judged.get(id) ?? judgeBy(id, history, scenario)
    judged.set(id, finding)
    return finding
  }
  const staged = stages.map((stage) => ({ about: stage, ...attempt(() => judgeStage[stage](history, scenario, judgedBy)) }))
  const others = criteria.map((id) => ({ about: id, ...judgedBy(id) }))
  return { name, hypothesis, risks, stages: outcomesOf(staged), findings: [...staged, ...others] }
}

function judgeBy(id: string, history: History, scenario: ScenarioHistory): Finding {
  const check = checkOf(id)
  return check ? attempt(() => check.judge(history, scenario)) : notBuilt
}

const notBuilt = unknown('there is no check for it yet', 'a newer version')

function didNotRun(name: string): Judged {
  const finding = unknown('it did not run', 'a run that gets that far')
  const findings = stages.map((stage) => ({ about: stage, ...finding }))
  return { name, hypothesis: '', risks: [], stages: outcomesOf(findings), findings }
}

function outcomesOf(findings: readonly ({ readonly about: Stage } & Finding)[]): Readonly<Record<Stage, Outcome>> {
  return Object.fromEntries(findings.map(({ about, outcome }) => [about, outcome])) as Record<Stage, Outcome>
}

function judgeCriteria(history: History, ran: ReadonlyMap<ScenarioHistory, Judged>): Criterion[] {
  const { requires } = history.run.suite
  const foreign = requires.filter((id) => !known.some((criterion) => criterion.id === id))
  const all = [...known, ...[...new Set(foreign)].map((id) => ({ id, promise: 'unknown to this version', exercisedBy: undefined }))]
  const judged = all.map(({ id, promise, exercisedBy }): Criterion => {
    const required = requires.includes(id)
    const candidates = [...ran.values()].flatMap(({ name, findings }) =>
      findings
        .filter(({ about }) => about === id)
        .map(({ about: _about, ...finding }) => ({ scenario: name, finding: finding as Finding })),
    )
    const decisive = candidates.reduce<(typeof candidates)[number] | undefined>(
      (a, b) => (a && !isWorse(b.finding, a.finding) ? a : b),
      undefined,
    )
    if (decisive) return { id, promise, required, scenario: decisive.scenario, ...decisive.finding }
    const missing = checkOf(id) === undefined ? notBuilt.because : 'no scenario of this run exercised it'
    return { id, promise, required, scenario: null, ...unknown(missing, exercisedBy ? `the scenario ${exercisedBy}` : 'a newer version') }
  })
  return [...judged.filter(({ required }) => required), ...judged.filter(({ required }) => !required)]
}

/** Whatever makes the journal less than whole, as well as what the run itself wrote down. */
function troublesOf({ troubles, end, torn }: History): Verdict['troubles'] {
  const again = 'Run it again: what is recorded can be read, and shows only a part of the run.'
  return [
    ...troubles.map(({ code, message, next }) => ({ code, message, next })),
    ...(torn ? [{ code: 'journal/torn', message: 'the last line of the journal is incomplete, and was left out', next: again }] : []),
    ...(end === undefined ? [{ code: 'journal/cut', message: 'the journal has no end: the run was cut off', next: again }] : []),
    ...(end?.interrupted ? [{ code: 'journal/interrupted', message: 'the run was stopped before its end', next: again }] : []),
  ]
}

function risksOf(scenarios: readonly Judged[]): Verdict['risks'] {
  const names = [...new Set(scenarios.flatMap(({ risks }) => risks))].sort()
  return Object.fromEntries(
    names.map((risk) => [
      risk,
      worst(scenarios.filter(({ risks }) => risks.includes(risk)).flatMap(({ findings }) => findings.map(({ outcome }) => outcome))),
    ]),
  )
}

/** A check that breaks has shown nothing. */
function attempt(deed: () => Finding): Finding {
  try {
    return deed()
  } catch (error) {
    return unknown(
      `the check itself failed: ${error instanceof Error ? error.message : String(error)}`,
      'a report of this journal to the maintainers',
    )
  }
}

function sorted<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const names = Object.keys(record).sort()
  return Object.fromEntries(names.map((name) => [name, record[name] as T]))
}
