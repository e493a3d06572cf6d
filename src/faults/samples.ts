/**
 * One ordinary use of every fault: what the generated page shows, what is held until it ends by itself, and what stands beside
 * foreign things without touching them. A fault without an entry does not compile.
 */
import type { TSchema } from 'typebox'
import { Clone, Default } from 'typebox/value'
import { type Selector, selectTargets } from '../fleet/select.ts'
import type { MachineId, Topology } from '../fleet/topology.ts'
import type { Fault, Plan } from './fault.ts'
import { type FaultKind, faults } from './index.ts'

export interface Sample {
  /** Matches both in the invented pair and in the small fleet of the suites. */
  readonly target: Selector
  /** Beside the defaults. */
  readonly params: Readonly<Record<string, unknown>>
}

const oneAgent: Selector = { role: 'agent', machine: 'mainpc', count: 1 }

export const samples = {
  noop: { target: { machines: ['mainpc'] }, params: {} },
  'process-kill': { target: oneAgent, params: { keep: 'dead' } },
  'process-stop': { target: oneAgent, params: {} },
  'process-zombie': { target: oneAgent, params: {} },
  'container-kill': { target: { machines: ['mainpc'] }, params: { server: 'nats' } },
  'container-pause': { target: { machines: ['mainpc'] }, params: { server: 'nats' } },
  cpu: { target: { machines: ['mainpc'] }, params: {} },
  memory: { target: { machines: ['mainpc'] }, params: { bytes: '64MB' } },
  clock: { target: { machines: ['mainpc'] }, params: { offset: '+5m' } },
  partition: { target: { machines: ['pc2'] }, params: {} },
  link: { target: { machines: ['pc2'] }, params: { loss: '10%' } },
  'port-squat': { target: oneAgent, params: {} },
  dns: { target: { machines: ['pc2'] }, params: {} },
  'disk-fill': { target: { machines: ['mainpc'] }, params: {} },
  'inode-fill': { target: { machines: ['pc2'] }, params: {} },
  'log-flood': { target: { role: 'agent', machine: 'pc2', count: 1 }, params: {} },
  secret: { target: { role: 'hub', machine: 'pc2' }, params: { state: 'wrong' } },
  'config-change': { target: { role: 'agent', machine: 'mainpc', count: 1 }, params: {} },
  change: { target: { role: 'agent', machine: 'pc2', count: 1 }, params: { what: 'exporter' } },
} as const satisfies Record<FaultKind, Sample>

/**
 * @param machine on which it is used, instead of the sample's own
 * @throws GauntletError usage/fault where the sample fits no agent of this topology
 */
export function samplePlan(topology: Topology, kind: FaultKind, tag: string, machine?: MachineId): Plan {
  const { plan, params }: Fault<TSchema> = faults[kind]
  const sample: Sample = samples[kind]
  const target =
    machine === undefined ? sample.target : 'machines' in sample.target ? { machines: [machine] } : { ...sample.target, machine }
  return plan(topology, selectTargets(topology, target as Selector, 0), Default(params, Clone(sample.params)) as never, tag)
}
