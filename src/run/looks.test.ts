/** While a fault is held it is looked at: when, what is written of it, and when no more. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Plan, Step } from '../faults/fault.ts'
import type { ExecOptions } from '../fleet/engine.ts'
import type { AgentId, MachineId } from '../fleet/topology.ts'
import type { EventBody } from '../journal/event.ts'
import type { HoldRequest, ToolLine } from '../tool/protocol.ts'
import { type AllHands, holdFault } from './hold.ts'

const there = { argv: ['tool', 'file', '--lease', 'l1'] } as const
const step = (machine: string): Step => ({
  machine: machine as MachineId,
  undo: { argv: ['undo'] },
  apply: { argv: ['apply'] },
  effective: { command: { argv: [...there.argv] }, holds: { path: '/exists', op: 'is', value: true } },
  gone: { command: { argv: [...there.argv] }, holds: { path: '/exists', op: 'is', value: false } },
})
const agent = 'a/One' as AgentId
const plan: Plan = {
  targets: [agent],
  radius: [agent],
  silences: [],
  takes: [],
  reliesOn: [],
  lasts: 'until-undone',
  steps: [step('a'), step('b'), step('a')],
}
const use = { lease: 'l1', kind: 'noop', plan, holdMs: 100 }
const never = new AbortController().signal

const proof = (query: 'effective' | 'lasting', index: number, more: object = {}): ToolLine => ({
  ...{ kind: 'proof', lease: 'l1', index, query, answer: { exists: true, bytes: 0 }, problem: null, ageMs: 4 },
  ...more,
})

type Look = (machine: string, steps: HoldRequest['steps'], options: ExecOptions) => Promise<readonly ToolLine[]>
const ordinary: Look = async (_machine, steps) => steps.map(({ index }) => proof('lasting', index))

/** Tool containers whose looks are these. */
function stage(look: Look) {
  const journal: EventBody[] = []
  const lookedMs = new Map<string, number[]>()
  const held = new Map<string, HoldRequest['steps']>()
  const hand = (machine: string) => ({
    async run(argv: readonly string[], options: ExecOptions = {}) {
      const say = (lines: readonly ToolLine[]) => {
        for (const line of lines) options.onLine?.(JSON.stringify(line))
      }
      if (argv[1] === 'hold') {
        const { steps } = JSON.parse(options.stdin as string) as HoldRequest
        held.set(machine, steps)
        say([{ kind: 'armed', lease: 'l1' }, { kind: 'applied', lease: 'l1' }, ...steps.map(({ index }) => proof('effective', index))])
      } else if (argv[1] === 'look') {
        lookedMs.set(machine, [...(lookedMs.get(machine) ?? []), performance.now()])
        say(await look(machine, held.get(machine) ?? [], options))
      } else say([{ kind: 'undone', lease: 'l1' }])
      return { exitCode: 0, stdout: '', stderr: '' }
    },
  })
  const hands: AllHands = { tool: hand, engine: () => hand('engine') }
  const write = (body: EventBody) => journal.push(body)
  const lasting = (machine: string) =>
    journal.flatMap((event) => (event.kind === 'proof' && event.query === 'lasting' && event.machine === machine ? [event] : []))
  return { hands, write, journal, lasting, looks: (machine: string) => lookedMs.get(machine) ?? [] }
}

/** Bounded; what is waited for is asserted by the caller. */
async function until(condition: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 20_000; performance.now() < endMs && !condition(); ) await sleep(10)
}
/** Two looks would be due. */
const twoLooksMs = 2_300

test.concurrent('each machine is looked at every second, and what each step shows is written', async () => {
  const { hands, write, journal, lasting, looks } = stage(ordinary)
  const lease = await holdFault(hands, use, { write, signal: never })
  await until(() => looks('a').length >= 3 && looks('b').length >= 3)
  await lease.release()
  for (const machine of ['a', 'b']) {
    const begun = looks(machine)
    expect(begun.length).toBeGreaterThanOrEqual(3)
    for (const [place, atMs] of begun.slice(1).entries()) expect(atMs - (begun[place] as number)).toBeGreaterThan(900)
  }
  expect(lasting('a').map(({ step: index }) => index)).toEqual(looks('a').flatMap(() => [0, 2]))
  expect(lasting('b').map(({ step: index }) => index)).toEqual(looks('b').map(() => 1))
  expect(lasting('b')[0]).toEqual({
    ...{ kind: 'proof', lease: 'l1', step: 1, machine: 'b', query: 'lasting' },
    ...{ answer: { exists: true, bytes: 0 }, problem: null, ageMs: 4 },
  })
  const kinds = journal.map((event) => (event.kind === 'lease' ? event.state : event.kind))
  expect(kinds.slice(kinds.indexOf('releasing'))).toEqual(['releasing', 'undone', 'released'])
})

