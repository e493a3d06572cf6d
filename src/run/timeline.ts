/**
 * Several faults in one timeline. Each begins at its time or, where it has none, when all before it are over, and is undone when it
 * was held long enough. Whatever cuts the timeline short undoes all that is held, the last one first; an undo that fails does not
 * spare the others.
 */
import type { Clock } from '../base/clock.ts'
import { failure } from './hold.ts'
import type { Held, Hold, PlannedFault } from './planned-fault.ts'

/**
 * @param meanwhile done once all faults are held, who are then held until it is over, or for as long as each may be
 * @throws the signal's reason, or what the one fault that failed threw, once everything is undone; harness/tool with all that went
 * wrong where that was more
 */
export async function playTimeline(
  faults: readonly PlannedFault[],
  { hold }: { readonly hold: Hold },
  clock: Clock,
  signal: AbortSignal,
  meanwhile?: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const cut = new AbortController()
  const either = AbortSignal.any([signal, cut.signal])
  const enough = new AbortController()
  const allHeld = Promise.withResolvers<void>()
  let begun = 0
  const begunMs = clock.nowMs()
  const held: Held[] = []
  const play = async (fault: PlannedFault, earlier: Promise<unknown>) => {
    if (fault.atMs === undefined) await earlier
    else await clock.sleep(Math.max(0, begunMs + fault.atMs - clock.nowMs()), either)
    either.throwIfAborted()
    const lease = await hold(fault, either)
    held.push(lease)
    begun += 1
    if (begun === faults.length) allHeld.resolve()
    const ended = await unless(enough.signal, (end) => clock.sleep(fault.holdMs, AbortSignal.any([either, end])))
    if (held.includes(lease)) held.splice(held.indexOf(lease), 1)
    await lease.release(ended ? 'load-over' : 'held')
  }
  const played: Promise<void>[] = []
  const cutShort = (error: unknown) => {
    cut.abort(new Error('another part of this timeline failed'))
    throw error
  }
  for (const fault of faults) {
    played.push(play(fault, Promise.allSettled(played.slice())).catch(cutShort))
  }
  if (meanwhile !== undefined) played.push(during(allHeld.promise, meanwhile, either, enough).catch(cutShort))
  await Promise.race([Promise.all(played), aborted(signal)]).catch(() => {}) // all that went wrong is gathered below
  const releases = await unwind(held.splice(0)) // at once: a fault that is still on its way undoes itself
  const ends = await Promise.allSettled([...played, ...releases])
  const late = await Promise.allSettled(await unwind(held.splice(0))) // it had just arrived
  const problems = new Set([...ends, ...late].flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : [])))
  problems.delete(cut.signal.reason)
  if (signal.aborted) problems.delete(signal.reason)
  if (problems.size > 1) throw failure('playing the faults', [...problems])
  for (const problem of problems) throw problem
  signal.throwIfAborted()
}

/** From the first fault to the end of the last, if applying and undoing took no time. */
export function timelineMs(faults: readonly Pick<PlannedFault, 'atMs' | 'holdMs'>[]): number {
  return faults.reduce((untilMs, { atMs, holdMs }) => Math.max(untilMs, (atMs ?? untilMs) + holdMs), 0)
}

/** What is done while all faults are held; once it is over, they need not be held any longer. */
async function during(
  allHeld: Promise<void>,
  meanwhile: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  enough: AbortController,
): Promise<void> {
  await Promise.race([allHeld, aborted(signal)])
  await meanwhile(signal)
  enough.abort(new Error('what it was held for is over'))
}

/** @returns whether that signal ended it */
function unless(signal: AbortSignal, wait: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  return wait(signal).then(
    () => false,
    (error: unknown) => {
      if (error !== signal.reason || !signal.aborted) throw error
      return true
    },
  )
}

/** Begins each undo when the one after it has run, and does not wait for proof in between. @returns what settles when they are proven */
async function unwind(held: readonly Held[]): Promise<readonly Promise<void>[]> {
  const releases: Promise<void>[] = []
  for (const lease of held.toReversed()) {
    await lease.undo('cut-short')
    releases.push(lease.release('cut-short'))
  }
  return releases
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
