/** Whether a recording is judged as its entry of the index says: the outcome, the defects by name, and what each criterion must say. */
import { renderTerminal } from '../render/terminal.ts'
import type { Verdict } from '../verdict.ts'
import type { Entry, Expectation } from './recordings.ts'

/** Ids behind --defect of its command; none of a fleet as it should be. */
export function plantedIn({ command }: Pick<Entry, 'command'>): readonly string[] {
  return command.flatMap((word, place) => (command[place - 1] === '--defect' ? word.split(',') : []))
}

/** @returns each thing that is not as expected, in words */
export function unmet(entry: Pick<Entry, 'command' | 'outcome' | 'expect'>, verdict: Verdict): readonly string[] {
  const planted = plantedIn(entry).join()
  const said = renderTerminal(verdict, { report: '', colour: false }).replaceAll(/\s+/g, ' ')
  const told = verdict.run.defects.map(({ id }) => id).join()
  return [
    ...(verdict.outcome === entry.outcome ? [] : [`it is ${verdict.outcome}, and ${entry.outcome} is expected`]),
    ...(told === planted ? [] : [`its defects are ${told || 'none'}, and ${planted || 'none'} are expected`]),
    ...verdict.run.defects
      .filter(({ id, sentence }) => !said.includes(`${id}: ${sentence}`))
      .map(({ id }) => `${id} is not told to the reader`),
    ...(entry.expect ?? []).flatMap((expectation) => unmetOf(expectation, verdict)),
  ]
}

function unmetOf({ about, outcome, because = [], never = [], value }: Expectation, { criteria, scenarios }: Verdict): readonly string[] {
  const staged = scenarios.flatMap(({ findings }) => findings).find((finding) => finding.about === about)
  const found = criteria.find(({ id }) => id === about) ?? staged
  if (found === undefined) return [`nothing is said of ${about}`]
  const words = found.because
  const measured = found.outcome === 'unknown' ? undefined : found.measure.value
  return [
    ...(found.outcome === outcome ? [] : [`${about} is ${found.outcome}, and ${outcome} is expected: ${words}`]),
    ...because.filter((pattern) => !new RegExp(pattern).test(words)).map((pattern) => `${about} does not say ${pattern}: ${words}`),
    ...never.filter((pattern) => new RegExp(pattern).test(words)).map((pattern) => `${about} says ${pattern}: ${words}`),
    ...(value === undefined || measured === value ? [] : [`${about} measured ${measured}, and ${value} is expected`]),
  ]
}
