/**
 * Reads a journal back into a history, in one pass. What is torn at the end is left out and flagged; what is wrong in the middle
 * is refused with its place, since a journal that lost an event in between can no longer be believed about anything.
 */
import { GauntletError } from '../base/errors.ts'
import { attendance } from './attendance.ts'
import { openColumns } from './columns.ts'
import type { Event, Kind, PhaseName } from './event.ts'
import { problemOf } from './event-schema.ts'
import type { History, Phase, ScenarioHistory } from './history.ts'
import { chunksOf, linesOf, lookAt } from './lines.ts'
import { watchedIn } from './watched.ts'

/** @throws GauntletError usage/run when the file is no journal, or not one whole piece */
export function readHistory(file: string): History {
  return historyOf(file, sizeOf(file), chunksOf(file))
}

/** 300 million samples, of 77 agents in six weeks. Room for them all is set aside before they are read. */
const mostBytes = 4 * 1024 ** 3

function sizeOf(file: string): number {
  const seen = lookAt(file)
  if ('problem' in seen) throw unreadable(file, seen.problem === 'missing' ? 'no such file, so that no run is there' : seen.problem)
  if (seen.bytes > mostBytes) throw unreadable(file, `too large to be one: ${seen.bytes} bytes, where ${mostBytes} are the most`)
  return seen.bytes
}

function unreadable(file: string, message: string): GauntletError {
  const problems = [{ message, file, expected: 'the journal of a run' }]
  return new GauntletError('usage/run', `read ${file}: ${message}`, { problems })
}

/**
 * @param name of the file, for errors
 * @param bytes that the chunks have together
 * @throws GauntletError usage/run as readHistory
 */
export function historyOf(name: string, bytes: number, chunks: Iterable<Buffer>): History {
  return historyOfEvents(name, bytes, parsed(name, linesOf(chunks)))
}

/**
 * Of events that were read already, and are looked at all the same as if they stood in a file.
 * @param bytes that their samples take at least, eight for each
 * @param events what they return says whether something stood behind them that was cut off
 * @throws GauntletError usage/run as readHistory
 */
export function historyOfEvents(name: string, bytes: number, events: Iterator<Raw, boolean>): History {
  const columns = openColumns(bytes)
  const collected = collector(name)
  for (let line = 1; ; line++) {
    const next = events.next()
    if (next.done) return collected.finish(columns.finish(collected.leastGapMs()), columns.impossible, next.value)
    const event = next.value
    const refuse = (message: string) => refusal(name, line, message)
    if (event.seq !== line - 1) throw refuse(`event ${JSON.stringify(event.seq) ?? 'without seq'} stands where ${line - 1} belongs`)
    if (!Number.isFinite(event.atMs)) throw refuse('an event has no atMs')
    if (line === 1 && event.kind !== 'run') throw refuse(`a journal starts with run, not ${JSON.stringify(event.kind)}`)
    const problem =
      event.kind === 'samples'
        ? columns.add(event as never, collected.targets(), (event.atMs as number) + collected.slackMs(), collected.latestMs())
        : problemOf(event.kind, event)
    if (problem !== undefined) throw refuse(problem)
    collected.take(event as unknown as Event)
  }
}

function* parsed(name: string, lines: Generator<string, boolean>): Generator<Raw, boolean> {
  for (let line = 1; ; line++) {
    const next = nextOf(lines, name, line)
    if (next.done) return next.value
    yield parse(next.value, name, line)
  }
}

/** A file that cannot be read on, or a line without end, is no journal either. */
function nextOf(lines: Generator<string, boolean>, name: string, line: number): IteratorResult<string, boolean> {
  try {
    return lines.next()
  } catch (cause) {
    throw refusal(name, line, cause instanceof Error ? cause.message : String(cause))
  }
}

type Raw = { readonly [field: string]: unknown; readonly seq: unknown; readonly atMs: unknown; readonly kind: unknown }

