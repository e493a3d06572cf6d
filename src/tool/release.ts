/**
 * The two ends of a lease: `tool release ID [--at-once]`, by whoever holds it, and `tool expire ID`, by its guard. A release asks once
 * more whether the fault is still in effect, unless it is to be over at once; then it ends the guard before it undoes, also one that is
 * undoing at that moment, and does it all again: an undo may run twice.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { disarm } from './guard.ts'
import { createLease, forget, kernelNowMs, note, noted } from './lease-folder.ts'
import type { HoldRequest } from './protocol.ts'
import { type Look, prove, tell, tellProof, undo } from './undo.ts'
import { done, type Io, misused } from './verb.ts'

/** It held once already: what is asked is whether it still does. */
const stillMs = 500
/** The longest look watches a flapping cut for ten seconds. One that hangs must not keep the fault in. */
const longestLookMs = 12_000
/** As `timeout` has it. */
const tooLate = 124

export async function release([lease, how]: readonly string[], io: Io): Promise<number> {
  if (lease === undefined) return misuse(io, 'release')
  if (createLease(lease)) {
    note(lease, 'released', { atMs: kernelNowMs() }) // the hold that is still on its way will find this, and refuse
    tell(io, { kind: 'undone', lease })
    return done
  }
  const request = noted(lease, 'request')
  const isHeld = noted(lease, 'applied') && !noted(lease, 'expired') && !noted(lease, 'released')
  const isAsked = isHeld && how !== '--at-once' && request?.lasts !== 'instant'
  const looks = request !== undefined && isAsked ? await lastLooks(request, io) : []
  await disarm(lease)
  // What the guard ended while it was looked at shows nothing.
  if (noted(lease, 'expired')) tell(io, { kind: 'expired', lease })
  else
    for (const [place, look] of looks.entries())
      tellProof(io, { lease, index: request?.steps[place]?.index ?? 0, query: 'effective' }, look)
  const outcome = await undone(lease, request, io)
  if (outcome === done) note(lease, 'released', { atMs: kernelNowMs() })
  else forget(lease, 'released')
  return outcome
}

export async function expire([lease]: readonly string[], io: Io): Promise<number> {
  if (lease === undefined) return misuse(io, 'expire')
  const request = noted(lease, 'request')
  if (request === undefined || noted(lease, 'released')) return done
  note(lease, 'expired', { atMs: kernelNowMs() })
  await disarm(lease)
  tell(io, { kind: 'expired', lease })
  return undone(lease, request, io)
}

/** Where nothing was done there is nothing to undo, and an undo could only touch what others did. */
async function undone(lease: string, request: HoldRequest | undefined, io: Io): Promise<number> {
  if (request !== undefined && noted(lease, 'refused') === undefined) return undo(request, io)
  note(lease, 'undone', { atMs: kernelNowMs() })
  tell(io, { kind: 'undone', lease })
  return done
}

/** That a fault was in effect when it began says nothing of how it ended. */
async function lastLooks({ steps }: HoldRequest, io: Io): Promise<readonly Look[]> {
  const queries = steps.map(({ step }) => step.effective)
  const begunMs = performance.now()
  const unanswered = { exitCode: tooLate, stdout: '', stderr: `no answer in ${longestLookMs} ms`, asked: false, begunMs }
  const enough = new AbortController()
  const late = sleep(longestLookMs, undefined, { signal: enough.signal }).then(
    () => queries.map(() => unanswered),
    () => [],
  )
  const looks = await Promise.race([prove(queries, stillMs, io), late])
  enough.abort()
  return looks
}

function misuse(io: Io, verb: string): number {
  io.warn(`${verb} needs the id of a lease`)
  return misused
}
