/** Several runs counted together, for the person who has to decide: what they show, which they are, what now. */
import type { Pool } from '../verdict/pool.ts'
import type { Verdict } from '../verdict.ts'
import { limitWords, plantedWords } from './first-lines.ts'
import { type Paint, painter, section, wrap } from './lines.ts'
import { plain } from './words.ts'

const outcomeWords: Readonly<Record<Verdict['outcome'], string>> = {
  GO: 'every one of them is GO, and so is the long run, as far as it is required',
  'NO-GO': 'one of them broke a promise, or all of them together show that it is not kept',
  INCONCLUSIVE: 'one of them, or the long run, was not shown',
}

/** @param colour only for a person who watches */
export function renderPool(pool: Pool, colour: boolean): string {
  const paint = painter(colour)
  const { of, runs } = pool
  const commit = `commit ${of.commit ?? 'unknown'}`
  const lines = [
    '',
    ...wrap(`${pool.outcome}: ${runs.length} runs counted together: ${outcomeWords[pool.outcome]}.`, 0),
    ...[...plantedWords(of.defects), ...limitWords(pool)].flatMap((line) => wrap(line, 0)),
    ...wrap(`Suite ${of.suite}, profile ${of.profile}, time scale ${of.timeScale}, ${commit}. This is no verdict of any one run.`, 0),
    ...section('In the long run', claimLines(pool, paint)),
    ...section(
      'Runs',
      runs.map(({ id, outcome, startedAt, seed }) => {
        return `  ${paint(outcome, outcome.padEnd(12))}  ${plain(id)}, ${plain(startedAt)}, seed ${seed}`
      }),
    ),
    ...section(
      'What now',
      whatNow(pool).flatMap((line) => wrap(line, 2)),
    ),
    '',
    `${paint(pool.outcome)} · ${runs.length} runs`,
  ]
  return `${lines.join('\n')}\n`
}

function claimLines({ longRun }: Pool, paint: Paint): string[] {
  return longRun.flatMap(({ about, outcome, because, required }) => [
    `  ${paint(outcome, outcome.padEnd(7))}  ${about}${required ? '' : ' (not required)'}`,
    ...wrap(because, 11),
  ])
}

function whatNow({ runs, outcome, of }: Pool): readonly string[] {
  const bad = runs.filter((run) => run.outcome !== 'GO')
  if (of.defects.length > 0)
    return ['This fleet had defects planted in it: this shows whether they are caught, and nothing about a fleet without.']
  if (bad.length > 0) return [`The verdict of each run says why it is not GO: ./gauntlet judge reports/${bad[0]?.id}`]
  if (outcome === 'GO') return ['Go ahead, as far as this suite reaches.']
  if (outcome === 'NO-GO') return ['Do not cut over: more runs of the same do not undo it. Fix what fails, then start counting again.']
  return ['Run it again, and count that run as well; leave no run out, whatever its outcome.']
}
