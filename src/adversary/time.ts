/** Changes of when things were: a span in which nothing was wrong is put in, or one event is told at another time. */
import type { Event, Kind } from '../journal/event.ts'
import { groundOf } from './ground.ts'
import { recounted } from './samples.ts'
import { type Batch, ofKind, type Tape } from './tape.ts'

const batchMs = 1_000

/**
 * Everything from this instant on is later by so many intervals, and everyone answers well in between. Who had answered at no earlier
 * instant is not asked.
 */
export function withQuiet(tape: Tape, atMs: number, intervals: number): Tape {
  const { intervalMs } = groundOf(tape)
  const longMs = intervals * intervalMs
  const later = tape.map((event) => (event.kind === 'samples' ? lateBatch(event, atMs, longMs) : lateEvent(event, atMs, longMs)))
  const place = later.findIndex((event) => event.atMs >= atMs + longMs)
  if (place < 0 || longMs <= 0) return tape
  const batches = goodBatches(tape, atMs, intervals, intervalMs)
  const sent = batches.reduce((sum, { targets }) => sum + targets.length, 0)
  return recounted([...later.slice(0, place), ...batches, ...later.slice(place)], atMs, { sent, unsent: 0 })
}

function lateBatch(batch: Batch, fromMs: number, byMs: number): Batch {
  if (batch.atMs < fromMs) return batch
  const scheduled = batch.scheduled.map((afterMs) => (batch.baseMs + afterMs >= fromMs ? afterMs + byMs : afterMs))
  return { ...batch, atMs: batch.atMs + byMs, scheduled }
}

function lateEvent(event: Event, fromMs: number, byMs: number): Event {
  if (event.atMs < fromMs) return event
  const late = <T extends number | null>(ms: T) => (ms !== null && ms >= fromMs ? ms + byMs : ms) as T
  const moved = { ...event, atMs: event.atMs + byMs }
  if (moved.kind === 'lag') return { ...moved, fromMs: late(moved.fromMs), toMs: late(moved.toMs) }
  if (moved.kind === 'abort') return { ...moved, causeMs: late(moved.causeMs) }
  if (moved.kind !== 'notices') return moved
  const notices = moved.notices.map((each) => ({ ...each, firedMs: late(each.firedMs), resolvedMs: late(each.resolvedMs) }))
  const beats = moved.heartbeatMs === null ? 0 : Math.floor(byMs / Math.max(1, moved.heartbeatEveryMs))
  const lists = Object.entries(moved).filter(([key, value]) => key.endsWith('Ms') && Array.isArray(value))
  const times = lists.map(([key, value]) => [key, withBeats(value as unknown as number[], fromMs, byMs, moved.heartbeatEveryMs)] as const)
  const heartbeatMs = late(moved.heartbeatMs)
  return { ...moved, ...Object.fromEntries(times), notices, heartbeats: moved.heartbeats + beats, heartbeatMs } as Event
}

/** Heartbeats went on as they did before. */
function withBeats(times: readonly number[], fromMs: number, byMs: number, everyMs: number): number[] {
  const before = times.filter((ms) => ms < fromMs)
  const last = before.at(-1)
  const between = last === undefined ? [] : Array.from({ length: Math.floor(byMs / everyMs) }, (_, nth) => last + (nth + 1) * everyMs)
  return [...before, ...between, ...times.filter((ms) => ms >= fromMs).map((ms) => ms + byMs)]
}

function goodBatches(tape: Tape, atMs: number, intervals: number, intervalMs: number): readonly Batch[] {
  const last = new Map<number, number>()
  let model: Batch | undefined
  for (const batch of ofKind(tape, 'samples')) {
    if (batch.baseMs >= atMs) break
    model = batch
    for (const [place, target] of batch.targets.entries()) {
      const dueMs = batch.baseMs + (batch.scheduled[place] as number)
      if (dueMs < atMs && dueMs > (last.get(target) ?? 0)) last.set(target, dueMs)
    }
  }
  if (model === undefined) return []
  const dues = [...last].flatMap(([target, lastMs]) =>
    Array.from({ length: intervals }, (_, nth) => ({ target, dueMs: lastMs + (nth + 1) * intervalMs })),
  )
  const endMs = atMs + intervals * intervalMs
  const groups = Map.groupBy(dues, ({ dueMs }) => Math.max(0, Math.floor((dueMs - atMs) / batchMs)))
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([nth, own]) => {
      const baseMs = Math.max(0, atMs - intervalMs + nth * batchMs)
      const sorted = own.sort((a, b) => a.dueMs - b.dueMs)
      return {
        ...(model as Batch),
        atMs: Math.min(endMs, atMs + (nth + 1) * batchMs),
        baseMs: Math.min(baseMs, ...sorted.map(({ dueMs }) => dueMs)),
        scheduled: sorted.map(({ dueMs }) => dueMs - Math.min(baseMs, ...sorted.map((each) => each.dueMs))),
        targets: sorted.map(({ target }) => target),
        answers: sorted.map(() => 0),
        latency: sorted.map(() => 5),
      }
    })
}

/** This one event is told so much later, or earlier; the clock of the journal runs on. */
export function withMoved(tape: Tape, kind: Kind, nth: number, byMs: number): Tape {
  let met = 0
  const place = tape.findIndex((event) => event.kind === kind && met++ === nth)
  const event = tape[place]
  if (event === undefined || place === 0) return tape
  const atMs = Math.max(tape[0]?.atMs ?? 0, Math.min(tape.at(-1)?.atMs ?? 0, event.atMs + byMs))
  const others = tape.toSpliced(place, 1)
  const to = others.findIndex((other, position) => position > 0 && other.atMs > atMs)
  return others.toSpliced(to < 0 ? others.length - 1 : to, 0, { ...event, atMs } as Event)
}
