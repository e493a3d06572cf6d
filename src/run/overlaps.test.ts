/** Two faults at once on one machine: either each leaves the other its way to be proven and undone, or they are refused when planned. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FaultKind, faults } from '../faults/index.ts'
import { samplePlan } from '../faults/samples.ts'
import { loadStartupConfigs } from '../fleet/load-startup-configs.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { PlannedFault } from './planned-fault.ts'
import { planProblems } from './preflight.ts'

const configs = ['mainpc', 'pc2'].map((machine) => join(import.meta.dirname, `../../suites/small/${machine}.startup.yaml`))
const { topology } = loadStartupConfigs(configs)
const kinds = Object.keys(faults) as FaultKind[]
const machine = 'mainpc' as MachineId

const at = (kind: FaultKind, lease: string, atMs: number, holdMs: number): PlannedFault => {
  return { lease, kind, plan: samplePlan(topology, kind, lease, machine), holdMs, atMs }
}
const together = (one: FaultKind, other: FaultKind) => planProblems([at(one, 'l1', 0, 40_000), at(other, 'l2', 10_000, 20_000)], topology)
const said = (one: FaultKind, other: FaultKind) => together(one, other).map(({ message }) => message)

describe.each(kinds)('%s, and', (one) => {
  test.each(kinds)('%s within it: both orders say the same, and a refusal says why', (other) => {
    const problems = said(one, other)
    expect(problems.length).toBe(said(other, one).length)
    for (const message of problems)
      expect(message).toMatch(/ takes away the .+, which .+ relies on to be proven and undone$|^l1 and l2: two of /)
    expect(planProblems([at(one, 'l1', 0, 10_000), at(other, 'l2', 10_000, 20_000)], topology)).toEqual([]) // one after the other
  })
})

test.each<[FaultKind, FaultKind, RegExp]>([
  ['partition', 'container-kill', /container-kill takes away the namespaces of nats-mainpc, which partition relies on/],
  ['partition', 'link', /takes away the data network of mainpc/],
  ['partition', 'dns', /dns takes away the name look-up of mainpc, which partition relies on/],
  ['process-stop', 'process-kill', /process-kill takes away the process of /],
  ['secret', 'clock', /clock takes away the clock of mainpc, which secret relies on/],
  ['secret', 'partition', /partition takes away the data network of mainpc, which secret relies on/],
  ['disk-fill', 'log-flood', /the room on the volume logs of mainpc/],
  ['config-change', 'change', /the repository of mainpc/],
  ['config-change', 'process-kill', /the process of mainpc/],
  ['noop', 'noop', /two of noop hold mainpc/],
])('%s and %s are refused', (one, other, why) => {
  expect(said(one, other).join('\n')).toMatch(why)
})

test.each<[FaultKind, FaultKind]>([
  ['partition', 'process-stop'],
  ['partition', 'process-kill'],
  ['partition', 'clock'],
  ['partition', 'disk-fill'],
  ['cpu', 'partition'],
  ['cpu', 'memory'],
  ['clock', 'process-stop'],
  ['dns', 'process-zombie'],
  ['disk-fill', 'process-kill'],
])('%s and %s are allowed', (one, other) => {
  expect(said(one, other)).toEqual([])
})

test('at least half of the pairs of two kinds are allowed: what is refused without need is a test that nobody can run', () => {
  const pairs = kinds.flatMap((one, place) => kinds.slice(place + 1).map((other) => said(one, other).length === 0))
  expect(pairs.filter(Boolean).length / pairs.length).toBeGreaterThan(0.5)
})
