/**
 * Small fleets that suites share, since coming up takes longer than most tests. A fleet goes to the next file only when it was proven
 * clean: everything of it that a test can leave behind stands as it stood when it had come up. One that is not is removed, and said.
 * Files of one worker process run one after the other; what is idle when all are done is removed by pool-end.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineId } from '../src/fleet/topology.ts'
import { inMachine, isCommitted } from './fleet/by-hand.ts'
import { type SmallFleet, smallFleet, until, well } from './small-fleet.ts'
import { standing } from './standing.ts'

export interface PoolChoice {
  /** Folder of the startup configs, below this one. */
  readonly configs?: string
  /** Of the servers that watch it; left out, there are none. */
  readonly timeScale?: number
}

interface Kept {
  readonly kind: string
  readonly small: SmallFleet
  readonly asNew: readonly string[]
}

const settleMs = 60_000
/** Agents that were hurt last may still be starting. */
const cleanMs = 20_000
/** This worker's. One only: others would stand idle, and take the machine's time. */
let idle: Kept | undefined
let made = 0

/** By which pool-end.ts, which runs in the parent of all workers, knows them. */
export const poolOf = (parent: number) => `pool-${parent}-`

/** Its disposal hands it back. It has an engine's hand, since one that needs none does no worse with it. */
export async function pooledFleet(choice: PoolChoice = {}): Promise<SmallFleet> {
  const kind = JSON.stringify(choice)
  const kept = idle
  idle = undefined
  if (kept !== undefined && kept.kind !== kind) await kept.small[Symbol.asyncDispose]()
  const lent = kept?.kind === kind ? kept : await fresh(kind, choice)
  return { ...lent.small, [Symbol.asyncDispose]: () => handBack(lent) }
}

async function fresh(kind: string, { configs, timeScale }: PoolChoice): Promise<Kept> {
  made += 1
  const small = await smallFleet(`${poolOf(process.ppid)}${process.pid}-${made}`, true, configs, timeScale, true)
  if (await until(() => isSettled(small).catch(() => false), settleMs)) return { kind, small, asNew: await stateOf(small) }
  await small[Symbol.asyncDispose]()
  throw new Error(`the fleet ${small.run} does not settle`)
}

async function handBack(kept: Kept): Promise<void> {
  const { small, asNew } = kept
  const differs = (now: readonly string[]) => [
    ...now.filter((line) => !asNew.includes(line)),
    ...asNew.filter((line) => !now.includes(line)).map((line) => `no more: ${line}`),
  ]
  let dirt: readonly string[] = ['it does not settle']
  for (const endMs = performance.now() + cleanMs; dirt.length > 0 && performance.now() < endMs; await sleep(400)) {
    const isOn = await isSettled(small).catch(() => false)
    dirt = isOn ? differs(await stateOf(small)) : ['not all of it is well']
    if (dirt.some((line) => line.startsWith(lasting))) break
  }
  if (dirt.length === 0) {
    idle = kept
    return
  }
  process.stderr.write(`the fleet ${small.run} is not handed on: ${dirt.slice(0, 5).join('; ')}\n`)
  await small[Symbol.asyncDispose]()
}

const machinesOf = ({ topology }: SmallFleet): readonly MachineId[] => [...topology.machines.keys()]

/** All agents well, what was deployed is committed, and both hubs are connected. */
async function isSettled(small: SmallFleet): Promise<boolean> {
  const agents = await Promise.all([...small.topology.agents.keys()].map(small.health))
  if (agents.some((answer) => answer !== well)) return false
  const machines = machinesOf(small)
  if (!(await Promise.all(machines.map((machine) => isCommitted(small, machine)))).every(Boolean)) return false
  const hubs = [...small.topology.agents.values()].filter(({ role }) => role === 'hub')
  const answers = await Promise.all(
    hubs.map(({ machine, port }) => small.fleet.tool(machine).run(['tool', 'fetch', `http://127.0.0.1:${port}/hub_health`])),
  )
  return answers.every(({ stdout }) => stdout.includes('"status":"healthy"'))
}

/** Of a machine; it does not go away by waiting. */
const lasting = 'on '
const look = `cd /srv/fleet && git rev-parse HEAD && git status --porcelain && git stash list
  ls -A /var/log/fleet /run/secrets /tmp
  sha256sum /run/secrets/*`

async function stateOf(small: SmallFleet): Promise<readonly string[]> {
  const deployed = await Promise.all(
    machinesOf(small).map(async (machine) =>
      (await inMachine(small, machine, 'sh', '-c', look)).split('\n').map((line) => `${lasting}${machine}: ${line}`),
    ),
  )
  return [...(await standing(small)), ...deployed.flat()]
}
