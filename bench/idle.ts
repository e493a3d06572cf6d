/** What the machinery costs while nothing happens: the processor time of all tool containers, by the engine's own account. */
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'
import type { FaultKind } from '../src/faults/index.ts'
import { samplePlan } from '../src/faults/samples.ts'
import { optionsOf } from '../src/fleet/engine.ts'
import { holdFault } from '../src/run/hold.ts'
import { never, type SmallFleet } from '../suites/small-fleet.ts'
import { atMost, type Row } from './row.ts'

const watchedMs = 10_000

export function idleRows(small: () => Promise<SmallFleet>): readonly Row[] {
  const row = (id: string, what: string, kind?: FaultKind): Row => ({
    id,
    what: `tool containers of both machines, ${what}`,
    how: `Their processor time of ${watchedMs / 1000} s, by the engine's own account.`,
    unit: 'core',
    target: atMost(0.02),
    measure: async () => ({ value: await (kind === undefined ? share : shareHolding(kind))(await small()) }),
  })
  return [
    row('tool-idle', 'idle'),
    row('tool-holding-stop', 'holding process-stop', 'process-stop'),
    row('tool-holding-kill', 'holding process-kill', 'process-kill'),
  ]
}

async function share(small: SmallFleet): Promise<number> {
  const docker = new Docker(optionsOf(small.ready.engine))
  const tools = (await small.fleet.containers()).filter(({ name }) => name.includes('-tool-'))
  const usedMs = async () => {
    const stats = await Promise.all(tools.map(({ id }) => docker.getContainer(id).stats({ stream: false, 'one-shot': true })))
    return stats.reduce((sum, { cpu_stats }) => sum + cpu_stats.cpu_usage.total_usage / 1e6, 0)
  }
  const [beganMs, before] = [performance.now(), await usedMs()]
  await sleep(watchedMs)
  return ((await usedMs()) - before) / (performance.now() - beganMs)
}

const shareHolding = (kind: FaultKind) => async (small: SmallFleet) => {
  const lease = `idle-${kind}`
  const use = { lease, kind, plan: samplePlan(small.topology, kind, lease), holdMs: 2 * watchedMs }
  await using _held = await holdFault(small.fleet, use, { write: () => {}, signal: never })
  return share(small)
}
