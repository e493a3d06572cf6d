/**
 * The two ends of a lease: `tool release ID`, by whoever holds it, and `tool expire ID`, by its guard. A release ends the guard
 * before it undoes, also one that is undoing at that moment, and does it all again: an undo may run twice.
 */
import { disarm } from './guard.ts'
import { createLease, forget, kernelNowMs, note, noted } from './lease-folder.ts'
import type { HoldRequest } from './protocol.ts'
import { prove, tell, undo } from './undo.ts'
import { type Answer, done, type Io, misused } from './verb.ts'

/** It held once already: what is asked is whether it still does. */
const stillMs = 500

export async function release([lease]: readonly string[], io: Io): Promise<number> {
  if (lease === undefined) return misuse(io, 'release')
  if (createLease(lease)) {
    note(lease, 'released', { atMs: kernelNowMs() }) // the hold that is still on its way will find this, and refuse
    tell(io, { kind: 'undone', lease })
    return done
  }
  const request = noted(lease, 'request')
  const isHeld = noted(lease, 'applied') && !noted(lease, 'expired') && !noted(lease, 'released')
  if (request !== undefined && isHeld) await stillEffective(request, io)
  await disarm(lease)
  if (noted(lease, 'expired')) tell(io, { kind: 'expired', lease })
  if (request === undefined) tell(io, { kind: 'undone', lease })
  const outcome = request === undefined ? done : await undo(request, io)
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
  return await undo(request, io)
}

/** A target may have ended by itself meanwhile, and its successor never felt anything: then this answer overrules the first one. */
async function stillEffective({ lease, steps }: HoldRequest, io: Io): Promise<void> {
  const lasting = steps.filter(({ step }) => step.lasting)
  if (lasting.length === 0) return
  const answers = await prove(
    lasting.map(({ step }) => step.effective),
    stillMs,
    io,
  )
  for (const [place, { index }] of lasting.entries())
    tell(io, { kind: 'proof', lease, index, query: 'effective', ...(answers[place] as Answer) })
}

function misuse(io: Io, verb: string): number {
  io.warn(`${verb} needs the id of a lease`)
  return misused
}
