/**
 * The only writer of a run's journal. Each event is one line, handed to the kernel before `write` returns: whatever is done
 * after it was written down before, also when the harness is killed in between. Phases and the close reach the disk itself.
 */
import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { errorTable, GauntletError } from '../base/errors.ts'
import type { Event, EventBody, Kind, Seq } from './event.ts'

export interface Journal extends AsyncDisposable {
  /**
   * Numbers the event, dates it and writes it. Once the journal is full, batches of samples are left out: what comes back is
   * then the trouble that stands in the journal in their place.
   * @throws GauntletError harness/journal when it cannot be written
   */
  write<K extends Kind>(body: Extract<EventBody, { readonly kind: K }>): Event
  /** Milliseconds since the journal was opened: the run's clock, on which all its times are. */
  nowMs(): number
  readonly file: string
}

export interface JournalOptions {
  readonly maxBytes?: number
}

const defaultMaxBytes = 512 * 1024 * 1024
/** Kept back from samples, so that an overflowing run can still say so, undo its faults on record, and end. */
const reserveShare = 1 / 16

/** @throws GauntletError harness/journal when the file exists (one run, one journal) or cannot be made */
export function openJournal(file: string, clock: Clock, options: JournalOptions = {}): Journal {
  const maxBytes = options.maxBytes ?? defaultMaxBytes
  const originMs = clock.nowMs()
  let descriptor: number | undefined = attempt(file, 'open', () => {
    mkdirSync(dirname(file), { recursive: true })
    return openSync(file, 'wx', 0o644)
  })
  let next = 0
  let bytes = 0
  let overflow: Event | undefined

  const nowMs = () => Math.round((clock.nowMs() - originMs) * 1000) / 1000

  function append(body: EventBody, limit: number): Event | undefined {
    if (descriptor === undefined) throw new GauntletError('harness/journal', `wrote ${body.kind} to ${file}, which is closed`)
    if (next === 0 && body.kind !== 'run') throw new Error(`the first event of a journal is run, not ${body.kind}`)
    const event = { seq: next as Seq, atMs: nowMs(), ...body } as Event
    const line = Buffer.from(`${JSON.stringify(event)}\n`)
    if (bytes + line.length > limit) return undefined
    const at = descriptor
    attempt(file, `append ${body.kind} to`, () => writeWhole(at, line, bytes))
    next += 1
    bytes += line.length
    if (body.kind === 'phase') attempt(file, 'flush', () => fsyncSync(at))
    return event
  }

  return {
    file,
    nowMs,
    write(body) {
      if (overflow !== undefined && body.kind === 'samples') return overflow
      const written = append(body, body.kind === 'samples' ? maxBytes * (1 - reserveShare) : maxBytes)
      if (written !== undefined) return written
      const what = `the journal has reached its limit of ${maxBytes} bytes`
      if (body.kind !== 'samples') throw new GauntletError('harness/journal', `append ${body.kind} to ${file}: ${what}`)
      const trouble = { kind: 'trouble', code: 'harness/journal', message: what, next: errorTable['harness/journal'].next } as const
      overflow = append(trouble, maxBytes)
      if (overflow === undefined) throw new GauntletError('harness/journal', `append to ${file}: ${what}`)
      return overflow
    },
    async [Symbol.asyncDispose]() {
      if (descriptor === undefined) return
      const last = descriptor
      descriptor = undefined
      attempt(file, 'close', () => {
        try {
          fsyncSync(last)
        } finally {
          closeSync(last)
        }
      })
    },
  }
}

/** All of the line or none of it: half a line in the middle would make the whole journal unreadable. */
function writeWhole(descriptor: number, line: Buffer, at: number): void {
  try {
    for (let done = 0; done < line.length; ) done += writeSync(descriptor, line, done, line.length - done, at + done)
  } catch (error) {
    ftruncateSync(descriptor, at)
    throw error
  }
}

function attempt<T>(file: string, verb: string, deed: () => T): T {
  try {
    return deed()
  } catch (cause) {
    throw new GauntletError('harness/journal', `${verb} ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