test.concurrent('a machine whose part is proven is looked at, while another still proves its own', async () => {
  const { hands, write, looks } = stage(ordinary)
  const proven = Promise.withResolvers<void>()
  const slow: AllHands = {
    ...hands,
    tool: (machine) => ({
      run: async (argv, options) => {
        if (machine === 'b' && argv[1] === 'hold') await proven.promise
        return hands.tool(machine).run(argv, options)
      },
    }),
  }
  const holding = holdFault(slow, use, { write, signal: never })
  await until(() => looks('a').length >= 2)
  expect([looks('a').length >= 2, looks('b')]).toEqual([true, []])
  proven.resolve()
  await (await holding).release()
})

test.concurrent('a machine that cannot be asked is written as such, with why, step by step, and is asked again', async () => {
  let turn = 0
  const { hands, write, lasting, looks } = stage(async (machine, ...more) => {
    if (machine === 'a' && ++turn === 1) throw new Error('the stream to its tool was lost')
    return ordinary(machine, ...more)
  })
  await using _lease = await holdFault(hands, use, { write, signal: never })
  await until(() => looks('a').length >= 2 && lasting('a').length >= 4)
  expect(lasting('a').slice(0, 4)).toMatchObject([
    ...[0, 2].map((index) => ({ step: index, answer: null, problem: 'the stream to its tool was lost', ageMs: expect.any(Number) })),
    ...[0, 2].map((index) => ({ step: index, answer: { exists: true, bytes: 0 }, problem: null })),
  ])
  expect(lasting('b')[0]).toMatchObject({ problem: null })
})

test.concurrent('what is no answer to its question is none, and says what is wrong', async () => {
  const { hands, write, lasting } = stage(async (_machine, steps) =>
    steps.map(({ index }) => proof('lasting', index, { answer: { exists: 'certainly', bytes: 0 } })),
  )
  await using _lease = await holdFault(hands, use, { write, signal: never })
  await until(() => lasting('b').length > 0)
  expect(lasting('b')[0]).toMatchObject({
    answer: null,
    problem: expect.stringMatching(/^the answer to file is not of its schema: \/exists /),
  })
})

test.concurrent('once the release has begun no look begins, and one that was under way is given up, whatever it still says', async () => {
  let isGivenUp = false
  const { hands, write, lasting, looks } = stage(async (machine, steps, { signal }) => {
    await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }))
    isGivenUp = true
    return ordinary(machine, steps, {})
  })
  const lease = await holdFault(hands, use, { write, signal: never })
  await until(() => looks('a').length === 1 && looks('b').length === 1)
  await lease.release()
  await sleep(twoLooksMs)
  expect([isGivenUp, looks('a').length, looks('b').length, lasting('a'), lasting('b')]).toEqual([true, 1, 1, [], []])
})

test.concurrent('what is over at once is not looked at', async () => {
  const { hands, write, looks } = stage(ordinary)
  const lease = await holdFault(hands, { ...use, plan: { ...plan, lasts: 'instant' } }, { write, signal: never })
  await sleep(twoLooksMs)
  await lease.release()
  expect([...looks('a'), ...looks('b')]).toEqual([])
})

test.concurrent('what has expired on a machine says so once, however often it is seen', async () => {
  const { hands, write, journal, looks } = stage(async (machine, ...more) =>
    machine === 'a' ? [{ kind: 'expired', lease: 'l1' }] : ordinary(machine, ...more),
  )
  await using _lease = await holdFault(hands, use, { write, signal: never })
  await until(() => looks('b').length >= 3)
  expect(looks('a').length).toBeGreaterThan(1)
  expect(journal.filter((event) => event.kind === 'lease' && event.state === 'expired')).toEqual([
    { kind: 'lease', lease: 'l1', state: 'expired', detail: 'on a, before it was released' },
  ])
})
