/**
 * The looks at a lease while it lasts, `tool look ID`, and its two ends: `tool release ID [--at-once]`, by whoever holds it, and `tool
 * expire ID`, by its guard. A release asks once more whether the fault is still in effect, unless it is to be over at once; then it ends
 * what keeps the fault up, undoes, and ends the guard. A guard that is undoing at that moment is ended before, and it is all done again:
 * an undo may run twice. One whose time is over in between waits: should the release be killed, the guard undoes.
 */
import { poll } from '../base/poll.ts'
import { disarm, silence } from './guard.ts'
import { createLease, forget, kernelNowMs, note, noted } from './lease-folder.ts'
import { isAlive, processOf } from './proc.ts'
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
  const self = processOf(process.pid)
  if (self) note(lease, 'releasing', { pid: self.pid, start: self.start }) // before it looks whether the guard has begun: one of both sees the other
  if (noted(lease, 'expired')) await disarm(lease)
  else await silence(lease)
  io.memory.flows.get(lease)?.[Symbol.dispose]()
  io.memory.flows.delete(lease)
  // What the guard ended while it was looked at shows nothing.
  if (noted(lease, 'expired')) tell(io, { kind: 'expired', lease })
  else
    for (const [place, look] of looks.entries()) tellProof(io, { lease, index: request?.steps[place]?.index ?? 0, query: 'lasting' }, look)
  try {
    const outcome = await undone(lease, request, io)
    if (outcome === done) note(lease, 'released', { atMs: kernelNowMs() })
    else forget(lease, 'released')
    await disarm(lease)
    return outcome
  } finally {
    forget(lease, 'releasing')
  }
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
  await whileReleasing(lease)
  if (noted(lease, 'released')) return done
  await disarm(lease)
  tell(io, { kind: 'expired', lease })
  return undone(lease, request, io)
}

const againMs = 20
/** Longer than any release takes. */
const mostReleaseMs = 60_000

/** Until nobody releases it, or whoever did was killed, or hangs. */
async function whileReleasing(lease: string): Promise<void> {
  const other = async () => noted(lease, 'releasing')
  await poll(other, (there) => there === undefined || !isAlive(there), { withinMs: mostReleaseMs, everyMs: againMs })
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
