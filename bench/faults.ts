/**
 * From the command to the effect, on one small fleet: how long it takes until a fault is in effect and proven, and undone and proven
 * gone, beside the same by hand with `docker exec`, which arms nothing and proves nothing. What other tools take, and what the tool
 * containers cost, stands in files of its own.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { once } from '../src/base/gather.ts'
import { projectRoot } from '../src/base/project.ts'
import type { FaultKind } from '../src/faults/index.ts'
import { samplePlan } from '../src/faults/samples.ts'
import { holdFault } from '../src/run/hold.ts'
import { mainpc, never, processes, type SmallFleet, smallFleet } from '../suites/small-fleet.ts'
import { byTurns } from './by-turns.ts'
import { idleRows } from './idle.ts'
import { lookRows } from './look.ts'
import { rivalRows } from './rivals.ts'
import { atMost, type Group, type Row } from './row.ts'

const rounds = 9
const held = 'held and released in turn'

export function faultRows(): Group {
  let opened: Promise<SmallFleet> | undefined
  const small = () => {
    opened ??= smallFleet(`bench-faults-${process.pid}`)
    return opened
  }
  return {
    rows: [
      ...stopRows(small),
      ...cutRows(small),
      ...rivalRows(small, join(projectRoot, '.gauntlet', 'chaostoolkit')),
      ...lookRows(small),
      ...idleRows(small),
    ],
    release: async () => {
      const fleet = await opened?.catch(() => undefined) // what did not come up is disposed of already
      await fleet?.[Symbol.asyncDispose]()
    },
  }
}

function stopRows(small: () => Promise<SmallFleet>): readonly Row[] {
  const measured = once(async () => stopped(await small()))
  return [
    {
      id: 'process-stopped',
      what: 'command → process stopped, undo armed, effect proven',
      how: `\`process-stop\`, ${held} with the same by hand; the one in the middle of ${rounds}.`,
      unit: 'ms',
      against: '`docker exec … kill -STOP`, and a look',
      target: atMost(15),
      measure: async () => {
        const { heldMs, byHandMs } = await measured()
        return { value: heldMs, other: byHandMs }
      },
    },
    {
      id: 'process-reverted',
      what: 'command → fault reverted, absence proven',
      how: 'The release of the same.',
      unit: 'ms',
      against: '`docker exec … kill -CONT`, and a look',
      target: atMost(15),
      measure: async () => {
        const { releasedMs, releasedByHandMs } = await measured()
        return { value: releasedMs, other: releasedByHandMs }
      },
    },
  ]
}

async function stopped(small: SmallFleet) {
  const tool = (await small.fleet.containers()).find(({ name }) => name.includes(`tool-${mainpc}`))?.id ?? ''
  const byHand = (signal: string, pid: number) => () =>
    execFileSync('docker', ['--host', small.ready.engine, 'exec', tool, 'sh', '-c', `kill -${signal} ${pid} && cat /proc/${pid}/stat`])
  return byTurns(rounds, async (round) => {
    const ours = await heldOnce(small, 'process-stop', `bench-${round}`)
    const pid = (await processes(small, mainpc)).get('Worker') ?? Number.NaN
    return { ...ours, byHandMs: await timed(byHand('STOP', pid)), releasedByHandMs: await timed(byHand('CONT', pid)) }
  })
}

function cutRows(small: () => Promise<SmallFleet>): readonly Row[] {
  const measured = once(async () => {
    const fleet = await small()
    return byTurns(rounds, (round) => heldOnce(fleet, 'partition', `bench-cut-${round}`))
  })
  const how = `\`partition\` of one machine, with all that its plan proves on both peers; the one in the middle of ${rounds}.`
  return [
    {
      id: 'cut-off',
      what: 'command → machine cut off and proven on both peers and an established flow',
      how,
      unit: 'ms',
      target: atMost(60),
      measure: async () => ({ value: (await measured()).heldMs }),
    },
    {
      id: 'cut-off-reverted',
      what: 'command → whole again, proven',
      how: 'The release of the same.',
      unit: 'ms',
      target: atMost(500),
      measure: async () => ({ value: (await measured()).releasedMs }),
    },
  ]
}

async function heldOnce(small: SmallFleet, kind: FaultKind, lease: string) {
  const plan = samplePlan(small.topology, kind, lease)
  let held: Awaited<ReturnType<typeof holdFault>> | undefined
  const heldMs = await timed(async () => {
    held = await holdFault(small.fleet, { lease, kind, plan, holdMs: 1_000 }, { write: () => {}, signal: never })
  })
  return { heldMs, releasedMs: await timed(() => held?.release()) }
}

async function timed(deed: () => unknown): Promise<number> {
  const beganMs = performance.now()
  await deed()
  return performance.now() - beganMs
}
