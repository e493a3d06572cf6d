/** The way back, for all who take it: steps in reverse order, every one of them whatever became of the others, then proof. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Query } from '../faults/fault.ts'
import { holds, wasAsked } from './command.ts'
import { kernelNowMs, note } from './lease-folder.ts'
import type { HoldRequest, ToolLine } from './protocol.ts'
import { type Answer, done, failed, type Io, unproven } from './verb.ts'

const lookEveryMs = 20

/** @returns `done` when every step is proven gone, `unproven` when one is not although its undo went well, `failed` otherwise */
export async function undo({ lease, proofMs, steps }: HoldRequest, io: Io): Promise<number> {
  let outcome: number = done
  const backwards = steps.toReversed()
  const undone: Answer[] = []
  for (const { step } of backwards) undone.push(await io.run(step.undo))
  note(lease, 'undone', { atMs: kernelNowMs() })
  tell(io, { kind: 'undone', lease })

  const answers = await prove(
    backwards.map(({ step }) => step.gone),
    proofMs,
    io,
  )
  for (const [place, { index, step }] of backwards.entries()) {
    const answer = answers[place] as Look
    const { exitCode, stderr } = undone[place] as Answer
    // An undo that runs a second time may well fail; it did only if the fault is still there.
    if (!holds(step.gone.expect, answer)) {
      io.warn(
        `step ${index}: \`${step.gone.command.argv.join(' ')}\` ended with ${answer.exitCode}: ${(answer.stderr || answer.stdout).trim()}`,
      )
      if (exitCode !== 0) tell(io, { kind: 'failed', lease, index, argv: step.undo.argv, exitCode, stderr })
      outcome = exitCode !== 0 || outcome === failed ? failed : unproven
    }
    tellProof(io, { lease, index, query: 'gone' }, answer)
  }
  return outcome
}

/** An answer to a query, with when it began to be asked. */
export interface Look extends Answer {
  readonly asked: boolean
  /** Of this process's own clock. */
  readonly begunMs: number
}

/** Asks all queries until each has held once or the time is over. @returns each one's last answer */
export async function prove(queries: readonly Query[], withinMs: number, io: Io): Promise<Look[]> {
  const answers: Look[] = []
  const endMs = performance.now() + withinMs
  let open = [...queries.keys()]
  for (;;) {
    for (const place of open) answers[place] = await look(queries[place] as Query, io)
    open = open.filter((place) => !holds((queries[place] as Query).expect, answers[place] as Look))
    if (open.length === 0 || performance.now() >= endMs) return answers
    await sleep(lookEveryMs)
  }
}

async function look({ command, expect }: Query, io: Io): Promise<Look> {
  const begunMs = performance.now()
  const answer = await io.run(command)
  return { ...answer, asked: wasAsked(expect, answer), begunMs }
}

type Proof = Extract<ToolLine, { kind: 'proof' }>

export function tellProof(io: Io, of: Pick<Proof, 'lease' | 'index' | 'query'>, { begunMs, ...answer }: Look): void {
  tell(io, { kind: 'proof', ...of, ...answer, ageMs: Math.round(performance.now() - begunMs) })
}

export function tell(io: Io, line: ToolLine): void {
  io.print(JSON.stringify(line))
}
