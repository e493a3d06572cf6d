/**
 * The one executor of all faults. It journals the plan before anything is done, has each machine's tool container arm, apply and
 * prove in one command, and undoes everything on every way out. It judges nothing: raw answers go to the journal.
 *
 * A lease shares nothing with another, so that several may be held at once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Compile } from 'typebox/compile'
import { isQuestion, wrongIn } from '../answers/index.ts'
import { errorTable, GauntletError } from '../base/errors.ts'
import type { Plan, Step } from '../faults/fault.ts'
import type { ExecAnswer, ExecOptions } from '../fleet/engine.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Ending, EventBody, LeaseEvent } from '../journal/event.ts'
import { type HoldRequest, type ToolLine, toolLineSchema } from '../tool/protocol.ts'
import { unproven } from '../tool/verb.ts'
import type { Held, PlannedFault, Write } from './planned-fault.ts'

/** What reaches into the machines of a fleet. */
export interface Hands {
  tool(machine: MachineId): Hand
}

/** The part of a fleet that a fault needs. */
export interface AllHands extends Hands {
  /** The hand that holds the machines' engine. */
  engine(): Hand
}

interface Hand {
  run(argv: readonly string[], options?: ExecOptions): Promise<ExecAnswer>
}

/** The lease is also the tag that the plan's own things carry. */
export interface Use extends PlannedFault {
  /** When the guard beside the fault ends it by itself. */
  readonly ttlMs?: number
  /** How long each proof may take to come true before its last answer is taken as it is. */
  readonly proofMs?: number
}

export interface Lease extends Held, AsyncDisposable {
  readonly id: string
  /** @throws GauntletError harness/tool once every machine was tried */
  release(because?: Ending): Promise<void>
}

/** Long enough that a hold that is merely slow is not cut short, short enough that an orphan does not outlive a coffee. */
export function ttlOf(holdMs: number): number {
  return 2 * holdMs + 30_000
}

const defaultProofMs = 5_000
/** What the tool needs beside the time that its proofs may take. */
const execSlackMs = 15_000
/** And at a release, for the last look before the undo. */
const lastLookMs = 12_000

/**
 * @returns once every machine has applied its part and proven it or given up proving
 * @throws GauntletError harness/tool when a part could not be applied, after everything was undone; the signal's reason likewise
 */
export async function holdFault(
  hands: AllHands,
  use: Use,
  { write, signal }: { readonly write: Write; readonly signal: AbortSignal },
): Promise<Lease> {
  const { lease, kind, plan, holdMs, ttlMs = ttlOf(holdMs), proofMs = plan.proofMs ?? defaultProofMs } = use
  signal.throwIfAborted()
  write(planEvent(lease, kind, plan, holdMs, ttlMs))
  const note: Note = (state, more = {}) => write({ kind: 'lease', lease, state, ...more })
  const parts = [...partsOf(plan)]
  let released: Promise<void> | undefined
  const enough = new AbortController()
  const undone = Promise.withResolvers<void>()
  const whenUndone = countdown(parts.length, () => {
    note('undone')
    undone.resolve()
  })
  const ended = new Set<Place>()
  const expired = (place: Place) => {
    if (!ended.has(place)) note('expired', { detail: `on ${place}, before it was released` })
    ended.add(place)
  }
  const means: Means = { hands, write, note, expired, whenUndone }
  const held: Lease = {
    id: lease,
    release: (because = 'held') => {
      enough.abort()
      released ??= release(means, lease, parts, proofMs, because)
      return released
    },
    undo: (because) => Promise.race([undone.promise, held.release(because).catch(() => {})]), // whoever awaits the release is told what went wrong
    [Symbol.asyncDispose]: () => held.release('cut-short'),
  }

  note('applying')
  const all = { armed: countdown(parts.length, () => note('armed')), applied: countdown(parts.length, () => note('applied')) }
  const begun = new Map(parts) // a place that does not answer may have begun
  const deeds = parts.map(async ([place, steps]) => {
    const request = { lease, ttlMs, proofMs, lasts: plan.lasts, steps } satisfies HoldRequest
    const take = (line: ToolLine) => {
      if (line.kind === 'armed' || line.kind === 'applied') all[line.kind]()
      else if (line.kind === 'refused') begun.delete(place)
      else if (line.kind === 'proof') write(proofEvent(steps, line))
    }
    await ask(hands, place, ['tool', 'hold'], take, { stdin: `${JSON.stringify(request)}\n`, timeoutMs: proofMs + execSlackMs, signal })
    if (plan.lasts === 'until-undone') void keepLooking(means, lease, [place, steps], enough.signal) // others may take longer to prove theirs
  })
  const problems = problemsOf(await Promise.allSettled(deeds))
  if (problems.length === 0 && !signal.aborted) return held
  if (problems.length > 0) {
    const detail = wordsOf(problems)
    if (begun.size === 0) note('refused', { detail })
    else note('failed', { detail, begun: [...new Set([...begun.values()].flat().map(({ step }) => step.machine))] })
  }
  const unwound = await Promise.allSettled([held.release('cut-short')])
  signal.throwIfAborted()
  throw failure(`applying ${kind} as ${lease}`, [...problems, ...problemsOf(unwound)])
}

