import { expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import type { Promises } from '../journal/event.ts'
import { type OpenStage, type PlannedScenario, runSuite } from './suite.ts'

const never = new AbortController().signal
const limits = { uptime: 0.999 } as Promises
const scenario = (name: string, coldStart = false): PlannedScenario => ({
  scenario: { name, hypothesis: '', risks: [], criteria: [], coldStart, steadyMs: 1, recoveryMs: 1, faults: [], limits: {} },
  faults: [],
  reads: [],
  limits,
})

/** Runs a suite on fleets that only note what is asked of them; `hurt` names scenarios whose fleet does not come back. */
async function play(planned: readonly PlannedScenario[], { hurt = [] as string[], cameUp = true, stopAt = '' } = {}) {
  const seen: string[] = []
  let opened = 0
  let current = ''
  const open = async (): Promise<OpenStage> => {
    const fleet = `fleet ${++opened}`
    seen.push(`open ${fleet}`)
    return {
      cameUp,
      preflight: async () => {},
      hold: async () => ({ release: async () => {}, undo: async () => {} }),
      snapshot: async () => {},
      firstReads: async () => {},
      finalReads: async () => {},
      sendLoad: async () => {},
      steadyAgain: async () => !hurt.includes(current),
      [Symbol.asyncDispose]: async () => void seen.push(`close ${fleet}`),
    }
  }
  const clock: Clock = {
    nowMs: () => 0,
    wall: () => new Date(0),
    sleep: async () => {
      if (current === stopAt) throw new Error('stopped')
    },
  }
  const write = (body: { kind: string; name?: string; coldStart?: boolean }) => {
    if (body.kind !== 'scenario') return
    current = body.name ?? ''
    seen.push(`${body.name}${body.coldStart ? ' cold' : ''}`)
  }
  const done = runSuite(planned, open, write, clock, { signal: never, abort: never })
  return { seen, error: await done.then(() => undefined, String) }
}

test('scenarios share a fleet, and the first one owns its bring-up', async () => {
  const { seen } = await play([scenario('boot'), scenario('kill')])
  expect(seen).toEqual(['boot cold', 'open fleet 1', 'kill', 'close fleet 1'])
})

test('phases cover the time: steady begins as soon as the fleet is up, or with its scenario where it was kept', async () => {
  const seen: string[] = []
  const nothing = async () => {}
  const asked = (what: string) => async () => void seen.push(what)
  const stage = {
    hold: async () => ({ release: nothing, undo: nothing }),
    sendLoad: nothing,
    firstReads: asked('read'),
    finalReads: nothing,
  }
  const open = async (): Promise<OpenStage> => {
    seen.push('up')
    const waited = async () => true
    const fleet = { ...stage, cameUp: true, preflight: asked('preflight'), snapshot: asked('snapshot'), steadyAgain: waited }
    return { ...fleet, [Symbol.asyncDispose]: nothing }
  }
  const clock: Clock = { nowMs: () => 0, wall: () => new Date(0), sleep: async () => void seen.push('steady time') }
  const write = (body: { kind: string; name?: string }) => void seen.push(`${body.kind} ${body.name}`)
  await runSuite([scenario('boot'), scenario('kill')], open, write, clock, { signal: never, abort: never })
  const each = ['phase steady', 'preflight', 'snapshot', 'read', 'steady time', 'phase fault', 'phase recovery', 'phase final', 'snapshot']
  expect(seen).toEqual(['scenario boot', 'phase bring-up', 'up', ...each, 'scenario kill', ...each])
})

test('a cold start, and a fleet that did not come back, get a new one', async () => {
  const { seen } = await play([scenario('kill'), scenario('boot', true), scenario('hang'), scenario('last')], { hurt: ['hang'] })
  expect(seen).toEqual([
    ...['kill cold', 'open fleet 1', 'close fleet 1'],
    ...['boot cold', 'open fleet 2', 'hang', 'close fleet 2'],
    ...['last cold', 'open fleet 3', 'close fleet 3'],
  ])
})

test('nothing is done on a fleet that did not come up', async () => {
  const { seen } = await play([scenario('boot'), scenario('kill')], { cameUp: false })
  expect(seen).toEqual(['boot cold', 'open fleet 1', 'close fleet 1'])
})

test('the fleet is disposed of when a scenario is cut short', async () => {
  const { seen, error } = await play([scenario('boot'), scenario('kill')], { stopAt: 'boot' })
  expect(error).toBe('Error: stopped')
  expect(seen).toEqual(['boot cold', 'open fleet 1', 'close fleet 1'])
})

test('how long a scenario is to be watched is written down before it begins', async () => {
  const planned: unknown[] = []
  const fault = (holdMs: number, atMs?: number) => ({
    lease: 'l',
    kind: 'noop',
    plan: {} as never,
    holdMs,
    ...(atMs === undefined ? {} : { atMs }),
  })
  const of = (...faults: ReturnType<typeof fault>[]) => ({ ...scenario('s'), faults })
  const open = () => Promise.reject(new Error('not today'))
  const write = (body: { kind: string; planned?: unknown }) => void (body.kind === 'scenario' && planned.push(body.planned))
  const clock: Clock = { nowMs: () => 0, wall: () => new Date(0), sleep: async () => {} }
  for (const each of [of(), of(fault(10), fault(20)), of(fault(10, 5), fault(20, 0), fault(3))])
    await runSuite([each], open, write, clock, { signal: never, abort: never }).catch(() => {})
  expect(planned).toEqual([1, 31, 24].map((disturbedMs) => ({ steadyMs: 1, disturbedMs })))
})
