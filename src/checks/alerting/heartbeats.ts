/**
 * The alert that always fires: as long as it is delivered, the way from a rule to the alert sink is open, and silence says that nothing
 * is wrong. Each heartbeat counts by its time, so that a way that was closed for a while is seen to have been.
 */
import { many, type Span, seconds } from '../../evidence/scope.ts'
import type { ScenarioHistory } from '../../journal/history.ts'
import type { Read } from './delivered.ts'

export interface Heartbeats {
  /** In the scenario. */
  readonly count: number
  readonly longestMs: number
  readonly everyMs: number
  /** Longer than a few of them take. */
  readonly gaps: readonly Span[]
  /** Why they do not show that the way was open. */
  readonly doubts: readonly string[]
}

/** So many may be late in a row. */
const tolerated = 4
/** A busy machine takes its time, at whatever pace. */
const leastToleratedMs = 10_000
/** Beside a fleet that comes up the servers that watch it do, too: the first one is due so long after the first read, or earlier. */
const firstWithinMs = 30_000

/** @param known the last read before the scenario, on its fleet */
export function heartbeatsIn(scenario: ScenarioHistory, known: Read | undefined, before: Read, after: Read): Heartbeats {
  const reads = scenario.of('notices').filter(({ seq }) => seq <= after.seq)
  const everyMs = after.heartbeatEveryMs
  const listed = reads.flatMap(({ heartbeatsMs }) => heartbeatsMs)
  const fromMs = known?.atMs ?? before.atMs
  const all = [...(known?.heartbeatMs == null ? [] : [known.heartbeatMs]), ...listed].toSorted((a, b) => a - b)
  const last = all.findLast((atMs) => atMs <= fromMs)
  const beats = all.filter((atMs) => atMs > fromMs)
  const toleratedMs = Math.max(tolerated * everyMs, leastToleratedMs)
  const points = [last ?? fromMs, ...beats, after.atMs]
  const gaps = points.slice(1).flatMap((toMs, place): Span[] => {
    const gap = { fromMs: points[place] as number, toMs }
    const isFirst = place === 0 && last === undefined && scenario.declared.coldStart
    return toMs - gap.fromMs > (isFirst ? firstWithinMs : toleratedMs) ? [gap] : []
  })
  const counted = after.heartbeats - (known?.heartbeats ?? 0)
  const doubts = [
    ...(beats.length === 0 ? ['no heartbeat was delivered in this scenario'] : gaps.map((gap) => gapInWords(gap, everyMs))),
    ...(counted === listed.length ? [] : [`the alert sink counted ${many(counted, 'heartbeat')} and listed ${listed.length}`]),
    ...(isLast(after, all.at(-1)) ? [] : ['the last heartbeat of the alert sink is not the last that it listed']),
  ]
  const apart = beats
    .slice(last === undefined ? 1 : 0)
    .map((atMs, place) => atMs - ([...(last === undefined ? [] : [last]), ...beats][place] as number))
  return { count: beats.length, longestMs: Math.max(0, ...apart), everyMs, gaps, doubts }
}

function isLast({ heartbeatMs, uncertainMs }: Read, listedMs: number | undefined): boolean {
  if (heartbeatMs === null || listedMs === undefined) return heartbeatMs === null && listedMs === undefined
  return Math.abs(heartbeatMs - listedMs) <= 2 * uncertainMs
}

export function gapInWords({ fromMs, toMs }: Span, everyMs: number): string {
  return `no heartbeat from ${seconds(fromMs)} to ${seconds(toMs)} (${seconds(toMs - fromMs)}; one is due every ${seconds(everyMs)})`
}