/** Whose hands do it; no machine can be called so. */
const engineHand = "the engine's hand"
type Place = MachineId | typeof engineHand
const placeOf = ({ machine, by }: Step): Place => (by === 'engine' ? engineHand : machine)

/** The steps of one pair of hands, with their places in the plan. */
type Part = readonly [Place, OwnSteps]
type OwnSteps = readonly { readonly index: number; readonly step: Step }[]

function* partsOf({ steps }: Plan): Generator<Part> {
  for (const place of new Set(steps.map(placeOf))) {
    const own = steps.flatMap((step, index) => (placeOf(step) === place ? [{ index, step }] : []))
    yield [place, own]
  }
}

type Note = (state: LeaseEvent['state'], more?: Pick<LeaseEvent, 'detail' | 'begun' | 'because'>) => unknown

interface Means {
  readonly hands: AllHands
  readonly write: Write
  readonly note: Note
  /** Its guard has ended it there, by itself; said once, however often it is seen. */
  readonly expired: (place: Place) => void
  readonly whenUndone: () => void
}

/** Between the begins of two looks, where none takes longer: the judge allows twice as much. */
const lookEveryMs = 1_000
const lookMs = 14_000

/** Whoever cannot be asked is asked again: that there was no answer stands in the journal. */
async function keepLooking({ hands, write, expired }: Means, lease: string, [place, steps]: Part, enough: AbortSignal): Promise<void> {
  for (let nextMs = performance.now() + lookEveryMs; ; nextMs = Math.max(nextMs + lookEveryMs, performance.now())) {
    await sleep(Math.max(0, nextMs - performance.now()), undefined, { signal: enough }).catch(() => {})
    if (enough.aborted) return
    const begunMs = performance.now()
    const take = (line: ToolLine) => {
      if (enough.aborted) return // what is looked at last is asked by the release
      if (line.kind === 'expired') expired(place)
      else if (line.kind === 'proof') write(proofEvent(steps, line))
    }
    try {
      await ask(hands, place, ['tool', 'look', lease], take, { timeoutMs: lookMs, signal: enough })
    } catch (error) {
      if (enough.aborted) return
      const unanswered = {
        kind: 'proof',
        lease,
        query: 'lasting',
        answer: null,
        problem: wordsOf([error]),
        ageMs: Math.round(performance.now() - begunMs),
      } as const
      for (const { index } of steps) write(proofEvent(steps, { ...unanswered, index }))
    }
  }
}

async function release(
  { hands, write, note, expired, whenUndone }: Means,
  lease: string,
  parts: readonly Part[],
  proofMs: number,
  because: Ending,
): Promise<void> {
  note('releasing', { because })
  const argv = ['tool', 'release', lease, ...(because === 'cut-short' ? ['--at-once'] : [])]
  const deeds = parts.map(([place, steps]) => {
    const take = (line: ToolLine) => {
      if (line.kind === 'expired') expired(place)
      else if (line.kind === 'undone') whenUndone()
      else if (line.kind === 'proof') write(proofEvent(steps, line))
    }
    return ask(hands, place, argv, take, { timeoutMs: proofMs + lastLookMs + execSlackMs })
  })
  const problems = problemsOf(await Promise.allSettled(deeds))
  if (problems.length === 0) return void note('released')
  note('failed', { detail: wordsOf(problems) })
  throw failure(`releasing ${lease}`, problems)
}

