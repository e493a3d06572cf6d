/**
 * What stands beside the outcome in every report: how much of it was judged, and what makes it worth less than it looks: limits that are
 * not the promised ones, defects that were planted, trouble of the harness. A reader who stops after these lines has not been misled.
 */
import { many } from '../evidence/scope.ts'
import { stages, type Verdict } from '../verdict.ts'
import { limitName, limitValue, named, outcomeOf } from './words.ts'

/** The outcome and how far it reaches, without a full stop: the first line, and the last one again. */
export function headline({ outcome, criteria, scenarios }: Verdict): string {
  const ids = (wanted: ReturnType<typeof outcomeOf>) => criteria.filter((each) => outcomeOf(each) === wanted).map(({ id }) => id)
  const staged = scenarios.flatMap((scenario) => stages.map((stage) => scenario.stages[stage]))
  const bad = (wanted: 'fail' | 'unknown') => {
    const count = staged.filter((each) => each === wanted).length
    return [...ids(wanted), ...(count > 0 ? [many(count, 'stage')] : [])]
  }
  const listed = (title: string, names: readonly string[]) => (names.length > 0 ? [`${title}: ${names.join(', ')}`] : [])
  const parts = [
    `${ids('pass').length} of ${criteria.length} criteria pass`,
    ...listed('fail', bad('fail')),
    ...listed('unknown', bad('unknown')),
    ...listed('not judged', ids('not judged')),
  ]
  return `${outcome}, ${parts.join('; ')}`
}

/** What a reader must know before believing the first line; none of a plain run. */
export function reservations(verdict: Verdict): readonly string[] {
  return [...plantedWords(verdict.run.defects), ...limitWords(verdict), ...troubleWords(verdict.troubles)]
}

/** What was put into the fleet on purpose, a line each. */
export function plantedWords(defects: Verdict['run']['defects']): readonly string[] {
  return defects.map(({ id, sentence, on }) => `Defect planted: ${id}: ${sentence} (${named(on)}).`)
}

/** By what it was judged, where that is not what the owners promise. */
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

function troubleWords(troubles: Verdict['troubles']): readonly string[] {
  const [first] = troubles
  if (first === undefined) return []
  const count = troubles.length === 1 ? '' : `, the first of ${troubles.length}`
  return [`Harness trouble${count}: ${first.code}: ${first.message}.`]
}
