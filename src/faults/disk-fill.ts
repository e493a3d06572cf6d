/** Takes the bytes of a machine's volume, and goes on taking what becomes free: whoever writes there meets ENOSPC, also after a rotation. */
import { amountPatterns } from '../fleet/volumes.ts'
import type { Fault } from './fault.ts'
import { fillParams, fillPlan } from './fill-steps.ts'

const params = fillParams({
  pattern: amountPatterns.bytes,
  default: '0B',
  expected: 'what is left, in bytes or as a part of the volume: 0B, 64KB, 1MB or 5%',
  description: 'How much is left on it: 0B, 64KB, 5%.',
})

export const diskFill: Fault<typeof params> = {
  kind: 'disk-fill',
  summary: 'fills a volume of a machine with bytes, and keeps it full for as long as it is held',
  needs: [],
  params,
  plan: (topology, targets, wanted, tag) => fillPlan({ kind: 'disk-fill', unit: 'bytes' }, topology, targets, wanted, tag),
}
