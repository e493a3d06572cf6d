import { expect, test } from 'vitest'
import { GauntletError } from '../base/errors.ts'
import type { Plan, Step } from '../faults/fault.ts'
import type { ExecAnswer } from '../fleet/engine.ts'
import type { AgentId, MachineId } from '../fleet/topology.ts'
import type { EventBody } from '../journal/event.ts'
import type { HoldRequest, ToolLine } from '../tool/protocol.ts'
import { type AllHands, holdFault } from './hold.ts'

const agent = 'a/One' as AgentId
const step = (machine: string): Step => ({
  machine: machine as MachineId,
  undo: { argv: ['undo'] },
  apply: { argv: ['apply'] },
  effective: { command: { argv: ['tool', 'file', '--lease', 'l1'] }, holds: { path: '/exists', op: 'is', value: true } },
  gone: { command: { argv: ['tool', 'file', '--lease', 'l1'] }, holds: { path: '/exists', op: 'is', value: false } },
})
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
const seen = { answer: { exists: true, bytes: 0 }, problem: null, ageMs: 4 } as const

interface Script {
  /** Instead of an answer, by `verb machine`. */
  readonly [place: string]: { readonly lines?: readonly ToolLine[]; readonly exitCode?: number; readonly throws?: Error } | undefined
}

/** Tool containers that answer as the tool does, except where the script says otherwise. */
function stage(script: Script = {}) {
  const journal: EventBody[] = []
  const asked: string[] = []
  const argvs: (readonly string[])[] = []
  const requests: HoldRequest[] = []
  const hands: AllHands = {
    engine: () => hands.tool("the engine's hand" as MachineId),
    tool: (machine) => ({
      async run(argv, options = {}): Promise<ExecAnswer> {
        const verb = argv[1] as string
        asked.push(`${verb} ${machine}`)
        argvs.push(argv)
        if (options.stdin) requests.push(JSON.parse(options.stdin))
        const { lines = usual(verb, requests.at(-1) as HoldRequest), exitCode = 0, throws } = script[`${verb} ${machine}`] ?? {}
        for (const line of lines) options.onLine?.(JSON.stringify(line))
        if (throws) throw throws
        return { exitCode, stdout: '', stderr: '' }
      },
    }),
  }
  const write = (body: EventBody) => journal.push(body)
  const story = () =>
    journal.map((event) => {
      if (event.kind === 'lease') return event.state
      return event.kind === 'proof' ? `${event.query} ${event.machine} ${event.step}` : event.kind
    })
  return { hands, write, asked, argvs, requests, journal, story }
}

function usual(verb: string, { lease, steps }: HoldRequest): readonly ToolLine[] {
  const proofs = (query: 'effective' | 'gone') => steps.map(({ index }): ToolLine => ({ kind: 'proof', lease, index, query, ...seen }))
  if (verb === 'release') return [{ kind: 'undone', lease }]
  if (verb === 'look') return []
  return [{ kind: 'armed', lease }, { kind: 'applied', lease }, ...proofs('effective')]
}

test('the plan is written before anything is asked; armed and applied only once every machine is', async () => {
  const { hands, write, asked, requests, story } = stage()
  await using lease = await holdFault(hands, use, {
    write: (body) => expect(write(body) > 1 || asked.length === 0).toBe(true),
    signal: never,
  })
  expect(lease.id).toBe('l1')
  expect(asked).toEqual(['hold a', 'hold b'])
  expect(requests.map(({ steps }) => steps.map(({ index }) => index))).toEqual([[0, 2], [1]])
  expect(requests[0]?.ttlMs).toBeGreaterThan(use.holdMs)
  expect(story()).toEqual(['plan', 'applying', 'effective a 0', 'effective a 2', 'armed', 'applied', 'effective b 1'])
})

test('a release asks every machine once, however often it is called', async () => {
  const { hands, write, asked, story } = stage()
  {
    await using lease = await holdFault(hands, use, { write, signal: never })
    await lease.release()
    await lease.release()
  }
  expect(asked.slice(2)).toEqual(['release a', 'release b'])
  expect(story().slice(-3)).toEqual(['releasing', 'undone', 'released'])
})

