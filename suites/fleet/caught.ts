/** The verdict of a small fleet with defects: NO-GO, and it says which were put in. */
import { expect } from 'vitest'
import { renderTerminal } from '../../src/render/terminal.ts'
import type { Verdict } from '../../src/verdict.ts'
import { configs, judgedRun } from '../command.ts'

/** @returns what the verdict says of a criterion, or of a stage, by name */
export async function judged(defects: string, ...command: readonly string[]) {
  const { verdict } = await judgedRun([...command, ...configs('small', 'mainpc', 'pc2'), '--defect', defects])
  expect(verdict.outcome).toBe('NO-GO')
  expect(verdict.run.defects.map(({ id }) => id).join()).toBe(defects)
  expect(verdict.reproduce).toContain(`--defect ${defects}`)
  const words = renderTerminal(verdict, { report: '', colour: false }).replaceAll(/\s+/g, ' ')
  for (const { id, sentence } of verdict.run.defects) expect(words).toContain(`${id}: ${sentence}`)
  return (criterion: string) => criterionOf(verdict, criterion)
}

/** As the scenario found it in this stage, where that is what is asked for. */
function criterionOf({ criteria, scenarios }: Verdict, name: string) {
  const staged = scenarios.flatMap(({ findings }) => findings).find(({ about }) => about === name)
  return (criteria.find(({ id }) => id === name) ?? staged) as Verdict['criteria'][number]
}
