/** Gathers the samples of a journal into columns: fifteen bytes each, so that ten million of them fit into a small machine. */
import { answers } from './event.ts'
import type { Samples } from './history.ts'

/** What a line of the journal holds where its kind is `samples`; nothing about it is certain yet. */
export interface RawBatch {
  readonly seq: number
  readonly baseMs: unknown
  readonly scheduled: unknown
  readonly targets: unknown
  readonly answers: unknown
  readonly latency: unknown
  readonly lateMs: unknown
}

export interface Columns {
  /**
   * Takes a batch over. Samples that cannot be are left out and counted.
   * @param targets how many there are, the sentinel included
   * @param notAfterMs no sample can be scheduled later than this
   * @param latestMs no good answer can have taken longer
   * @returns what is wrong with the batch as a whole, if anything
   */
  add(batch: RawBatch, targets: number, notAfterMs: number, latestMs?: number): string | undefined
  /** Samples left out so far, because their target, time, latency or answer is not possible. */
  readonly impossible: number
  /**
   * By scheduled instant, then target. Of two samples for one slot one is left, and the other is counted: which is true cannot be told.
   * @param leastGapMs closer together than this no two slots of one target can be: such samples stay, and are counted as well
   */
  finish(leastGapMs: number): Samples
}

/** The shortest way to write one sample: four digits and their commas. */
const leastBytes = 8
const ok = answers.indexOf('ok')
const unsent = answers.indexOf('unsent')

/** @param bytes size of the journal; room is set aside for as many samples as it can hold, and only what is used is ever touched */
export function openColumns(bytes: number): Columns {
  const capacity = Math.ceil(bytes / leastBytes)
  const scheduledMs = new Float64Array(capacity)
  const target = new Uint16Array(capacity)
  const answer = new Uint8Array(capacity)
  const batchOf = new Uint32Array(capacity)
  let length = 0
  let impossible = 0

  return {
    get impossible() {
      return impossible
    },
    add(batch, targets, notAfterMs, latestMs = Number.POSITIVE_INFINITY) {
      const { baseMs, scheduled, targets: who, answers: what, latency } = batch
      if (!Array.isArray(scheduled) || !Array.isArray(who) || !Array.isArray(what) || !Array.isArray(latency) || typeof baseMs !== 'number')
        return 'samples have no columns'
      if (!isTime(batch.lateMs)) return 'samples do not say how late they were sent'
      const { length: size } = scheduled
      if (who.length !== size || what.length !== size || latency.length !== size) return 'columns of samples are of unequal length'
      for (let i = 0; i < size; i++) {
        const [after, by, said, took] = [scheduled[i], who[i], what[i], latency[i]]
        const at = isTime(after) ? baseMs + after : Number.NaN
        if (
          !isCount(by, targets) ||
          !isCount(said, answers.length) ||
          !isTime(at) ||
          at > notAfterMs ||
          !isTime(took) ||
          (said === ok && took > latestMs)
        ) {
          impossible += 1
          continue
        }
        scheduledMs[length] = at
        target[length] = by
        answer[length] = said
        batchOf[length] = batch.seq
        length += 1
      }
      return undefined
    },
    finish(leastGapMs) {
      const columns = { scheduledMs, target, answer, batch: batchOf }
      sort(columns, length)
      const told = length
      length = dropDuplicates(columns, length)
      const doubled = told - length + tooClose(columns, length, leastGapMs)
      const cut = <T extends Column>(column: T) => column.subarray(0, length) as T
      return {
        length,
        doubled,
        scheduledMs: cut(scheduledMs),
        target: cut(target),
        answer: cut(answer),
        batch: cut(batchOf),
      }
    },
  }
}

type Table = Omit<Samples, 'length' | 'doubled'>
type Column = Table[keyof Table]

function isCount(value: unknown, below: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < below
}

function isTime(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0
}

/**
 * Samples come in the order of their answers, which is nearly that of their instants: those that came too late are taken out,
 * put in order, and merged back in from the end. That takes as much memory and time as there are of them.
 */
function sort(table: Table, length: number): void {
  const late = takeOut(table, length)
  const { scheduledMs, target } = late
  const order = Uint32Array.from(scheduledMs, (_, place) => place)
  order.sort((a, b) => (scheduledMs[a] as number) - (scheduledMs[b] as number) || (target[a] as number) - (target[b] as number))
  let early = length - order.length - 1
  let next = order.length - 1
  for (let to = length - 1; next >= 0; to--) {
    const from = order[next] as number
    if (early >= 0 && isBefore(late, from, table, early)) copyRow(table, early--, table, to)
    else {
      copyRow(late, from, table, to)
      next -= 1
    }
  }
}

/** Removes what stands behind something later; what is left is in order, and close together. */
function takeOut(table: Table, length: number): Table {
  const places: number[] = []
  for (let i = 1, latest = 0; i < length; i++) {
    if (isBefore(table, i, table, latest)) places.push(i)
    else latest = i
  }
  const late: Table = {
    scheduledMs: Float64Array.from(places, (place) => table.scheduledMs[place] as number),
    target: Uint16Array.from(places, (place) => table.target[place] as number),
    answer: Uint8Array.from(places, (place) => table.answer[place] as number),
    batch: Uint32Array.from(places, (place) => table.batch[place] as number),
  }
  const first = places[0] ?? length
  for (let i = first, to = first, gone = 0; i < length; i++) {
    if (places[gone] === i) gone += 1
    else copyRow(table, i, table, to++)
  }
  return late
}

function isBefore(a: Table, i: number, b: Table, j: number): boolean {
  const [atA, atB] = [a.scheduledMs[i] as number, b.scheduledMs[j] as number]
  return atA < atB || (atA === atB && (a.target[i] as number) < (b.target[j] as number))
}

function copyRow(source: Table, from: number, goal: Table, to: number): void {
  goal.scheduledMs[to] = source.scheduledMs[from] as number
  goal.target[to] = source.target[from] as number
  goal.answer[to] = source.answer[from] as number
  goal.batch[to] = source.batch[from] as number
}

/**
 * One slot, one sample. Two that agree are one; where they do not, what happened in the slot is unknown: that the harness told it twice
 * is no evidence against the target, and none for it.
 */
function dropDuplicates(table: Table, length: number): number {
  const { scheduledMs, target, answer } = table
  let kept = 0
  for (let i = 0; i < length; i++) {
    const again = kept > 0 && scheduledMs[i] === scheduledMs[kept - 1] && target[i] === target[kept - 1]
    if (!again) copyRow(table, i, table, kept++)
    else if (answer[i] !== answer[kept - 1]) answer[kept - 1] = unsent
  }
  return kept
}

/** Samples of a target that follow its one before sooner than its schedule can have meant: a second schedule, or the same one shifted. */
function tooClose({ scheduledMs, target }: Table, length: number, leastGapMs: number): number {
  const latestMs = new Map<number, number>()
  let found = 0
  for (let i = 0; i < length; i++) {
    const atMs = scheduledMs[i] as number
    const who = target[i] as number
    if (atMs - (latestMs.get(who) ?? Number.NEGATIVE_INFINITY) < leastGapMs) found += 1
    latestMs.set(who, atMs)
  }
  return found
}