test('what could not be applied is undone everywhere, and said with what was seen', async () => {
  const failed: ToolLine = { kind: 'failed', lease: 'l1', index: 1, argv: ['apply'], exitCode: 4, stderr: 'no such process' }
  const { hands, write, asked, story } = stage({ 'hold b': { lines: [{ kind: 'armed', lease: 'l1' }, failed], exitCode: 1 } })
  await expect(holdFault(hands, use, { write, signal: never })).rejects.toThrow('`apply` ended with 4: no such process')
  expect(asked.slice(2)).toEqual(['release a', 'release b'])
  expect(story().filter((entry) => !entry.startsWith('effective'))).toEqual([
    'plan',
    'applying',
    'armed',
    'failed',
    'releasing',
    'undone',
    'released',
  ])
})

const refusal = (index: number): ToolLine => ({ kind: 'refused', lease: 'l1', index, argv: ['apply'], exitCode: 4, stderr: 'not running' })

test('what was refused on every machine before anything was done says so, and is told from what failed', async () => {
  const lines = [0, 1].map((index): readonly ToolLine[] => [{ kind: 'armed', lease: 'l1' }, refusal(index)])
  const { hands, write, journal, story } = stage({
    'hold a': { lines: lines[0], exitCode: 1 },
    'hold b': { lines: lines[1], exitCode: 1 },
  } as Script)
  await expect(holdFault(hands, use, { write, signal: never })).rejects.toThrow('`apply` ended with 4: not running')
  expect(story()).toEqual(['plan', 'applying', 'armed', 'refused', 'releasing', 'undone', 'released'])
  expect(journal.find((event) => event.kind === 'lease' && event.state === 'refused')).toMatchObject({
    detail: expect.stringContaining('not running'),
  })
})

test('what was refused on one machine and done on another has failed, and names where it had begun', async () => {
  const { hands, write, journal } = stage({ 'hold b': { lines: [{ kind: 'armed', lease: 'l1' }, refusal(1)], exitCode: 1 } })
  await expect(holdFault(hands, use, { write, signal: never })).rejects.toThrow('not running')
  expect(journal.find((event) => event.kind === 'lease' && event.state === 'failed')).toMatchObject({ begun: ['a'] })
})

test('a machine that does not answer may have begun', async () => {
  const throws = new Error('the stream broke')
  const { hands, write, journal } = stage({ 'hold a': { lines: [], throws }, 'hold b': { lines: [refusal(1)], exitCode: 1 } })
  await expect(holdFault(hands, use, { write, signal: never })).rejects.toThrow('the stream broke')
  expect(journal.find((event) => event.kind === 'lease' && event.state === 'failed')).toMatchObject({ begun: ['a'] })
})

test('why a hold ended is written down, and what is cut short is not asked once more before its undo', async () => {
  for (const because of ['held', 'load-over', 'cut-short'] as const) {
    const { hands, write, argvs, journal } = stage()
    const lease = await holdFault(hands, use, { write, signal: never })
    await lease.undo(because)
    await lease.release()
    expect(journal).toContainEqual({ kind: 'lease', lease: 'l1', state: 'releasing', because })
    expect(argvs.at(-1)).toEqual(['tool', 'release', 'l1', ...(because === 'cut-short' ? ['--at-once'] : [])])
  }
})

test('the last look is journaled between the release and the undo, with why it could not be asked', async () => {
  const look: ToolLine = {
    kind: 'proof',
    lease: 'l1',
    index: 0,
    query: 'lasting',
    answer: null,
    problem: 'no such file',
    ageMs: 7,
  }
  const { hands, write, journal, story } = stage({ 'release a': { lines: [look, { kind: 'undone', lease: 'l1' }] } })
  const lease = await holdFault(hands, use, { write, signal: never })
  await lease.release()
  expect(story().slice(-4)).toEqual(['releasing', 'lasting a 0', 'undone', 'released'])
  expect(journal.at(-3)).toEqual({
    ...{ kind: 'proof', lease: 'l1', step: 0, machine: 'a', query: 'lasting' },
    ...{ answer: null, problem: 'no such file', ageMs: 7 },
  })
})

