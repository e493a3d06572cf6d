/** Gathers the samples of a journal into columns: nineteen bytes each, so that ten million of them fit into a small machine. */
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
}

export interface Columns {
  /**
   * Takes a batch over. Samples that cannot be are left out and counted.
   * @param targets how many there are, the sentinel included
   * @param notAfterMs no sample can be scheduled later than this
   * @returns what is wrong with the batch as a whole, if anything
   */
  add(batch: RawBatch, targets: number, notAfterMs: number): string | undefined
  /** Samples left out so far, because their target, time, latency or answer is not possible. */
  readonly impossible: number
  /** By scheduled instant, then target; of two for one slot, the one that speaks against the agent. */
  finish(): Samples
}

/** The shortest way to write one sample: four digits and their commas. */
const leastBytes = 8
const ok = answers.indexOf('ok')
const unsent = answers.indexOf('unsent')

/** @param bytes size of the journal; room is set aside for as many samples as it can hold, and only what is used is ever touched */
export function openColumns(bytes: number): Columns {
  const capacity = Math.ceil(bytes / leastBytes)
  const scheduledMs = new Float64Array(capacity)
  const latencyMs = new Float32Array(capacity)
  const target = new Uint16Array(capacity)
  const answer = new Uint8Array(capacity)
  const batchOf = new Uint32Array(capacity)
  let length = 0
  let impossible = 0

  return {
    get impossible() {
      return impossible
    },
    add(batch, targets, notAfterMs) {
      const { baseMs, scheduled, targets: who, answers: what, latency } = batch
      if (!Array.isArray(scheduled) || !Array.isArray(who) || !Array.isArray(what) || !Array.isArray(latency) || typeof baseMs !== 'number')
        return 'samples have no columns'
      const { length: size } = scheduled
      if (who.length !== size || what.length !== size || latency.length !== size) return 'columns of samples are of unequal length'
      for (let i = 0; i < size; i++) {
        const [after, by, said, took] = [scheduled[i], who[i], what[i], latency[i]]
        const at = isTime(after) ? baseMs + after : Number.NaN
        if (!isCount(by, targets) || !isCount(said, answers.length) || !isTime(at) || at > notAfterMs || !isTime(took)) {
          impossible += 1
          continue
        }
        scheduledMs[length] = at
        latencyMs[length] = took
        target[length] = by
        answer[length] = said
        batchOf[length] = batch.seq
        length += 1
      }
      return undefined
    },
    finish() {
      const columns = { scheduledMs, latencyMs, target, answer, batch: batchOf }
      if (!sortInPlace(columns, length)) sortByIndex(columns, length)
      length = dropDuplicates(columns, length)
      const cut = <T extends Column>(column: T) => column.subarray(0, length) as T
      return {
        length,
        scheduledMs: cut(scheduledMs),
        latencyMs: cut(latencyMs),
        target: cut(target),
        answer: cut(answer),
        batch: cut(batchOf),
      }
    },
  }
}

type Table = Omit<Samples, 'length'>
type Column = Table[keyof Table]

function isCount(value: unknown, below: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < below
}

function isTime(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0
}

/** Samples come in the order of their answers, which is nearly that of their instants. @returns false when it is not */
function sortInPlace({ scheduledMs, latencyMs, target, answer, batch }: Table, length: number): boolean {
  let moves = 64 * length + 4096
  for (let i = 1; i < length; i++) {
    const at = scheduledMs[i] as number
    const by = target[i] as number
    let to = i
    while (to > 0 && ((scheduledMs[to - 1] as number) > at || (scheduledMs[to - 1] === at && (target[to - 1] as number) > by))) to -= 1
    if (to === i) continue
    moves -= i - to
    if (moves < 0) return false
    const [took, said, seq] = [latencyMs[i] as number, answer[i] as number, batch[i] as number]
    for (const column of [scheduledMs, latencyMs, target, answer, batch]) column.copyWithin(to + 1, to, i)
    scheduledMs[to] = at
    latencyMs[to] = took
    target[to] = by
    answer[to] = said
    batch[to] = seq
  }
  return true
}

function sortByIndex(table: Table, length: number): void {
  const { scheduledMs, target } = table
  const order = Uint32Array.from({ length }, (_, i) => i)
  order.sort((a, b) => (scheduledMs[a] as number) - (scheduledMs[b] as number) || (target[a] as number) - (target[b] as number))
  for (const column of Object.values(table) as Column[]) {
    const before = column.slice(0, length)
    for (let i = 0; i < length; i++) column[i] = before[order[i] as number] as number
  }
}

/** One slot, one sample. Which of two is true cannot be told, so the worse is taken: a failure, else what was never sent. */
function dropDuplicates({ scheduledMs, latencyMs, target, answer, batch }: Table, length: number): number {
  let kept = 0
  for (let i = 0; i < length; i++) {
    const again = kept > 0 && scheduledMs[i] === scheduledMs[kept - 1] && target[i] === target[kept - 1]
    if (again && severity(answer[i] as number) <= severity(answer[kept - 1] as number)) continue
    const to = again ? kept - 1 : kept
    scheduledMs[to] = scheduledMs[i] as number
    latencyMs[to] = latencyMs[i] as number
    target[to] = target[i] as number
    answer[to] = answer[i] as number
    batch[to] = batch[i] as number
    kept = to + 1
  }
  return kept
}

function severity(answer: number): number {
  if (answer === ok) return 0
  return answer === unsent ? 1 : 2 + answer
}