function parse(text: string, name: string, line: number): Raw {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw refusal(name, line, `no JSON: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(name, line, 'no JSON object')
  return value as Raw
}

function refusal(name: string, line: number, message: string): GauntletError {
  return new GauntletError('usage/run', `read ${name}: line ${line}: ${message}`, { problems: [{ message, file: name, line }] })
}

interface OpenScenario {
  readonly declared: Event<'scenario'>
  readonly phases: { readonly name: PhaseName; readonly seq: Event['seq']; readonly fromMs: number; toMs: number }[]
  readonly events: Map<Kind, Event[]>
}

/** How much later than it was written down a sample may claim to be, for clocks that do not quite agree. */
const clockSlackMs = 1_000

function collector(name: string) {
  let run: Event<'run'> | undefined
  let topology: Event<'topology'> | undefined
  let targets = 0
  let configFindings: Event<'config-findings'> | undefined
  let leftovers: Event<'leftovers'> | undefined
  let end: Event<'end'> | undefined
  let last: Event | undefined
  let backwards: Event | undefined
  const lags: Event<'lag'>[] = []
  const troubles: Event<'trouble'>[] = []
  const scenarios: OpenScenario[] = []
  const observers = attendance((event, message) => troubles.push(doubt(event, message)))

  function takePhase(event: Event): void {
    const open = scenarios.at(-1)
    const phase = open?.phases.at(-1)
    if (phase) phase.toMs = event.atMs
    if (event.kind === 'phase') open?.phases.push({ name: event.name, seq: event.seq, fromMs: event.atMs, toMs: event.atMs })
    if (event.kind === 'scenario') scenarios.push({ declared: event, phases: [], events: new Map() })
  }

  function takeGlobal(event: Event): void {
    if (event.kind === 'scenario') leftovers = undefined // what was left before says nothing of what this one leaves
    if (event.kind === 'run') run ??= event
    else if (event.kind === 'topology') {
      if (topology && shapeOf(topology) !== shapeOf(event)) troubles.push(doubt(event, 'the fleet is another one than before'))
      topology ??= event
      targets = watchedIn(topology).length + 1
    } else if (event.kind === 'config-findings') configFindings ??= event
    else if (event.kind === 'observer') observers.take(event)
    else if (event.kind === 'lag') {
      lags.push(event)
      if (event.toMs < event.fromMs) troubles.push(doubt(event, 'the observer lagged until before it began to'))
    } else if (event.kind === 'leftovers') leftovers = event
    else if (event.kind === 'trouble') troubles.push(event)
    else if (event.kind === 'abort') troubles.push(aborted(event))
    else if (event.kind === 'end') end = event
  }

  return {
    /** Agents, services, and the sentinel; none before the topology is known. */
    targets: () => targets,
    latestMs: observers.latestMs,
    leastGapMs: observers.leastGapMs,
    slackMs: () => clockSlackMs + (observers.first()?.offsetErrorMs ?? 0),
    take(event: Event): void {
      if (end) throw refusal(name, event.seq + 1, `${event.kind} stands behind the end`)
      if (event.kind === 'phase' || event.kind === 'scenario') takePhase(event)
      takeGlobal(event)
      if (last && event.atMs < last.atMs) backwards ??= event
      last = event.kind === 'samples' ? ({ ...event, scheduled: [], targets: [], answers: [], latency: [] } as Event) : event
      if (event.kind === 'samples') {
        observers.count(event.answers)
        return
      }
      const events = scenarios.at(-1)?.events
      const same = events?.get(event.kind)
      if (same) same.push(event)
      else events?.set(event.kind, [event])
    },
    finish(samples: History['samples'], impossible: number, torn: boolean): History {
      if (!run || !last) throw new GauntletError('usage/run', `read ${name}: no whole line, so no journal`)
      const open = scenarios.at(-1)?.phases.at(-1)
      if (open) open.toMs = last.atMs
      if (impossible > 0) troubles.push(doubt(last, `${impossible} samples are of nobody, of no time, or no answer, and were left out`))
      if (samples.doubled > 0) troubles.push(doubt(last, `samples of slots that have one already: ${samples.doubled}`))
      if (end) observers.finish(last)
      if (backwards) troubles.push(doubt(backwards, 'the journal’s clock ran backwards, so that nobody knows what took how long'))
      const observer = observers.first()
      return { run, topology, configFindings, observer, scenarios: scenarios.map(closed), samples, lags, leftovers, troubles, end, torn }
    },
  }
}

function shapeOf({ agents, services, places }: Event<'topology'>): string {
  return JSON.stringify([agents, services, places])
}

/** Whatever was not over by then is unknown; what was already broken stays broken. */
function aborted({ seq, atMs, condition, seen }: Event<'abort'>): Event<'trouble'> {
  const message = condition === 'stop' ? `the run was stopped: ${seen}` : `the run was aborted by --abort-if ${condition}: ${seen}`
  return { kind: 'trouble', seq, atMs, code: 'run/aborted', message, next: 'Look at what was seen; run it again once that is understood.' }
}

/** What the journal itself makes doubtful, in the form of the troubles that the run wrote down. */
function doubt({ seq, atMs }: Event, message: string): Event<'trouble'> {
  return { kind: 'trouble', seq, atMs, code: 'journal/doubt', message, next: 'Run it again; what was measured here is incomplete.' }
}

function closed({ declared, phases, events }: OpenScenario): ScenarioHistory {
  return {
    declared,
    phases: phases as readonly Phase[],
    of: <K extends Kind>(kind: K) => (events.get(kind) ?? []) as unknown as readonly Event<K>[],
  }
}
