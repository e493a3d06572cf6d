import { expect, test } from 'vitest'
import { wrongIn } from '../answers/index.ts'
import type { Json } from '../base/predicate.ts'
import type { Agent, AgentId, MachineId, Topology } from '../fleet/topology.ts'
import type { EventBody } from '../journal/event.ts'
import type { Hands } from './hold.ts'
import { readProcesses } from './processes.ts'

const mainpc = 'mainpc' as MachineId
const pc2 = 'pc2' as MachineId
const agent = (machine: MachineId, name: string) => ({ id: `${machine}/${name}` as AgentId, name, machine }) as Agent
const topologyOf = (all: readonly Agent[]) =>
  ({
    machines: new Map([mainpc, pc2].map((id) => [id, { id }])),
    agents: new Map(all.map((each) => [each.id, each])),
  }) as unknown as Topology
const topology = topologyOf([agent(mainpc, 'Planner'), agent(pc2, 'Vision'), agent(pc2, 'Speech')])

async function read(answers: Readonly<Record<string, { readonly exitCode: number; readonly stdout: string }>>, of = topology) {
  const asked: (readonly string[])[] = []
  const hands = {
    tool: (machine: MachineId) => ({
      run: async (argv: readonly string[]) => {
        asked.push([machine, ...argv])
        return { stderr: '', ...answers[machine] }
      },
    }),
  } as unknown as Hands
  const written: EventBody[] = []
  await readProcesses(hands, of, 'before', (body) => written.push(body), new AbortController().signal)
  return { asked, written }
}
function says(processes: object): string {
  const answer = { processes } as Json
  expect(wrongIn('process', answer)).toBeUndefined()
  return `${JSON.stringify(answer)}\n`
}
const one = (pid: number, startTicks: number) => ({ count: 1, now: [{ pid, startTicks, state: 'S', runs: true }], signalled: [] })
const none = { count: 0, now: [], signalled: [] }
const planner = { exitCode: 0, stdout: says({ Planner: one(41, 900) }) }

test('each machine is asked for its own agents, and gives an event with their processes', async () => {
  const { asked, written } = await read({
    mainpc: planner,
    pc2: { exitCode: 0, stdout: says({ Vision: one(311, 4002), Speech: none }) },
  })
  expect(asked).toEqual([
    ['mainpc', 'tool', 'process', '--own', 'Planner'],
    ['pc2', 'tool', 'process', '--own', 'Vision', 'Speech'],
  ])
  expect(written).toEqual([
    { kind: 'processes', when: 'before', machine: 'mainpc', records: [{ agent: 'mainpc/Planner', pid: 41, startTicks: 900 }] },
    { kind: 'processes', when: 'before', machine: 'pc2', records: [{ agent: 'pc2/Vision', pid: 311, startTicks: 4002 }] },
  ])
})

test('a machine that cannot say it leaves no event; one without agents has nothing to say', async () => {
  const { written } = await read({ mainpc: planner, pc2: { exitCode: 1, stdout: '' } })
  expect(written.map((event) => event.kind === 'processes' && event.machine)).toEqual(['mainpc'])
  const lonely = await read({ mainpc: planner }, topologyOf([agent(mainpc, 'Planner')]))
  expect(lonely.asked).toHaveLength(1)
  expect(lonely.written).toContainEqual({ kind: 'processes', when: 'before', machine: 'pc2', records: [] })
})
