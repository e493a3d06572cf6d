import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import type { Plan, Step } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import type { AgentId, Machine, MachineId, Topology } from '../fleet/topology.ts'
import { abilityNames } from '../setup/abilities.ts'
import type { Hands } from './hold.ts'
import type { PlannedFault } from './planned-fault.ts'
import { planProblems, requireFleet, requireKernel, spansOf } from './preflight.ts'

const topology: Topology = {
  machines: new Map([['pc2' as MachineId, { id: 'pc2', mgmtName: 'pc2.mgmt' } as Machine]]),
  agents: new Map(),
}
const never = new AbortController().signal

function fault(
  kind: string,
  change: { argv?: readonly string[]; targets?: readonly string[]; atMs?: number; holdMs?: number } = {},
): PlannedFault {
  const { argv = ['true'], targets = ['pc2/A'], holdMs = 100, atMs } = change
  const command = { argv: argv as [string, ...string[]] }
  const step: Step = {
    machine: 'pc2' as MachineId,
    undo: command,
    apply: command,
    effective: { command, holds: { path: '/exists', op: 'is', value: true } },
    gone: { command, holds: { path: '/exists', op: 'is', value: false } },
  }
  const plan: Plan = {
    targets: targets as [AgentId],
    radius: [],
    silences: [],
    takes: [],
    reliesOn: [],
    lasts: 'until-undone',
    steps: [step],
  }
  return { lease: `run.${kind}`, kind, plan, holdMs, ...(atMs === undefined ? {} : { atMs }) }
}

function saidBy(deed: () => void): string {
  try {
    deed()
  } catch (error) {
    if (error instanceof GauntletError && error.code === 'environment/ability') return error.message
    throw error
  }
  return ''
}

test('what the kernel was not seen to do is refused, by name and with what was seen', () => {
  const needs = () => ['iptables', 'netem', 'supervisor'] as const
  const works = new Map(['iptables', 'netem'].map((name) => [name, { outcome: 'works', said: '' }]))
  const said = (tried: Parameters<typeof requireKernel>[1]) => saidBy(() => requireKernel([fault('link')], tried, needs))
  expect(said(works)).toBe('')
  expect(said(new Map([...works, ['netem', { outcome: 'fails', said: 'no such module' }]]))).toContain(
    'run.link: link needs netem, and the kernel has it not: no such module',
  )
  expect(said(new Map([...works, ['iptables', { outcome: 'unknown', said: 'iptables: not found' }]]))).toContain('needs iptables')
  expect(said(new Map())).toMatch(/needs iptables.*it was not tried; .*needs netem/)
})

test('a fault of the index is asked for what it says it needs, where the kernel is what is tried for it', () => {
  let ofTheKernel = 0
  for (const [kind, { needs }] of Object.entries(faults)) {
    const works = new Map((needs as readonly string[]).map((need) => [need, { outcome: 'works', said: '' }]))
    expect(saidBy(() => requireKernel([fault(kind)], works))).toBe('')
    for (const need of works.keys()) {
      const said = saidBy(() => requireKernel([fault(kind)], new Map([...works].filter(([name]) => name !== need))))
      const isOfKernel = (abilityNames as readonly string[]).includes(need)
      if (isOfKernel) expect(said).toContain(`${kind} needs ${need}, and the kernel has it not: it was not tried`)
      else expect([kind, need, said]).toEqual([kind, 'supervisor', '']) // the fleet's, which is asked on each machine
      ofTheKernel += Number(isOfKernel)
    }
  }
  expect(ofTheKernel).toBeGreaterThan(10)
})

test('what the fleet cannot have done to it is refused, with the machine; a machine is asked once', async () => {
  const asked: string[] = []
  const answering = (exitCode: number): Hands => ({
    tool: (machine) => ({
      run: async (argv) => {
        asked.push(`${machine} ${argv.join(' ')}`)
        return { exitCode, stdout: '', stderr: 'connect ENOENT /run/supervisor.sock\n' }
      },
    }),
  })
  await requireFleet(answering(0), [fault('process-stop'), fault('process-kill'), fault('noop')], never)
  expect(asked).toEqual(['pc2 tool can supervisor'])
  const refused = requireFleet(answering(1), [fault('process-stop')], never)
  await expect(refused).rejects.toMatchObject({ code: 'environment/ability' })
  await expect(refused).rejects.toThrow('process-stop needs supervisor, and pc2 has it not: connect ENOENT')
})

test('a plan that aims at what watches or undoes is refused', () => {
  const said = (change: Parameters<typeof fault>[1]) => planProblems([fault('noop', change)], topology).map(({ message }) => message)
  expect(said({ argv: ['iptables', '-A', 'INPUT', '-s', 'pc2.mgmt', '-j', 'DROP'] }).join()).toContain('would touch pc2.mgmt')
  expect(said({ targets: ['observer'] }).join()).toContain('would touch observer')
  expect(said({ argv: ['docker', 'pause', 'tool-pc2'] }).join()).toContain('would touch tool-pc2')
  expect(said({ argv: ['tool', 'signal', '--process', 'Observer'] })).toEqual([])
})

test('two of a kind do not hold the same target at the same time', () => {
  const said = (...all: PlannedFault[]) => planProblems(all, topology).length
  const [early, late] = [fault('noop', { atMs: 0 }), fault('noop', { atMs: 50 })]
  expect(said(early, late)).toBe(1)
  expect(said(early, fault('noop', { atMs: 100 }))).toBe(0)
  expect(said(early, fault('noop'))).toBe(0)
  expect(said(early, fault('process-stop', { atMs: 50 }))).toBe(0)
  expect(said(early, fault('noop', { atMs: 50, targets: ['pc2/B'] }))).toBe(0)
})

test('a fault without a time begins when all before it are over', () => {
  const spans = spansOf([fault('noop', { atMs: 20, holdMs: 200 }), fault('noop', { atMs: 10, holdMs: 5 }), fault('noop')])
  expect(spans.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
    [20, 220],
    [10, 15],
    [220, 320],
  ])
})