test('whom a plan restarts stands in the journal', async () => {
  const { hands, write, journal } = stage()
  const restarts = { ids: [agent] as const, withinMs: 15_000 }
  await using _lease = await holdFault(hands, { ...use, plan: { ...plan, restarts } }, { write, signal: never })
  expect(journal[0]).toMatchObject({ kind: 'plan', restarts })
})

test('an undo that fails on one machine does not spare the others, and is an error', async () => {
  const { hands, write, asked, journal } = stage({ 'release a': { throws: new Error('no answer'), lines: [] } })
  const lease = await holdFault(hands, use, { write, signal: never })
  await expect(lease.release()).rejects.toThrow('releasing l1: no answer')
  expect(asked).toContain('release b')
  expect(journal.at(-1)).toEqual({ kind: 'lease', lease: 'l1', state: 'failed', detail: 'no answer' })
})

test('what is undone and not seen to be gone is the judge’s to judge, not an error', async () => {
  const proof: ToolLine = { kind: 'proof', lease: 'l1', index: 0, query: 'gone', ...seen }
  const { hands, write, story } = stage({ 'release a': { lines: [proof], exitCode: 3 } })
  const lease = await holdFault(hands, use, { write, signal: never })
  await lease.release()
  expect(story().slice(-3)).toEqual(['releasing', 'gone a 0', 'released'])
})

test('a lease whose time ran out says so when it is released', async () => {
  const lines: ToolLine[] = [
    { kind: 'expired', lease: 'l1' },
    { kind: 'undone', lease: 'l1' },
  ]
  const { hands, write, story } = stage({ 'release a': { lines } })
  const lease = await holdFault(hands, use, { write, signal: never })
  await lease.release()
  expect(story().slice(-4)).toEqual(['releasing', 'expired', 'undone', 'released'])
})

test('an abort in the middle undoes with a signal of its own, and ends as an abort', async () => {
  const abort = new AbortController()
  const { hands, write, asked, story } = stage()
  const slow: AllHands = {
    ...hands,
    tool: (machine) => ({
      run: (argv, options) => {
        if (argv[1] === 'hold') abort.abort(new Error('told to stop'))
        else expect(options?.signal).toBeUndefined()
        return hands.tool(machine).run(argv, options)
      },
    }),
  }
  await expect(holdFault(slow, use, { write, signal: abort.signal })).rejects.toThrow('told to stop')
  expect(asked.slice(-2)).toEqual(['release a', 'release b'])
  expect(story().at(-1)).toBe('released')
  await expect(holdFault(slow, { ...use, lease: 'l2' }, { write, signal: abort.signal })).rejects.toThrow('told to stop')
  expect(story().at(-1)).toBe('released') // nothing was begun
})

test('what needs the engine is done by its hand, in one command for all machines, and proven for the machine it concerns', async () => {
  const { hands, write, asked, requests, story } = stage()
  const steps = [step('a'), { ...step('a'), by: 'engine' }, { ...step('b'), by: 'engine' }] as const
  const lease = await holdFault(hands, { ...use, plan: { ...plan, steps } }, { write, signal: never })
  expect(asked).toEqual(['hold a', "hold the engine's hand"])
  expect(requests.map((request) => request.steps.map(({ index }) => index))).toEqual([[0], [1, 2]])
  expect(story().filter((word) => word.startsWith('effective'))).toEqual(['effective a 0', 'effective a 1', 'effective b 2'])
  await lease.release()
  expect(asked.slice(2)).toEqual(['release a', "release the engine's hand"])
})

test('a lost engine keeps its own code', async () => {
  const throws = new GauntletError('environment/engine', 'gone')
  const { hands, write } = stage({ 'hold a': { throws, lines: [] } })
  await expect(holdFault(hands, use, { write, signal: never })).rejects.toMatchObject({ code: 'environment/engine' })
})
