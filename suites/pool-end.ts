/** Removes the fleets that the workers of a run of suites shared, once all its files are done: no worker knows that it was the last. */
import { readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runLabel } from '../src/fleet/compose.ts'
import { openEngine } from '../src/fleet/engine.ts'
import { poolOf } from './pool.ts'

const removalMs = 60_000

export async function teardown(): Promise<void> {
  const own = poolOf(process.pid)
  const engine = openEngine(process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock')
  const { containers, networks, volumes } = await engine.holdings(runLabel)
  const runs = new Set(
    [...containers, ...networks, ...volumes].map(({ labels }) => labels[runLabel] ?? '').filter((run) => run.startsWith(own)),
  )
  for (const run of runs) {
    const left = Object.values(await engine.remove(`${runLabel}=${run}`, AbortSignal.timeout(removalMs))).flat()
    if (left.length > 0) throw new Error(`of the shared fleet ${run} there is left: ${left.join(', ')}`)
  }
  for (const folder of readdirSync(tmpdir()).filter((name) => name.startsWith(`gauntlet-suite-${own}`)))
    rmSync(join(tmpdir(), folder), { recursive: true })
}
