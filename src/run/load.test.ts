import { expect, test } from 'vitest'
import { smallTopology } from '../../suites/small-fleet.ts'
import type { Plan } from '../faults/fault.ts'
import type { ExecAnswer, ExecOptions } from '../fleet/engine.ts'
import type { EventBody } from '../journal/event.ts'
import { requestsOf } from '../journal/load-slots.ts'
import type { Load } from '../scenario/scenario.ts'
import { sendLoad } from './load.ts'
import { planLoad } from './load-plan.ts'
import type { PlannedFault } from './planned-fault.ts'

const topology = smallTopology('fleet/crowd')
const limits = { latencyP50: 1.1, latencyP95: 1.2, latencyP99: 1.5, latencyLeastMs: 2 } as Parameters<typeof planLoad>[3]
const never = new AbortController().signal
const duet: Load = {
  design: 'duet',
  ratePerS: 40,
  slotMs: 10_000,
  looks: [12, 18],
  old: { path: '/work/1', says: '1' },
  new: { path: '/work/2', says: '2' },
}
const changing = (...radius: readonly string[]) => [{ plan: { radius } as unknown as Plan } as PlannedFault]
const workers = changing('mainpc/Worker1', 'mainpc/Worker2', 'pc2/FarWorker1')

interface Told {
  readonly targets: readonly (readonly (readonly string[])[])[]
  readonly perSecond: number
  readonly requests: number
  readonly warmUp: number
}

/** As k6 would, by its lines: answers each request of the plan it is given with what `takes` says. */
function generator(takes: (arm: number, number: number) => number, end: Partial<ExecAnswer> & { readonly dropped?: number } = {}) {
  const journal: EventBody[] = []
  const commands: (readonly string[])[] = []
  const run = async (argv: readonly string[], { onLine = () => {} }: ExecOptions = {}): Promise<ExecAnswer> => {
    commands.push(argv)
    const plan = JSON.parse(argv.find((word) => word.startsWith('PLAN='))?.slice(5) ?? '{}') as Told
    for (let number = 0; number < plan.requests; number++)
      for (const target of plan.targets.keys()) onLine(JSON.stringify([target, number, number % 3, 0, takes(number % 3, number)]))
    onLine('time="x" level=warning msg="Request Failed"')
    if ((end.exitCode ?? 0) === 0) onLine(JSON.stringify({ sent: plan.requests * plan.targets.length, dropped: end.dropped ?? 0 }))
    return { exitCode: 0, stdout: '', stderr: '', ...end }
  }
  return { journal, commands, tools: { fleet: { load: () => ({ run }) }, topology, write: (body: EventBody) => journal.push(body) } }
}

const kinds = (journal: readonly EventBody[]) => journal.map(({ kind }) => kind).filter((kind) => kind !== 'load-samples')
const even = (_: number, number: number) => 100 + (number % 7)

test('every answer goes to the journal, and a load that decides is not made longer', async () => {
  const { tools, journal, commands } = generator(even)
  await sendLoad(tools, planLoad(duet, workers, topology, limits, 7), 'during', never)
  expect(kinds(journal)).toEqual(['load', 'load-end'])
  const [load] = journal
  if (load?.kind !== 'load') throw new Error('a load begins with what it is')
  expect(load).toMatchObject({ load: 'during-1', replicates: 12, looks: [12, 18], targets: [{ machine: 'mainpc' }, { machine: 'pc2' }] })
  const samples = journal.flatMap((event) => (event.kind === 'load-samples' ? [...event.scheduled] : []))
  expect(samples).toHaveLength(requestsOf(load))
  expect(Math.max(...samples)).toBeLessThan(120_000)
  expect(journal.at(-1)).toEqual({
    kind: 'load-end',
    load: 'during-1',
    sent: requestsOf(load),
    dropped: 0,
    exitCode: 0,
    said: 'time="x" level=warning msg="Request Failed";',
  })
  const plan = JSON.parse(commands[0]?.find((word) => word.startsWith('PLAN='))?.slice(5) ?? '') as Told
  expect(plan.perSecond).toBe(120)
  expect(plan.targets).toEqual([
    Array(3).fill(['http://mainpc.mgmt:7301', 'http://mainpc.mgmt:7302']),
    Array(3).fill(['http://pc2.mgmt:7401']),
  ])
})

test('one that does not decide is sent on to the next look; a slower one is decided', async () => {
  const close = generator((arm, number) => even(arm, number) * (arm === 2 ? 1.05 + 0.1 * (Math.floor(number / 1_200) % 2) : 1))
  await sendLoad(close.tools, planLoad(duet, workers, topology, limits, 7), 'during', never)
  expect(kinds(close.journal)).toEqual(['load', 'load-end', 'load', 'load-end'])
  expect(close.journal.flatMap((event) => (event.kind === 'load' ? [[event.load, event.replicates]] : []))).toEqual([
    ['during-1', 12],
    ['during-2', 6],
  ])
  const slow = generator((arm, number) => even(arm, number) * (arm === 2 ? 1.3 : 1))
  await sendLoad(slow.tools, planLoad(duet, workers, topology, limits, 7), 'during', never)
  expect(kinds(slow.journal)).toEqual(['load', 'load-end'])
})

test.each([
  ['dropped requests', { dropped: 3 }, { dropped: 3 }],
  ['failed', { exitCode: 107, stderr: 'no memory' }, { exitCode: 107, sent: null, dropped: null }],
])('a part that %s is the last one, and its end says so', async (_, end, expected) => {
  const { tools, journal } = generator((arm, number) => even(arm, number) * (arm === 2 ? 1.1 : 1), end)
  await sendLoad(tools, planLoad(duet, workers, topology, limits, 7), 'during', never)
  expect(kinds(journal)).toEqual(['load', 'load-end'])
  expect(journal.at(-1)).toMatchObject(expected)
})

test('k6 is ended when the run is', async () => {
  const commands: string[] = []
  const run = async (argv: readonly string[]): Promise<ExecAnswer> => {
    commands.push(argv[0] ?? '')
    if (argv[0] === 'timeout') throw new Error('aborted')
    return { exitCode: 0, stdout: '', stderr: '' }
  }
  const sent = sendLoad(
    { fleet: { load: () => ({ run }) }, topology, write: () => {} },
    planLoad(duet, workers, topology, limits, 7),
    'during',
    never,
  )
  await expect(sent).rejects.toThrow('aborted')
  expect(commands).toEqual(['timeout', 'pkill'])
})

test('beside a control others of the same machine are asked, as many for each of the old', () => {
  const control: Load = { ...duet, design: 'control', looks: [12] }
  const { targets } = planLoad(control, changing('mainpc/Worker1', 'mainpc/Worker2'), topology, limits, 7)
  expect(targets).toEqual([
    {
      machine: 'mainpc',
      agents: {
        old: ['mainpc/Worker3', 'mainpc/Worker4'],
        twin: ['mainpc/Worker5', 'mainpc/Worker6'],
        new: ['mainpc/Worker1', 'mainpc/Worker2'],
      },
    },
  ])
  const all = ['pc2/FarWorker1', 'pc2/FarWorker2']
  const why = (deed: () => unknown) => {
    try {
      deed()
    } catch (error) {
      return (error as { problems?: readonly { message: string }[] }).problems?.map(({ message }) => message)
    }
    return undefined
  }
  expect(why(() => planLoad(control, changing(...all), topology, limits, 7))).toEqual([
    'load: pc2 has no two agents that are left as they are',
  ])
  expect(why(() => planLoad(duet, changing(), topology, limits, 7))).toEqual([
    'load: the faults change no agent, so that there is nobody to ask',
  ])
})
