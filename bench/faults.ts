/**
 * From the command to the effect: how long it takes until a process is stopped and the kernel has been asked whether it is, beside
 * the same by hand with `docker exec`, which arms nothing and proves nothing. In turn, on one fleet.
 */
import { execFileSync } from 'node:child_process'
import { faults } from '../src/faults/index.ts'
import { holdFault } from '../src/run/hold.ts'
import { mainpc, never, smallFleet, worker } from '../suites/small-fleet.ts'

export interface FaultsBench {
  /** Medians, in ms. */
  readonly effectiveMs: number
  readonly byHandMs: number
  readonly releasedMs: number
  readonly releasedByHandMs: number
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
    let held: Awaited<ReturnType<typeof holdFault>> | undefined
    times.effective.push(
      await timed(async () => {
        held = await holdFault(small.fleet, { lease, kind: 'process-stop', plan, holdMs: 1_000 }, { write: () => {}, signal: never })
      }),
    )
    times.released.push(await timed(async () => held?.release()))
    const { stdout } = await small.fleet.tool(mainpc).run(['tool', 'process', 'Worker'])
    const pid = /pid=(\d+)/.exec(stdout)?.[1] ?? ''
    times.byHand.push(await timed(async () => byHand('sh', '-c', `kill -STOP ${pid} && cat /proc/${pid}/stat`)))
    times.releasedByHand.push(await timed(async () => byHand('sh', '-c', `kill -CONT ${pid} && cat /proc/${pid}/stat`)))
  }
  return {
    effectiveMs: median(times.effective),
    byHandMs: median(times.byHand),
    releasedMs: median(times.released),
    releasedByHandMs: median(times.releasedByHand),
  }
}

async function timed(deed: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now()
  await deed()
  return performance.now() - beganMs
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
