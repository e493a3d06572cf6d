/** Takes the files of a machine's volume: there is room for bytes, and nobody can make a new file, so that a rotation fails and a log does not. */
import { amountPatterns } from '../fleet/volumes.ts'
import type { Fault } from './fault.ts'
import { fillParams, fillPlan } from './fill-steps.ts'

const params = fillParams({
  pattern: amountPatterns.files,
  default: '0 files',
  expected: 'what is left, in files or as a part of what it may hold: 0 files, 3 files or 5%',
  description: 'How many more files it takes: 0 files, 3 files, 5%.',
})

export const inodeFill: Fault<typeof params> = {
  kind: 'inode-fill',
  summary: 'fills a volume of a machine with empty files, and keeps it so for as long as it is held',
  needs: [],
  params,
  plan: (topology, targets, wanted, tag) => fillPlan({ kind: 'inode-fill', unit: 'files' }, topology, targets, wanted, tag),
}
