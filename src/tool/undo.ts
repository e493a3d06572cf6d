/** The way back, for all who take it: steps in reverse order, every one of them whatever became of the others, then proof. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Query } from '../faults/fault.ts'
import { holds } from './command.ts'
import type { HoldRequest, ToolLine } from './protocol.ts'
import type { Answer, Io } from './verb.ts'

const lookEveryMs = 20

/** @returns whether every step is proven gone */
export async function undo({ lease, proofMs, steps }: HoldRequest, io: Io): Promise<boolean> {
  const backwards = steps.toReversed()
  const undone: Answer[] = []
  for (const { step } of backwards) undone.push(await io.run(step.undo))

  const answers = await prove(
    backwards.map(({ step }) => step.gone),
    proofMs,
    io,
  )
  for (const [place, { index, step }] of backwards.entries()) {
    const answer = answers[place] as Answer
    const { exitCode, stderr } = undone[place] as Answer
    // An undo that runs a second time may well fail; it did only if the fault is still there.
    if (exitCode !== 0 && !holds(step.gone.expect, answer))
      tell(io, { kind: 'failed', lease, index, argv: step.undo.argv, exitCode, stderr })
    tell(io, { kind: 'proof', lease, index, query: 'gone', ...answer })
  }
  return backwards.every(({ step }, place) => holds(step.gone.expect, answers[place] as Answer))
}

/** Asks all queries until each has held once or the time is over. @returns each one's last answer */
export async function prove(queries: readonly Query[], withinMs: number, io: Io): Promise<Answer[]> {
  const answers: Answer[] = []
  const endMs = performance.now() + withinMs
  let open = [...queries.keys()]
  for (;;) {
    for (const place of open) answers[place] = await io.run((queries[place] as Query).command)
    open = open.filter((place) => !holds((queries[place] as Query).expect, answers[place] as Answer))
    if (open.length === 0 || performance.now() >= endMs) return answers
    await sleep(lookEveryMs)
  }
}

export function tell(io: Io, line: ToolLine): void {
  io.print(JSON.stringify(line))
}
