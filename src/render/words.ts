/** How outcomes and measures are said, the same in every report. */
import { exactly, onItsSide, percentOf } from '../base/digits.ts'
import type { Finding, Measure, Outcome } from '../checks/finding.ts'
import { stages, type Verdict } from '../verdict.ts'

export type Criterion = Verdict['criteria'][number]

export const outcomeWords: Readonly<Record<Verdict['outcome'], string>> = {
  GO: 'everything that is required was shown',
  'NO-GO': 'a promise is broken',
  INCONCLUSIVE: 'something that is required was not shown',
}

/** What nobody asked for and nobody looked at is not the same as what was looked for and not seen. */
export function isJudged({ required, outcome }: Pick<Criterion, 'required' | 'outcome'>): boolean {
  return required || outcome !== 'unknown'
}

export function outcomeOf(criterion: Criterion): Outcome | 'not judged' {
  return isJudged(criterion) ? criterion.outcome : 'not judged'
}

export function measuredOf(finding: Finding): string {
  return finding.outcome === 'unknown' ? '–' : measuredWords(finding.measure)
}

export function limitOf(finding: Finding): string {
  return finding.outcome === 'unknown' ? '–' : limitWord(finding.measure.limit, finding.measure.unit)
}

/** How a unit is shown: what is multiplied into, its decimals, its sign. Of all others there are whole ones. */
const shownAs: { readonly [U in Measure['unit']]?: readonly [into: (value: number) => number, decimals: number, sign: string] } = {
  ratio: [percentOf, 3, '%'],
  ms: [(ms) => ms / 1000, 1, 's'],
  times: [(times) => times, 3, '×'],
  'agent-seconds': [(seconds) => seconds, 1, 'agent-s'],
}

function limitWord(value: number, unit: Measure['unit']): string {
  return quantity(value, unit, (into, decimals) => exactly(into(value), decimals))
}

/** Less than the whole is never the whole, and what misses its limit never looks as if it kept it. */
function measuredWords({ value, limit, unit }: Measure): string {
  const [bounds, better] = unit === 'ratio' ? ([[limit, 1], 'more'] as const) : ([[limit], 'less'] as const)
  return quantity(value, unit, (into, decimals) => onItsSide(into(value), decimals, bounds.map(into), better))
}

type Digits = (into: (value: number) => number, decimals: number) => string

function quantity(value: number, unit: Measure['unit'], digits: Digits): string {
  const shown = shownAs[unit]
  if (shown === undefined) return value === 1 ? `1 ${unit.slice(0, -1)}` : `${value} ${unit}`
  const [into, decimals, sign] = shown
  return `${digits(into, decimals)} ${sign}`
}

/** Everything that is not a pass and counts, worst first: criteria that are required or broken, then stages, each said once. */
export function reasonsOf(verdict: Verdict): readonly { readonly where: string; readonly finding: Finding }[] {
  const criteria = verdict.criteria
    .filter(({ required, outcome }) => required || outcome === 'fail')
    .map((finding) => ({ where: finding.scenario === null ? finding.id : `${finding.id} (${finding.scenario})`, finding }))
  const staged = verdict.scenarios.flatMap(({ name, findings }) =>
    findings
      .filter(({ about }) => (stages as readonly string[]).includes(about))
      .map((finding) => ({ where: `${name}, ${finding.about}`, finding: finding as Finding })),
  )
  const seen = new Set<string>()
  return [...criteria, ...staged]
    .filter(({ finding }) => finding.outcome !== 'pass')
    .sort((a, b) => Number(b.finding.outcome === 'fail') - Number(a.finding.outcome === 'fail'))
    .filter(({ finding: { because } }) => !seen.has(because) && seen.add(because))
}

/** Lines for whoever has to decide, and then do something. */
export function whatNow(verdict: Verdict): readonly string[] {
  const notJudged = verdict.criteria.filter((criterion) => !isJudged(criterion)).map(({ id }) => id)
  const silent = notJudged.length > 0 ? [`Not judged: ${notJudged.join(', ')}. This verdict says nothing about them.`] : []
  const again = `Again, the same way: ${verdict.reproduce}`
  const planted = verdict.run.defects.map(({ id }) => id)
  if (planted.length > 0) {
    const about = `This fleet had ${planted.join(', ')} put into it: the verdict tells whether that is caught, and nothing of a fleet without.`
    return [about, again, ...silent]
  }
  if (verdict.outcome === 'GO') return ['Go ahead, as far as this suite reaches.', ...silent]
  if (verdict.outcome === 'NO-GO') return ['Do not cut over. Mend what failed, and run it again.', again, ...silent]
  const helps = Map.groupBy(
    reasonsOf(verdict).flatMap(({ where, finding }) => (finding.outcome === 'unknown' ? [{ where, help: finding.wouldHelp }] : [])),
    ({ help }) => help,
  )
  const next = verdict.troubles.map(({ next }) => next)
  return [
    'Do not cut over on this: it shows neither that it is safe nor that it is not.',
    ...new Set(next),
    ...[...helps].map(([help, reasons]) => `What would help with ${reasons.map(({ where }) => where).join('; ')}: ${help}.`),
    again,
    ...silent,
  ]
}

/** By what it was judged, where that is not what the owners promise: for the first lines of every report. */
export function limitWords({ editedLimits, loosened }: Pick<Verdict, 'editedLimits' | 'loosened'>): readonly string[] {
  const edited = Object.entries(editedLimits ?? {}).map(([name, value]) => `${limitName(name)} ${limitValue(name, value)}`)
  return [
    ...(editedLimits === null ? [] : [`Judged again, by other limits than the run's own: ${edited.join(', ')}.`]),
    ...loosened.map(
      ({ scenario, limit, promised, used }) =>
        `Loosened in ${scenario}: ${limitName(limit)} ${limitValue(limit, used)}, where ${limitValue(limit, promised)} is promised.`,
    ),
  ]
}

function limitName(name: string): string {
  return name.replace(/Ms$/, '')
}

function limitValue(name: string, value: number): string {
  return limitWord(value, name.endsWith('Ms') ? 'ms' : name.startsWith('latency') ? 'times' : 'ratio')
}

/** What the run says about the next ones, which is not what it is judged by. */
export function longRunWords({ longRun }: Verdict): readonly string[] {
  return longRun.map(({ about, because }) => `${about}: ${because}`)
}

/** Text of the fleet is shown, never obeyed: no colour, no cursor, no line of it reaches a terminal or a document. */
export function plain(text: string): string {
  return [...text].map((letter) => (/\p{Cc}/u.test(letter) ? ' ' : letter)).join('')
}

/** What was put into the fleet on purpose, a line each. */
export function defectsOf({ run }: { readonly run: Pick<Verdict['run'], 'defects'> }): string[] {
  return run.defects.map(({ id, sentence, on }) => {
    const shown = on.length > mostShown ? `${on.slice(0, mostShown).join(', ')} and ${on.length - mostShown} more` : on.join(', ')
    return `${id}: ${sentence} (${shown})`
  })
}

const mostShown = 4
