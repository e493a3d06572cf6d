/** How outcomes and measures are said, the same in every report. */
import { exactly, onItsSide, percentOf } from '../base/digits.ts'
import type { Finding, Outcome } from '../evidence/finding.ts'
import { better, type Measure, type Unit } from '../evidence/measure.ts'
import { limitsOf, unitOfLimit } from '../verdict/limits.ts'
import { stages, type Verdict } from '../verdict.ts'

export type Criterion = Verdict['criteria'][number]

export const outcomeWords: Readonly<Record<Verdict['outcome'], string>> = {
  GO: 'Everything that is required was shown.',
  'NO-GO': 'A promise is broken.',
  INCONCLUSIVE: 'Something that is required was not shown.',
}

/** What is not required and was not exercised is not the same as what was looked for and not seen. */
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

/** As it was judged by, and beside it what was promised, where that is something else: a limit alone does not say that it is a lax one. */
export function limitInRow(criterion: Criterion, { loosened, editedLimits }: Pick<Verdict, 'loosened' | 'editedLimits'>): string {
  const limit = limitOf(criterion)
  if (criterion.outcome === 'unknown') return limit
  const names = limitsOf(criterion.id)
  const promises = loosened
    .filter((each) => each.scenario === criterion.scenario && names.some((name) => name === each.limit))
    .map((each) => `${limitName(each.limit)} ${limitValue(each.limit, each.promised)}`)
  const edited = names.filter((name) => editedLimits !== null && Object.hasOwn(editedLimits, name))
  const beside = [
    ...(promises.length > 0 ? [`promised: ${promises.join(', ')}`] : []),
    ...(edited.length > 0 ? [`edited: ${edited.map(limitName).join(', ')}`] : []),
  ]
  return beside.length === 0 ? limit : `${limit} (${beside.join('; ')})`
}

/** How a unit is shown: what is multiplied into, its decimals, its sign. Of all others there are whole ones. */
const shownAs: { readonly [U in Unit]?: readonly [into: (value: number) => number, decimals: number, sign: string] } = {
  ratio: [percentOf, 3, '%'],
  ms: [(ms) => ms / 1000, 1, 's'],
  times: [(times) => times, 3, '×'],
}

function limitWord(value: number, unit: Unit): string {
  return quantity(value, unit, (into, decimals) => exactly(into(value), decimals))
}

/** Less than the whole is never the whole, and what misses its limit never looks as if it kept it. */
function measuredWords({ value, limit, unit }: Measure): string {
  const bounds = unit === 'ratio' ? [limit, 1] : [limit]
  return quantity(value, unit, (into, decimals) => onItsSide(into(value), decimals, bounds.map(into), better[unit]))
}

type Digits = (into: (value: number) => number, decimals: number) => string

function quantity(value: number, unit: Unit, digits: Digits): string {
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

/** Lines for the reader who has to decide, and then do something. */
export function whatNow(verdict: Verdict): readonly string[] {
  const again = `Again, the same way: ${verdict.reproduce}`
  const planted = verdict.run.defects.map(({ id }) => id)
  if (planted.length > 0) {
    const defects = planted.length === 1 ? `the defect ${planted[0]}` : `the defects ${planted.join(', ')}`
    return [`This fleet had ${defects} planted in it: the verdict shows whether that is caught, and nothing about a fleet without.`, again]
  }
  if (verdict.outcome === 'GO') return ['Go ahead, as far as this suite reaches.']
  if (verdict.outcome === 'NO-GO') return ['Do not cut over. Fix what failed, then run it again.', again]
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
  ]
}

/** As the command line and promises.yaml call it. */
export function limitName(name: string): string {
  return name.replace(/Ms$/, '')
}

export function limitValue(name: string, value: number): string {
  return limitWord(value, unitOfLimit(name))
}

/** What the run says about the next ones, which is not what it is judged by. */
export function longRunWords({ longRun }: Verdict): readonly string[] {
  return longRun.map(({ about, because }) => `${about}: ${because}`)
}

/** Text of the fleet is shown, never obeyed: no colour, no cursor, no line of it reaches a terminal or a document. */
export function plain(text: string): string {
  return [...text].map((letter) => (/\p{Cc}/u.test(letter) ? ' ' : letter)).join('')
}

const mostNamed = 4

/** Names as far as a line is still read to its end; the verdict itself has them all. */
export function named(names: readonly string[]): string {
  return names.length > mostNamed ? `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more` : names.join(', ')
}
