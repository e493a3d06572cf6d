/** Freezes containers, as a hypervisor that stalls would: connections stand, nobody answers, and no process in them can tell. */

import { containerParams, containerPlan } from './container-steps.ts'
import type { Fault } from './fault.ts'

export const containerPause: Fault<typeof containerParams> = {
  kind: 'container-pause',
  summary: 'freezes a machine or one of its servers for as long as it is held',
  needs: ['engine'],
  params: containerParams,
  plan: (topology, targets, params, tag) =>
    containerPlan({ kind: 'container-pause', deed: 'pause', state: 'paused' }, topology, targets, params, tag),
}
