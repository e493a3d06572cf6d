/**
 * From the command to the effect: how long it takes until a process is stopped and the kernel has been asked whether it is, beside
 * the same by hand with `docker exec`, which arms nothing and proves nothing. In turn, on one fleet. And how long a partition takes.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { projectRoot } from '../src/base/project.ts'
import type { Plan } from '../src/faults/fault.ts'
import { faults } from '../src/faults/index.ts'
import { samplePlan } from '../src/faults/samples.ts'
import { holdFault } from '../src/run/hold.ts'
import { mainpc, never, type SmallFleet, smallFleet, worker } from '../suites/small-fleet.ts'
import { benchIdle, type IdleBench } from './idle.ts'
import { benchRivals, median, type RivalsBench } from './rivals.ts'

export interface FaultsBench {
  /** Medians, in ms. */
  readonly effectiveMs: number
  readonly byHandMs: number
  readonly releasedMs: number
  readonly releasedByHandMs: number
  readonly partition: Held
  readonly rivals: RivalsBench
  readonly idle: IdleBench
}

/** Medians, in ms, each with its proof. */
interface Held {
  readonly heldMs: number
  readonly releasedMs: number
}

const rounds = 9

export async function benchFaults(): Promise<FaultsBench> {
  await using small = await smallFleet(`bench-faults-${process.pid}`)
  const [tool] = (await small.fleet.containers()).filter(({ name }) => name.includes(`tool-${mainpc}`))
  const byHand = (...command: readonly string[]) =>
    void execFileSync('docker', ['--host', small.ready.engine, 'exec', tool?.id ?? '', ...command])
  const times = { effective: [] as number[], byHand: [] as number[], released: [] as number[], releasedByHand: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const lease = `bench-${round}`
    const plan = faults['process-stop'].plan(small.topology, { agents: [worker] }, {}, lease)
    const { heldMs, releasedMs } = await heldOnce(small, 'process-stop', plan, lease)
    times.effective.push(heldMs)
    times.released.push(releasedMs)
    const { stdout } = await small.fleet.tool(mainpc).run(['tool', 'process', 'Worker'])
    const pid = /pid=(\d+)/.exec(stdout)?.[1] ?? ''
    times.byHand.push(await timed(async () => byHand('sh', '-c', `kill -STOP ${pid} && cat /proc/${pid}/stat`)))
    times.releasedByHand.push(await timed(async () => byHand('sh', '-c', `kill -CONT ${pid} && cat /proc/${pid}/stat`)))
  }
  const partitions: Held[] = []
  for (let round = 0; round < rounds; round++) {
    const lease = `bench-cut-${round}`
    partitions.push(await heldOnce(small, 'partition', samplePlan(small.topology, 'partition', lease), lease))
  }
  const rivals = await benchRivals(small, join(projectRoot, '.gauntlet', 'chaostoolkit'))
  const idle = await benchIdle(small, ['process-stop', 'process-kill'])
  return {
    partition: {
      heldMs: median(partitions.map(({ heldMs }) => heldMs)),
      releasedMs: median(partitions.map(({ releasedMs }) => releasedMs)),
    },
    rivals,
    idle,
    effectiveMs: median(times.effective),
    byHandMs: median(times.byHand),
    releasedMs: median(times.released),
    releasedByHandMs: median(times.releasedByHand),
  }
}

async function heldOnce({ fleet }: SmallFleet, kind: string, plan: Plan, lease: string): Promise<Held> {
  let held: Awaited<ReturnType<typeof holdFault>> | undefined
  const heldMs = await timed(async () => {
    held = await holdFault(fleet, { lease, kind, plan, holdMs: 1_000 }, { write: () => {}, signal: never })
  })
  return { heldMs, releasedMs: await timed(async () => held?.release()) }
}

async function timed(deed: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now()
  await deed()
  return performance.now() - beganMs
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await benchFaults(), undefined, 2)}\n`)
