/** How outages of known length were measured: by the project's own observer, journal and checks, on a real fleet. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { askedIn, tally } from '../src/evidence/outages.ts'
import { maskOf, phasesOf, type Span, seconds, type Terms, termsOf } from '../src/evidence/scope.ts'
import type { Event } from '../src/journal/event.ts'
import type { History, ScenarioHistory } from '../src/journal/history.ts'
import { readHistory } from '../src/journal/reader.ts'
import { randomFrom } from '../src/statistics/random.ts'
import { groundTruthTerms, makeOutages, planned, type Truth, type Way, ways } from './made-outages.ts'
import { openSmallFleet } from './small-fleet.ts'

/** One outage, as it was and as it was measured. */
export interface Row {
  readonly agent: string
  readonly way: Way
  readonly trueMs: number
  readonly measuredMs: number
  /** Slots around it that say nothing: where the observer itself waited for a core, it does not know. */
  readonly unknown: number
  /** How well the truth is known: the deed took so long, or an answer of agents of the same machine to whom nothing was done. */
  readonly blurMs: number
}

/** @param longestMs of the lengths, which are spread evenly by ratio from 0.2 s on, in each way alike */
export async function groundTruth(count: number, longestMs: number, seed: number): Promise<readonly Row[]> {
  const random = randomFrom(seed)
  const observer = { ...groundTruthTerms, phase: random.uniform() }
  await using small = await openSmallFleet(`ground-truth-${process.pid}`, { configs: 'fleet/crowd', observer })
  const file = join(small.reports, 'journal.ndjson')
  const truths = await makeOutages(small, file, planned(count, longestMs), seed, random)
  return compared(readHistory(file), waitsIn(file), truths)
}

/** By the checks' own code, from the journal. Whatever an agent failed at is put to the account of the outage that is nearest. */
function compared(history: History, waits: readonly Wait[], truths: readonly Truth[]): readonly Row[] {
  const scenario = history.scenarios[0] as ScenarioHistory
  const terms = termsOf(history, scenario) as Terms
  const whole = phasesOf(scenario, 'steady')[0] as Span
  const hurt = new Set<string>(truths.map(({ agent }) => agent))
  const rows = truths.map((truth): Row => {
    const { agent, way, span } = truth
    const others = truths.filter((other) => other.agent === agent && other !== truth).map((other) => other.span)
    const near = {
      fromMs: Math.max(whole.fromMs, ...others.filter(({ toMs }) => toMs <= span.fromMs).map(({ toMs }) => (toMs + span.fromMs) / 2)),
      toMs: Math.min(whole.toMs, ...others.filter(({ fromMs }) => fromMs >= span.toMs).map(({ fromMs }) => (fromMs + span.toMs) / 2)),
    }
    const { failed, unknown } = tally(history, terms, askedIn([agent], [near]))
    const neighbours = maskOf(history, (id) => !hurt.has(id) && id.split('/')[0] === agent.split('/')[0])
    const blurMs = Math.max(truth.blurMs, longestWaitMs(waits, terms, span, neighbours))
    return { agent, way, trueMs: span.toMs - span.fromMs, measuredMs: failed * terms.intervalMs, unknown, blurMs }
  })
  return rows.toSorted((a, b) => a.trueMs - b.trueMs)
}

/** An answer, by what the journal itself says of it: no check asks how long one took, so that the history does not hold it. */
interface Wait {
  readonly atMs: number
  readonly target: number
  readonly latencyMs: number
}

function waitsIn(file: string): readonly Wait[] {
  const events = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"kind":"samples"'))
    .map((line) => JSON.parse(line) as Event<'samples'>)
  return events.flatMap(({ baseMs, scheduled, targets, latency }) =>
    scheduled.map((afterMs, place) => ({ atMs: baseMs + afterMs, target: targets[place] as number, latencyMs: latency[place] as number })),
  )
}

function longestWaitMs(waits: readonly Wait[], { timeoutMs }: Terms, { fromMs, toMs }: Span, wanted: Uint8Array): number {
  const aroundMs = 1_000
  const isNear = (atMs: number) => [fromMs, toMs].some((edgeMs) => atMs >= edgeMs - aroundMs && atMs < edgeMs + timeoutMs + aroundMs)
  const near = waits.filter(({ atMs, target }) => wanted[target] === 1 && isNear(atMs))
  return near.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...near.map(({ latencyMs }) => latencyMs))
}

/** Where everybody had a core when it mattered: elsewhere agents were late for another reason than what was done to them. */
function clear(rows: readonly Row[]): readonly Row[] {
  return rows.filter(({ blurMs, unknown }) => blurMs <= groundTruthTerms.intervalMs / 2 && unknown === 0)
}

function errorsOf(rows: readonly Row[]): readonly number[] {
  return rows.map(({ trueMs, measuredMs }) => measuredMs - trueMs)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** As Markdown: one line for each way, and one for all. */
export function summaryOf(rows: readonly Row[]): string {
  const { intervalMs } = groundTruthTerms
  const inIntervals = (ms: number) => `${(ms / intervalMs).toFixed(2)} Δ`
  const line = (name: string, of: readonly Row[]) => {
    const known = clear(of)
    const errors = errorsOf(known)
    const sizes = errors.map(Math.abs)
    const lengths = known.map(({ trueMs }) => trueMs)
    return [
      name,
      `${known.length} of ${of.length}`,
      `${seconds(Math.min(...lengths))} to ${seconds(Math.max(...lengths))}`,
      inIntervals(Math.max(...sizes)),
      inIntervals(mean(sizes)),
      inIntervals(mean(errors)),
    ]
  }
  const of = (way: Way) => rows.filter((row) => row.way === way)
  const lines = [
    ['outages by', 'known well enough', 'true lengths', 'largest error', 'mean size of the error', 'mean error'],
    ['---', '---', '---', '---', '---', '---'],
    ...ways.map((way) => line(way, of(way))),
    line('all', rows),
  ]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** One line an outage. */
export function listOf(rows: readonly Row[]): string {
  const head = 'by               agent                    true    measured    error  unknown  known to\n'
  const each = rows.map(({ agent, way, trueMs, measuredMs, unknown, blurMs }) => {
    const error = `${measuredMs > trueMs ? '+' : '-'}${seconds(Math.abs(measuredMs - trueMs))}`
    const numbers = [seconds(trueMs).padStart(8), seconds(measuredMs).padStart(11), error.padStart(8), `${unknown}`.padStart(8)]
    return `${way.padEnd(16)} ${agent.padEnd(20)} ${numbers.join(' ')} ${(Number.isFinite(blurMs) ? `±${seconds(blurMs)}` : '?').padStart(9)}\n`
  })
  return [head, ...each].join('')
}

/** What speaks against the observer, and against this machine where too little is left to tell. */
export function contradictions(rows: readonly Row[]): readonly string[] {
  const { intervalMs } = groundTruthTerms
  const known = clear(rows)
  const wrong = known
    .filter(({ trueMs, measuredMs, blurMs }) => Math.abs(measuredMs - trueMs) > intervalMs + blurMs)
    .map(({ agent, way, trueMs, measuredMs }) => `${agent}, ${way}: ${seconds(trueMs)} measured as ${seconds(measuredMs)}`)
  const size = mean(errorsOf(known).map(Math.abs))
  return [
    ...wrong,
    ...(size <= intervalMs / 2 ? [] : [`the errors are ${seconds(size)} on average, more than half an interval`]),
    ...(known.length >= rows.length / 2
      ? []
      : [`only ${known.length} of ${rows.length} outages are known well enough: this machine is too busy to tell`]),
  ]
}