/** @throws GauntletError harness/tool when the tool says that something failed, or ends in any other way than done */
async function ask(
  hands: AllHands,
  place: Place,
  argv: readonly string[],
  take: (line: ToolLine) => void,
  options: ExecOptions,
): Promise<void> {
  const failures: string[] = []
  const onLine = (text: string) => {
    const line = toolLine(text)
    if (line === undefined) {
      failures.push(`what is no line of a tool: ${text.slice(0, 80)}`)
      return
    }
    if (line.kind === 'failed' || line.kind === 'refused')
      failures.push(`\`${line.argv.join(' ')}\` ended with ${line.exitCode}: ${line.stderr.trim()}`)
    take(line)
  }
  const { exitCode, stderr } = await (place === engineHand ? hands.engine() : hands.tool(place)).run(argv, { ...options, onLine })
  // A fault that is undone and not seen to be gone may be the fleet's doing (an agent that nobody restarts): that is for the judge.
  if (exitCode === 0 || (exitCode === unproven && failures.length === 0)) return
  const why = failures.length > 0 ? failures.join('; ') : stderr.trim() || 'it is not proven'
  throw new GauntletError('harness/tool', `\`${argv.join(' ')}\` on ${place} ended with ${exitCode}: ${why}`)
}

const lines = Compile(toolLineSchema)

/** @returns undefined for what is none */
function toolLine(text: string): ToolLine | undefined {
  try {
    const line: unknown = JSON.parse(text)
    return lines.Check(line) ? line : undefined
  } catch {
    return undefined
  }
}

function planEvent(lease: string, fault: string, plan: Plan, holdMs: number, ttlMs: number): EventBody {
  const { targets, radius, silences, idles, mayFail, restarts, lasts, steps } = plan
  const expectations = steps.map(({ machine, effective, lasting = effective, gone }) => {
    return { machine, effective: effective.holds, lasting: lasting.holds, gone: gone.holds }
  })
  const optional = { ...(idles ? { idles } : {}), ...(mayFail ? { mayFail } : {}), ...(restarts ? { restarts } : {}) }
  return { kind: 'plan', lease, fault, ttlMs, holdMs, plan, targets, radius, silences, ...optional, lasts, expectations }
}

/** What is not of its question's schema is no answer. */
function proofEvent(steps: OwnSteps, { index, ...said }: Extract<ToolLine, { kind: 'proof' }>): EventBody {
  const step = steps.find((own) => own.index === index)?.step
  const asked = step && (said.query === 'lasting' ? (step.lasting ?? step.effective) : step[said.query])
  const verb = asked?.command.argv[1]
  const wrong = said.answer === null || !isQuestion(verb) ? undefined : wrongIn(verb, said.answer)
  return { ...said, ...(wrong === undefined ? {} : { answer: null, problem: wrong }), step: index, machine: step?.machine ?? '' }
}

function countdown(count: number, whenOver: () => void): () => void {
  let left = count
  return () => {
    left -= 1
    if (left === 0) whenOver()
  }
}

function problemsOf(results: readonly PromiseSettledResult<void>[]): readonly unknown[] {
  return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
}

function wordsOf(problems: readonly unknown[]): string {
  return problems.map((problem) => (problem instanceof Error ? problem.message : String(problem))).join('; ')
}

/** A lost engine is not the tool's failure; otherwise all that went wrong is one. */
export function failure(what: string, problems: readonly unknown[]): GauntletError {
  const known = problems.find((problem) => problem instanceof GauntletError && errorTable[problem.code].side === 'environment')
  const code = known instanceof GauntletError ? known.code : 'harness/tool'
  return new GauntletError(code, `${what}: ${wordsOf(problems)}`, {
    cause: problems.length === 1 ? problems[0] : new AggregateError(problems),
  })
}
