/**
 * The two ends of a lease: `tool release ID`, by whoever holds it, and `tool expire ID`, by its guard. A release ends the guard
 * before it undoes, also one that is undoing at that moment, and does it all again: an undo may run twice.
 */
import { disarm } from './guard.ts'
import { createLease, forget, kernelNowMs, note, noted } from './lease-folder.ts'
import { tell, undo } from './undo.ts'
import { done, type Io, misused } from './verb.ts'

export async function release([lease]: readonly string[], io: Io): Promise<number> {
  if (lease === undefined) return misuse(io, 'release')
  if (createLease(lease)) {
    note(lease, 'released', { atMs: kernelNowMs() }) // the hold that is still on its way will find this, and refuse
    tell(io, { kind: 'undone', lease })
    return done
  }
  await disarm(lease)
  if (noted(lease, 'expired')) tell(io, { kind: 'expired', lease })
  const request = noted(lease, 'request')
  const outcome = request === undefined ? done : await undo(request, io)
  if (outcome === done) note(lease, 'released', { atMs: kernelNowMs() })
  else forget(lease, 'released')
  tell(io, { kind: 'undone', lease })
  return outcome
}

export async function expire([lease]: readonly string[], io: Io): Promise<number> {
  if (lease === undefined) return misuse(io, 'expire')
  const request = noted(lease, 'request')
  if (request === undefined || noted(lease, 'released')) return done
  note(lease, 'expired', { atMs: kernelNowMs() })
  await disarm(lease)
  tell(io, { kind: 'expired', lease })
  return await undo(request, io)
}

function misuse(io: Io, verb: string): number {
  io.warn(`${verb} needs the id of a lease`)
  return misused
}
