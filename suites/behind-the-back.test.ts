/**
 * What is undone behind the harness's back, while it holds a fault, is seen: the look that follows says that it lasts no more, and the
 * judge that it was not in effect for as long as it was held (the golden histories of src/verdict).
 */
import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FaultKind } from '../src/faults/index.ts'
import { machineLabel, roleLabel } from '../src/fleet/compose.ts'
import type { MachineId } from '../src/fleet/topology.ts'
import type { Event, EventBody } from '../src/journal/event.ts'
import { commentOf } from '../src/tool/rules.ts'
import { agents, eyesOn, type Held, holdOn, machines, proven } from './held-faults.ts'
import { pooledFleet } from './pool.ts'
import { farWorker, mainpc, pc2, type SmallFleet, until, worker } from './small-fleet.ts'

let small: SmallFleet
let held: Held | undefined
let leases = 0
beforeAll(async () => {
  small = await pooledFleet()
})
afterEach(async () => {
  await held?.lease.release().catch(() => {}) // a fault that is gone already may not be undone as planned
  held = undefined
})
afterAll(() => small?.[Symbol.asyncDispose]())

async function hold(kind: FaultKind, params: object, targets: Parameters<typeof holdOn>[4]): Promise<Held> {
  leases += 1
  held = await holdOn(small, `b${leases}`, kind, params, targets)
  expect(proven(held.journal, 'effective').every((shown) => shown === true)).toBe(true)
  return held
}

async function inTool(machine: MachineId, script: string): Promise<void> {
  const { exitCode, said } = await eyesOn(small).on(machine, 'sh', '-c', script)
  expect([exitCode, said]).toEqual([0, expect.anything()])
}

const looks = ({ journal }: Held) =>
  journal.filter((event): event is Event<'proof'> & EventBody => event.kind === 'proof' && event.query === 'lasting')
/** @returns how many of its steps are seen to last no more, by the newest look at each */
const lost = ({ journal }: Held) => proven(journal, 'lasting').filter((shown) => shown !== true).length

/** A look whose stream leads nowhere any more is given up after some fifteen seconds. */
const lookMs = 40_000

/** Looked at while it lasts, and seen to be lost once it is undone by somebody else. */
async function seen(fault: Held, undo: () => Promise<void>): Promise<void> {
  expect(await until(async () => looks(fault).length > 0, 10_000)).toBe(true)
  expect(lost(fault)).toBe(0)
  await undo()
  expect(await until(async () => lost(fault) > 0, lookMs)).toBe(true)
}

test('a hung agent that is continued by hand', async () => {
  const fault = await hold('process-stop', {}, agents(worker))
  await seen(fault, () => inTool(mainpc, `kill -CONT $(grep -lz SUPERVISOR_PROCESS_NAME=Worker /proc/[0-9]*/environ | cut -d/ -f3)`))
})

test('a cut whose established connections are let through: new ones stay cut off, and a flow from before is seen to flow', async () => {
  const fault = await hold('partition', { direction: 'both' }, machines(pc2))
  const accept = (deed: string, chain: string) =>
    `iptables -w ${deed} ${chain} ${deed === '-I' ? '1 ' : ''}-m state --state ESTABLISHED,RELATED -j ACCEPT`
  try {
    await seen(fault, () => inTool(pc2, `${accept('-I', 'INPUT')} && ${accept('-I', 'OUTPUT')}`))
    const answer = looks(fault).findLast(({ machine }) => machine === pc2)?.answer as {
      peers: { open: number }[]
      flows: { isStopped: boolean }[]
    }
    expect(answer.peers.map(({ open }) => open).every((open) => open === 0)).toBe(true)
    expect(answer.flows.some(({ isStopped }) => !isStopped)).toBe(true)
  } finally {
    await inTool(pc2, `${accept('-D', 'INPUT')}; ${accept('-D', 'OUTPUT')}`)
  }
})

test('a rule of ours that is deleted', async () => {
  const fault = await hold('partition', { direction: 'both' }, machines(pc2))
  const rule = commentOf(fault.lease.id)
  await seen(fault, () =>
    inTool(pc2, `iptables-save | grep -- '${rule}' | sed 's/^-A/-D/' | while read -r words; do eval "iptables -w $words"; done`),
  )
})

test('a listener of ours that is closed', async () => {
  const fault = await hold('port-squat', { address: '0.0.0.0', proto: 'tcp' }, agents(farWorker))
  await seen(fault, () => inTool(pc2, `kill -9 $(grep -lz '^squat$' /proc/[0-9]*/cmdline | cut -d/ -f3)`))
})

test('a fill file that is removed, and its keeper with it', async () => {
  const fault = await hold('disk-fill', { volume: 'logs', left: '0B' }, machines(mainpc))
  await seen(fault, () =>
    inTool(mainpc, `kill -9 $(grep -lz '^fill$' /proc/[0-9]*/cmdline | cut -d/ -f3); rm -f /proc/1/root/var/log/fleet/.gauntlet~*`),
  )
})

test('a clock that is set right', async () => {
  const fault = await hold('clock', { offset: '+5m', drift: '0ms/s' }, machines(mainpc))
  await seen(fault, () =>
    inTool(mainpc, `kill -9 $(grep -lz '^keep$' /proc/[0-9]*/cmdline | cut -d/ -f3); tool clock back --lease ${fault.lease.id}`),
  )
})

test('a machine whose container is restarted while it is cut off: the cut and its guard die with its namespaces', async () => {
  const fault = await hold('partition', { direction: 'both' }, machines(pc2))
  const [machine] = (await small.fleet.containers()).filter(({ labels }) => labels[roleLabel] === 'machine' && labels[machineLabel] === pc2)
  await seen(fault, async () => {
    execFileSync('docker', ['--host', small.ready.engine, 'restart', '--time', '0', machine?.id ?? ''])
  })
})
