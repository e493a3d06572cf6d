/** What the machinery costs while nothing happens: the processor time of all tool containers, by the engine's own account. */
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'
import type { FaultKind } from '../src/faults/index.ts'
import { samplePlan } from '../src/faults/samples.ts'
import { optionsOf } from '../src/fleet/engine.ts'
import { holdFault } from '../src/run/hold.ts'
import { never, type SmallFleet } from '../suites/small-fleet.ts'

export interface IdleBench {
  /** Shares of one core, 0 to 1. */
  readonly idle: number
  /** While a fault is held, by its kind. */
  readonly holding: Readonly<Record<string, number>>
}

const watchedMs = 10_000

export async function benchIdle(small: SmallFleet, kinds: readonly FaultKind[]): Promise<IdleBench> {
  const docker = new Docker(optionsOf(small.ready.engine))
  const tools = (await small.fleet.containers()).filter(({ name }) => name.includes('-tool-'))
  const usedMs = async () => {
    const stats = await Promise.all(tools.map(({ id }) => docker.getContainer(id).stats({ stream: false, 'one-shot': true })))
    return stats.reduce((sum, { cpu_stats }) => sum + cpu_stats.cpu_usage.total_usage / 1e6, 0)
  }
  const share = async () => {
    const [beganMs, before] = [performance.now(), await usedMs()]
    await sleep(watchedMs)
    return ((await usedMs()) - before) / (performance.now() - beganMs)
  }
  const idle = await share()
  const holding: Record<string, number> = {}
  for (const kind of kinds) {
    const lease = `idle-${kind}`
    const plan = samplePlan(small.topology, kind, lease)
    const held = await holdFault(small.fleet, { lease, kind, plan, holdMs: 2 * watchedMs }, { write: () => {}, signal: never })
    holding[kind] = await share()
    await held.release()
  }
  return { idle, holding }
}
