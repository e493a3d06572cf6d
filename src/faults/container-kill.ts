/** Kills containers, as a power cut would: a whole machine with all that runs on it, or one of its servers. They stay down until it is released. */

import { containerParams, containerPlan } from './container-steps.ts'
import type { Fault } from './fault.ts'

export const containerKill: Fault<typeof containerParams> = {
  kind: 'container-kill',
  summary: 'kills a machine or one of its servers, and keeps it down',
  needs: ['engine'],
  params: containerParams,
  plan: (topology, targets, params, tag) =>
    containerPlan({ kind: 'container-kill', deed: 'kill', state: 'exited' }, topology, targets, params, tag),
}
