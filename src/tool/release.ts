/**
 * The looks at a lease while it lasts, `tool look ID`, and its two ends: `tool release ID [--at-once]`, by whoever holds it, and `tool expire ID`, by its guard. A release asks once
 * more whether the fault is still in effect, unless it is to be over at once; then it ends the guard before it undoes, also one that is
 * undoing at that moment, and does it all again: an undo may run twice.
 */
import { disarm } from './guard.ts'
import { createLease, forget, kernelNowMs, note, noted } from './lease-folder.ts'
import type { HoldRequest } from './protocol.ts'
import { lastingLooks, tell, tellProof, undo } from './undo.ts'
import { done, failed, type Io, misused } from './verb.ts'

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
  const looks = request !== undefined && isAsked ? await lastingLooks(request, io) : []
  await io.memory.holds.get(lease)?.stop()
  await disarm(lease)
  io.memory.flows.get(lease)?.[Symbol.dispose]()
  // What the guard ended while it was looked at shows nothing.
  if (noted(lease, 'expired')) tell(io, { kind: 'expired', lease })
  else
    for (const [place, look] of looks.entries()) tellProof(io, { lease, index: request?.steps[place]?.index ?? 0, query: 'lasting' }, look)
  const outcome = await undone(lease, request, io)
  if (outcome === done) note(lease, 'released', { atMs: kernelNowMs() })
  else forget(lease, 'released')
  return outcome
}

/** `tool look ID`, while it is held: that a fault was in effect when it began says nothing of how it goes on. */
export async function look([lease]: readonly string[], io: Io): Promise<number> {
  if (lease === undefined) return misuse(io, 'look')
  const request = noted(lease, 'request')
  if (request === undefined || !noted(lease, 'applied')) {
    io.warn(`no fault is held here as ${lease}`)
    return failed
  }
  const looks = await lastingLooks(request, io)
  // What is being undone while it is looked at shows nothing of the time that it was held.
  if (noted(lease, 'expired')) tell(io, { kind: 'expired', lease })
  else if (!noted(lease, 'undone'))
    for (const [place, each] of looks.entries()) tellProof(io, { lease, index: request.steps[place]?.index ?? 0, query: 'lasting' }, each)
  return done
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

function misuse(io: Io, verb: string): number {
  io.warn(`${verb} needs the id of a lease`)
  return misused
}
