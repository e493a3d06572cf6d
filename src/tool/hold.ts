/** `tool hold`: arms the undo beside the fault, applies, proves. One command, since each one into a container costs 80 ms. */
import { arm } from './guard.ts'
import { createLease, kernelNowMs, note } from './lease-folder.ts'
import { processOf } from './proc.ts'
import type { HoldRequest } from './protocol.ts'
import { prove, tell } from './undo.ts'
import { type Answer, done, failed, type Io, misused } from './verb.ts'

export async function hold(_args: readonly string[], io: Io): Promise<number> {
  const request = JSON.parse(await io.stdin()) as HoldRequest
  const { lease, proofMs, steps } = request
  if (!(request.ttlMs > 0) || steps.length === 0) {
    io.warn('a lease needs a time to live and a step')
    return misused
  }
  if (!createLease(lease)) {
    io.warn(`lease ${lease} was there before: it is held already, or was released before it began`)
    return failed
  }
  const self = processOf(process.pid)
  if (self) note(lease, 'holder', { pid: self.pid, start: self.start })
  note(lease, 'request', request)
  const guard = await arm(request)
  note(lease, 'armed', { atMs: kernelNowMs() })
  tell(io, { kind: 'armed', lease })

  for (const { index, step } of steps) {
    const { exitCode, stderr } = await io.run(step.apply)
    if (exitCode === 0) continue
    tell(io, { kind: 'failed', lease, index, argv: step.apply.argv, exitCode, stderr })
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
  for (const [place, { index }] of steps.entries())
    tell(io, { kind: 'proof', lease, index, query: 'effective', ...(answers[place] as Answer) })
  return done
}
