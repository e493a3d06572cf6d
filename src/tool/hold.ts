/** `tool hold`: arms the undo beside the fault, applies, proves. One command, so that nothing of it waits for the harness. */
import { arm } from './guard.ts'
import { createLease, forget, kernelNowMs, note } from './lease-folder.ts'
import { processOf } from './proc.ts'
import type { HoldRequest } from './protocol.ts'
import { type Look, prove, tell, tellProof } from './undo.ts'
import { done, failed, type Io, misused, refused } from './verb.ts'

export async function hold(_args: readonly string[], io: Io): Promise<number> {
  const stopped = new AbortController()
  const request = JSON.parse(await io.stdin()) as HoldRequest
  const { lease, steps } = request
  if (!(request.ttlMs > 0) || steps.length === 0) {
    io.warn('a lease needs a time to live and a step')
    return misused
  }
  if (!createLease(lease)) {
    const why = `lease ${lease} was there before: it is held already, or was released before it began`
    tell(io, { kind: 'refused', lease, index: 0, argv: ['tool', 'hold'], exitCode: failed, stderr: why })
    return failed
  }
  const ended = Promise.withResolvers<void>()
  io.memory.holds.set(lease, {
    stop: () => {
      stopped.abort()
      return ended.promise
    },
  })
  try {
    return await held(request, AbortSignal.any([io.signal, stopped.signal]), io)
  } finally {
    io.memory.holds.delete(lease)
    forget(lease, 'holder')
    ended.resolve()
  }
}

/** @param signal once it aborts, nothing more is applied: whoever aborts undoes what was */
async function held(request: HoldRequest, signal: AbortSignal, io: Io): Promise<number> {
  const { lease, proofMs, steps } = request
  const self = processOf(process.pid)
  if (self) note(lease, 'holder', { pid: self.pid, start: self.start })
  note(lease, 'request', request)
  const guard = await arm(request)
  note(lease, 'armed', { atMs: kernelNowMs() })
  tell(io, { kind: 'armed', lease })

  for (const [place, { index, step }] of steps.entries()) {
    if (signal.aborted) return failed
    const { argv } = step.apply
    const { exitCode, stderr } = await io.run(step.apply)
    if (exitCode === 0) continue
    // Only the tool's own verbs mean by this code that they had done nothing; and what came before it here was done.
    const isUntouched = exitCode === refused && argv[0] === 'tool' && place === 0
    if (isUntouched) note(lease, 'refused', { atMs: kernelNowMs() })
    tell(io, { kind: isUntouched ? 'refused' : 'failed', lease, index, argv: [...argv], exitCode, stderr })
    return failed
  }
  if (signal.aborted) return failed
  await guard.go()
  note(lease, 'applied', { atMs: kernelNowMs() })
  tell(io, { kind: 'applied', lease })

  const answers = await prove(
    steps.map(({ step }) => step.effective),
    proofMs,
    { ...io, signal },
  )
  for (const [place, { index }] of steps.entries()) tellProof(io, { lease, index, query: 'effective' }, answers[place] as Look)
  return done
}
