/** `tool hold`: arms the undo beside the fault, applies, proves. One command, since each one into a container costs 80 ms. */
import { arm } from './guard.ts'
import { createLease, kernelNowMs, note } from './lease-folder.ts'
import { processOf } from './proc.ts'
import type { HoldRequest } from './protocol.ts'
import { type Look, prove, tell, tellProof } from './undo.ts'
import { done, failed, type Io, misused, refused } from './verb.ts'

export async function hold(_args: readonly string[], io: Io): Promise<number> {
  const request = JSON.parse(await io.stdin()) as HoldRequest
  const { lease, proofMs, steps } = request
  if (!(request.ttlMs > 0) || steps.length === 0) {
    io.warn('a lease needs a time to live and a step')
    return misused
  }
  if (!createLease(lease)) {
    const why = `lease ${lease} was there before: it is held already, or was released before it began`
    tell(io, { kind: 'refused', lease, index: 0, argv: ['tool', 'hold'], exitCode: failed, stderr: why })
    return failed
  }
  const self = processOf(process.pid)
  if (self) note(lease, 'holder', { pid: self.pid, start: self.start })
  note(lease, 'request', request)
  const guard = await arm(request)
  note(lease, 'armed', { atMs: kernelNowMs() })
  tell(io, { kind: 'armed', lease })

  for (const [place, { index, step }] of steps.entries()) {
    const { argv } = step.apply
    const { exitCode, stderr } = await io.run(step.apply)
    if (exitCode === 0) continue
    // Only the tool's own verbs mean by this code that they had done nothing; and what came before it here was done.
    const isUntouched = exitCode === refused && argv[0] === 'tool' && place === 0
    if (isUntouched) note(lease, 'refused', { atMs: kernelNowMs() })
    tell(io, { kind: isUntouched ? 'refused' : 'failed', lease, index, argv, exitCode, stderr })
    return failed
  }
  await guard.go()
  note(lease, 'applied', { atMs: kernelNowMs() })
  tell(io, { kind: 'applied', lease })

  const answers = await prove(
    steps.map(({ step }) => step.effective),
    proofMs,
    io,
  )
  for (const [place, { index }] of steps.entries()) tellProof(io, { lease, index, query: 'effective' }, answers[place] as Look)
  return done
}
