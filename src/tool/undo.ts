/** The way back, for all who take it: steps in reverse order, every one of them whatever became of the others, then proof. */
import { setTimeout as sleep } from 'node:timers/promises'
import { holds, type Json } from '../base/predicate.ts'
import type { Query } from '../faults/fault.ts'
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
    const look = answers[place] as Look
    const { exitCode, stderr } = undone[place] as Answer
    // An undo that runs a second time may well fail; it did only if the fault is still there.
    if (!isShown(step.gone, look)) {
      io.warn(`step ${index}: \`${step.gone.command.argv.join(' ')}\` says ${look.problem ?? JSON.stringify(look.answer)}`)
      if (exitCode !== 0) tell(io, { kind: 'failed', lease, index, argv: [...step.undo.argv], exitCode, stderr })
      outcome = exitCode !== 0 || outcome === failed ? failed : unproven
    }
    tellProof(io, { lease, index, query: 'gone' }, look)
  }
  return outcome
}

/** An answer to a query, with when it began to be asked. */
export interface Look {
  /** Null where the question could not be answered: then nothing is said, neither way. */
  readonly answer: Json
  readonly problem: string | null
  /** Of this process's own clock. */
  readonly begunMs: number
}

function isShown({ holds: predicate }: Query, { answer }: Look): boolean {
  return holds(predicate, answer) === true
}

/** Asks all queries until each has held once or the time is over. @returns each one's last answer */
export async function prove(queries: readonly Query[], withinMs: number, io: Io): Promise<Look[]> {
  const looks: Look[] = []
  const endMs = performance.now() + withinMs
  let open = [...queries.keys()]
  for (;;) {
    for (const place of open) looks[place] = await look(queries[place] as Query, io)
    open = open.filter((place) => !isShown(queries[place] as Query, looks[place] as Look))
    if (open.length === 0 || performance.now() >= endMs || io.signal.aborted) return looks
    await sleep(lookEveryMs)
  }
}

async function look({ command }: Query, io: Io): Promise<Look> {
  const begunMs = performance.now()
  const { exitCode, stdout, stderr } = await io.run(command)
  const asked = `\`${command.argv.join(' ')}\``
  if (exitCode !== done) return { answer: null, problem: stderr.trim() || `${asked} ended with ${exitCode}`, begunMs }
  const answer = answerIn(stdout)
  return { answer, problem: answer === null ? `${asked} said what is no answer: ${stdout.slice(0, 80).trim()}` : null, begunMs }
}

/** @returns null for what is none */
function answerIn(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return null
  }
}

/** It held once already: what is asked is whether it still does. */
const stillMs = 500
/** The longest look watches a flapping cut for ten seconds. One that hangs must not keep the fault in. */
const longestLookMs = 12_000

/** Whether a fault that is held still is in effect, step by step. */
export async function lastingLooks({ steps }: HoldRequest, io: Io): Promise<readonly Look[]> {
  const queries = steps.map(({ step: { effective, lasting = effective } }) => lasting)
  const begunMs = performance.now()
  const unanswered = { answer: null, problem: `no answer in ${longestLookMs} ms`, begunMs }
  const enough = new AbortController()
  const late = sleep(longestLookMs, undefined, { signal: enough.signal }).then(
    () => queries.map(() => unanswered),
    () => [],
  )
  const looks = await Promise.race([prove(queries, stillMs, io), late])
  enough.abort()
  return looks
}

type Proof = Extract<ToolLine, { kind: 'proof' }>

export function tellProof(io: Io, of: Pick<Proof, 'lease' | 'index' | 'query'>, { begunMs, ...look }: Look): void {
  tell(io, { kind: 'proof', ...of, ...look, ageMs: Math.round(performance.now() - begunMs) })
}

export function tell(io: Io, line: ToolLine): void {
  io.print(JSON.stringify(line))
}
