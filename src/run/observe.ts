/**
 * The harness's side of the observer: its lines go to the journal, and the run can wait for agents to be well. Whatever breaks
 * the stream ends the observation for good: a gap that nobody told about must never look like a quiet time.
 */
import { readFileSync } from 'node:fs'
import type { Clock } from '../base/clock.ts'
import type { Answer } from '../journal/event.ts'
import { type ReceptionOptions, reception } from './reception.ts'

export type ObserveOptions = Pick<ReceptionOptions, 'write' | 'nowMs' | 'watched'> & {
  readonly clock: Clock
  /** Default: the moment the journal was opened, and the kernel this process runs on. */
  readonly startedMs?: number
  readonly bootId?: string | undefined
}

export type Waited =
  | { readonly outcome: 'well' }
  /** Time is over, and these are not well. */
  | { readonly outcome: 'late'; readonly waitingFor: readonly string[] }
  /** The observer is gone: nobody knows. */
  | { readonly outcome: 'lost'; readonly because: string }

export interface Wish {
  /** 0: one good answer of each, the newest, is enough. */
  readonly sustainedMs: number
  readonly withinMs: number
}

export interface Observation {
  /** Settles when the stream has ended and its end is journaled; rejects only when the journal could not be written. */
  readonly ended: Promise<void>
  /** The newest answer of one of them, or undefined while there is none. */
  last(id: string): Answer | undefined
  /**
   * Waits until all of these answer well at the same time, or have done so without a break for `sustainedMs`.
   * @throws the signal's reason when it aborts first
   */
  untilWell(ids: readonly string[], wish: Wish, signal: AbortSignal): Promise<Waited>
}

/** @param lines the observer's standard output; read at once, and to its end */
export function observe(lines: AsyncIterable<string>, options: ObserveOptions): Observation {
  const { clock, watched } = options
  const received = reception({ startedMs: 0, bootId: ownBootId(), monotonicMs: clock.nowMs, ...options })
  const places = new Map(watched.map((id, place) => [id, place]))
  const waiting = new Set<() => void>()
  let over: string | undefined

  function finish(because: string): void {
    over ??= because
    for (const look of waiting) look()
  }

  async function read(): Promise<void> {
    let end: string | undefined
    for await (const next of untilBroken(lines)) {
      end = 'broken' in next ? next.broken : received.take(next.text)
      if (end !== undefined) break
      for (const look of waiting) look()
    }
    end ??= 'its stream ended without a goodbye'
    received.end(end)
    finish(end === 'bye' ? 'the observer was stopped' : end)
  }

  const ended = read()
  // Whoever awaits `ended` gets the error itself; whoever only waits for agents is told as well.
  ended.catch((error: unknown) => finish(`what it said could not be recorded: ${wordsOf(error)}`))

  return {
    ended,
    last: (id) => received.wellness()?.last(places.get(id) ?? -1),
    async untilWell(wanted, { sustainedMs, withinMs }, signal) {
      if (wanted.length === 0) throw new Error('waiting for nobody at all would always succeed')
      const stranger = wanted.find((id) => !places.has(id))
      if (stranger !== undefined) throw new Error(`${stranger} is not observed`)
      const missing = () => wanted.filter((id) => !received.wellness()?.isWell(places.get(id) as number, sustainedMs))
      await until(() => over !== undefined || missing().length === 0, withinMs, waiting, clock, signal)
      if (over !== undefined) return { outcome: 'lost', because: over }
      const waitingFor = missing()
      return waitingFor.length === 0 ? { outcome: 'well' } : { outcome: 'late', waitingFor }
    },
  }
}

/** A stream that breaks is one more thing that was seen, unlike an error of whoever reads it. */
async function* untilBroken(lines: AsyncIterable<string>): AsyncGenerator<{ readonly text: string } | { readonly broken: string }> {
  try {
    for await (const text of lines) yield { text }
  } catch (error) {
    yield { broken: `its stream broke: ${wordsOf(error)}` }
  }
}

/** Looks again whenever something was told, until it holds or the time is over. */
async function until(holds: () => boolean, withinMs: number, waiting: Set<() => void>, clock: Clock, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (holds()) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const look = () => {
    if (holds()) resolve()
  }
  const enough = new AbortController()
  waiting.add(look)
  try {
    await Promise.race([promise, clock.sleep(withinMs, AbortSignal.any([signal, enough.signal]))])
  } finally {
    waiting.delete(look)
    enough.abort()
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function ownBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}
