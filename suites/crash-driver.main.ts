/**
 * A harness to be killed: plays one scenario on a fleet that another process owns, with the run's own code, journal included. Only the
 * fleet is not its own, so that a kill costs seconds and not a bring-up. Its one argument is a CrashOrder as JSON.
 */
import { join } from 'node:path'
import { realClock } from '../src/base/clock.ts'
import type { FaultKind } from '../src/faults/index.ts'
import { samplePlan } from '../src/faults/samples.ts'
import { attach } from '../src/fleet/fleet.ts'
import { placesOf } from '../src/fleet/lan.ts'
import { type EventBody, journalSchema, type Promises } from '../src/journal/event.ts'
import { openJournal } from '../src/journal/writer.ts'
import { holdFault } from '../src/run/hold.ts'
import { takeHostSnapshot } from '../src/run/host.ts'
import { requireFleet } from '../src/run/preflight.ts'
import { run } from '../src/run/run.ts'
import { takeSnapshots } from '../src/run/snapshot.ts'
import { smallTopology } from './small-fleet.ts'

export interface CrashOrder {
  /** Of the fleet. */
  readonly run: string
  readonly engine: string
  readonly directory: string
  readonly kind: FaultKind
  readonly lease: string
  readonly holdMs: number
  readonly ttlMs: number
}

const order = JSON.parse(process.argv[2] ?? '') as CrashOrder
const topology = smallTopology()
const never = new AbortController().signal
const limits: Promises = {
  ...{ uptime: 0.999, coverage: 1, registrationMs: 1, metricsFreshMs: 1, bootMs: 1, recoveryMs: 1 },
  ...{ rollbackMs: 1, rollbackAgentMs: 1, rollbackConfigMs: 1, latencyP50: 1, latencyP95: 1, latencyP99: 1, latencyLeastMs: 1 },
}
await using journal = openJournal(join(order.directory, 'journal.ndjson'), realClock)
const write = (body: EventBody) => journal.write(body)
const identity = { id: order.lease, startedAt: new Date(0).toISOString(), reproduce: 'npm run crash-test', seed: 0 }
const about = { profile: 'phase0', timeScale: 1, defects: [], vault: 'none' }
const host = { cores: 1, memoryMb: 1, kernel: '', engine: '', abilities: [] }
const suite = { name: 'crash', scenarios: ['crash'], requires: ['residue'] }
write({ kind: 'run', schema: journalSchema, ...identity, ...about, commit: null, dirty: false, images: {}, host, suite, promises: limits })
const machines = [...topology.machines.values()].map(({ id, engine }) => ({ id, engine, configFile: '' }))
write({ kind: 'topology', machines, agents: [...topology.agents.values()], services: [], places: [] })
write({
  kind: 'scenario',
  name: 'crash',
  hypothesis: '',
  risks: [],
  criteria: ['residue'],
  limits,
  coldStart: false,
  planned: { steadyMs: 1, disturbedMs: 1 },
})

await using fleet = await attach({ run: order.run, topology, engine: order.engine })
const { lease, kind, holdMs, ttlMs } = order
const fault = { lease, kind, holdMs, plan: samplePlan(topology, kind, lease) }
await run(
  { steadyMs: 50, recoveryMs: 50, faults: [fault], reads: [] },
  {
    preflight: (faults, signal) => requireFleet(fleet, faults, signal),
    hold: (use, signal) => holdFault(fleet, { ...use, ttlMs }, { write, signal }),
    async snapshot(when, signal) {
      await takeSnapshots(fleet, placesOf(topology), when, write, signal)
      await takeHostSnapshot(fleet, when, write)
    },
    firstReads: async () => {},
    finalReads: async () => {},
    sendLoad: async () => {},
    steadyAgain: async () => true, // whoever kills it looks for itself
  },
  write,
  realClock,
  { signal: never, abort: never },
)
write({ kind: 'end', endedAt: new Date().toISOString(), interrupted: false })
