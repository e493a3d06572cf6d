import { describe, expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import type { Plan } from '../faults/fault.ts'
import type { AgentId } from '../fleet/topology.ts'
import type { PlannedLoad } from './load-plan.ts'
import type { PlannedFault } from './planned-fault.ts'
import { run, type Stage } from './run.ts'

const agent = 'mainpc/A' as AgentId
const plan = {
  targets: [agent],
  radius: [agent],
  silences: [],
  takes: [],
  reliesOn: [],
  lasts: 'until-undone',
  steps: [] as unknown as Plan['steps'],
} satisfies Plan
const never = new AbortController().signal
const fault = (lease: string, holdMs = 20, atMs?: number): PlannedFault => ({
  lease,
  kind: 'noop',
  plan,
  holdMs,
  ...(atMs === undefined ? {} : { atMs }),
})

/** Notes what was asked of it, in order; `fails` names askings that throw. Time goes by only while everyone sleeps. */
function recorder(...fails: readonly string[]) {
  const seen: string[] = []
  const endings: string[] = []
  const note = async (what: string) => {
    seen.push(what)
    if (fails.includes(what)) throw new Error(`${what} went wrong`)
  }
  const stage: Stage = {
    preflight: () => note('preflight'),
    async hold({ lease }) {
      await note(`hold ${lease}`)
      let released: Promise<void> | undefined
      const release = (because = 'held') => {
        if (released === undefined) endings.push(`${lease} ${because}`)
        released ??= note(`release ${lease}`)
        return released
      }
      return { release, undo: (because) => release(because).catch(() => {}) }
    },
    snapshot: (when) => note(`snapshot ${when}`),
    firstReads: () => note('first reads'),
    finalReads: () => note('final reads'),
    async sendLoad(_, when, signal) {
      await note(`load ${when}`)
      await clock.sleep(50, signal)
      await note(`load ${when} over`)
    },
    async steadyAgain(agents, _withinMs, signal) {
      await note(`wait for ${agents.join()}`)
      signal.throwIfAborted()
      return true
    },
  }
  const clock = fakeClock((ms) => note(`sleep ${ms}`))
  const go = (faults: readonly PlannedFault[], abort = never, load?: PlannedLoad, signal = never) =>
    run(
      { steadyMs: 10, recoveryMs: 30, faults, reads: [], load },
      stage,
      (body) => seen.push(body.kind === 'phase' ? `phase ${body.name}` : body.kind),
      clock,
      { signal, abort },
    )
  return { seen, endings, go, clock }
}

interface Sleeper {
  readonly wakesMs: number
  readonly wake: () => void
}

/** Goes on to the next one that is to wake, once nothing else is left to do. */
function fakeClock(slept: (ms: number) => Promise<void>): Clock {
  let nowMs = 0
  let sleepers: Sleeper[] = []
  const step = () => {
    const next = sleepers.toSorted((a, b) => a.wakesMs - b.wakesMs)[0]
    if (!next) return
    sleepers = sleepers.filter((sleeper) => sleeper !== next)
    nowMs = next.wakesMs
    next.wake()
    if (sleepers.length > 0) setImmediate(step)
  }
  return {
    nowMs: () => nowMs,
    wall: () => new Date(0),
    async sleep(ms, signal) {
      await slept(ms)
      signal?.throwIfAborted()
      await new Promise<void>((wake, reject) => {
        const sleeper = { wakesMs: nowMs + ms, wake }
        sleepers.push(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper)
          reject(signal.reason)
        })
        setImmediate(step)
      })
    },
  }
}

test('a scenario goes from steady through the fault to recovery and the final reads', async () => {
  const { seen, go } = recorder()
  expect(await go([fault('f1')])).toBe(true)
  expect(seen).toEqual([
    ...['phase steady', 'preflight', 'snapshot before', 'first reads', 'sleep 10', 'phase fault'],
    ...['hold f1', 'sleep 20', 'release f1', 'phase recovery', 'wait for mainpc/A', 'phase final', 'final reads', 'snapshot after'],
  ])
})

const deeds = (seen: readonly string[]) => seen.filter((what) => /^(hold|release) /.test(what))

test('faults without a time follow each other; those with one begin at it, and overlap', async () => {
  const first = recorder()
  await first.go([fault('f1'), fault('f2')])
  expect(deeds(first.seen)).toEqual(['hold f1', 'release f1', 'hold f2', 'release f2'])
  const second = recorder()
  await second.go([fault('long', 100), fault('inner', 10, 5), fault('outer', 200, 50), fault('last')])
  expect(deeds(second.seen)).toEqual([
    ...['hold long', 'hold inner', 'release inner', 'hold outer', 'release long', 'release outer', 'hold last', 'release last'],
  ])
})

test('a fault that cannot be applied ends the others, the last one first, and nothing after it runs', async () => {
  const { seen, go } = recorder('hold f3')
  await expect(go([fault('f1', 100), fault('f2', 100, 10), fault('f3', 100, 20), fault('f4')])).rejects.toThrow('hold f3 went wrong')
  expect(deeds(seen)).toEqual(['hold f1', 'hold f2', 'hold f3', 'release f2', 'release f1'])
  expect(seen).not.toContain('phase recovery')
})

test('a fault is released when its hold is cut short', async () => {
  const { seen, go } = recorder('sleep 20')
  await expect(go([fault('f1'), fault('f2')])).rejects.toThrow('sleep 20 went wrong')
  expect(seen.at(-1)).toBe('release f1')
  expect(seen).not.toContain('hold f2')
})

test('a release that fails is an error, not a recovery; it does not spare the others, and all that failed are named', async () => {
  const one = recorder('release f1')
  await expect(one.go([fault('f1')])).rejects.toThrow('release f1 went wrong')
  expect(one.seen).not.toContain('phase recovery')
  const { seen, go } = recorder('hold f3', 'release f2')
  const all = go([fault('f1', 100), fault('f2', 100, 10), fault('f3', 100, 20)])
  await expect(all).rejects.toThrow(/hold f3 went wrong; release f2 went wrong/)
  expect(deeds(seen).slice(-2)).toEqual(['release f2', 'release f1'])
})

test('an abort undoes everything at once, and only then waits for those affected, and writes down what stands then', async () => {
  const { seen, endings, go, clock } = recorder()
  const abort = new AbortController()
  const whenHeld = clock.sleep(35).then(() => abort.abort(new Error('enough')))
  expect(await go([fault('f1', 100), fault('f2', 100, 5)], abort.signal)).toBe(false)
  await whenHeld
  expect(endings).toEqual(['f2 cut-short', 'f1 cut-short'])
  expect(seen.slice(-6)).toEqual([
    ...['release f2', 'release f1'],
    ...['phase recovery', 'wait for mainpc/A', 'phase final', 'snapshot after'],
  ])
})

test('an abort waits for no agent where no fault was begun, or where all were already read at the end', async () => {
  const early = recorder()
  const abort = new AbortController()
  void early.clock.sleep(5).then(() => abort.abort(new Error('enough')))
  expect(await early.go([fault('f1', 100)], abort.signal)).toBe(false)
  expect(early.seen.slice(-2)).toEqual(['phase final', 'snapshot after'])
  expect(early.seen).not.toContain('phase recovery')
})

test('an interruption ends the wait after an abort, and nothing more is read', async () => {
  const { seen, go, clock } = recorder()
  const [abort, interrupt] = [new AbortController(), new AbortController()]
  void clock.sleep(35).then(() => abort.abort(new Error('enough')))
  const told = seen.push.bind(seen)
  seen.push = (...items) => {
    if (items.includes('phase recovery')) interrupt.abort(new Error('interrupted'))
    return told(...items)
  }
  await expect(go([fault('f1', 100)], abort.signal, undefined, interrupt.signal)).rejects.toThrow('interrupted')
  expect(seen.slice(-2)).toEqual(['phase recovery', 'wait for mainpc/A'])
})

test('an undo that fails on the way out of an abort is still an error', async () => {
  const { seen, go, clock } = recorder('release f2')
  const abort = new AbortController()
  void clock.sleep(35).then(() => abort.abort(new Error('enough')))
  await expect(go([fault('f1', 100), fault('f2', 100, 5)], abort.signal)).rejects.toThrow('release f2 went wrong')
  expect(seen.slice(-3)).toEqual(['release f1', 'phase final', 'snapshot after'])
})

describe('a load', () => {
  const duet = { design: 'duet' } as PlannedLoad

  test('is sent once all faults are held, and they are released when it is over', async () => {
    const { seen, endings, go } = recorder()
    await go([fault('f1', 1_000), fault('f2', 1_000, 20)], never, duet)
    expect(endings.sort()).toEqual(['f1 load-over', 'f2 load-over'])
    const parts = seen.filter((what) => /^(hold|release|load) /.test(what))
    expect(parts.slice(0, 4)).toEqual(['hold f1', 'hold f2', 'load during', 'load during over'])
    expect(parts.slice(4).sort()).toEqual(['release f1', 'release f2'])
    expect(seen).toContain('phase recovery')
  })
  test('does not hold a fault for longer than it may be held', async () => {
    const { seen, endings, go } = recorder()
    await go([fault('f1', 30)], never, duet)
    expect(endings).toEqual(['f1 held'])
    expect(seen.indexOf('release f1')).toBeLessThan(seen.indexOf('load during over'))
  })
  test('beside a control is sent before the change as well', async () => {
    const { seen, go } = recorder()
    await go([fault('f1', 1_000)], never, { ...duet, design: 'control' })
    expect(seen.indexOf('load before over')).toBeLessThan(seen.indexOf('hold f1'))
    expect(seen.indexOf('load during')).toBeGreaterThan(seen.indexOf('hold f1'))
  })
  test('that fails ends the faults, and is what went wrong', async () => {
    const { seen, go } = recorder('load during')
    await expect(go([fault('f1', 1_000)], never, duet)).rejects.toThrow('load during went wrong')
    expect(seen.at(-1)).toBe('release f1')
  })
  test('is not sent when a fault cannot be applied, and is ended by an abort', async () => {
    const failed = recorder('hold f2')
    await expect(failed.go([fault('f1', 1_000), fault('f2', 1_000, 20)], never, duet)).rejects.toThrow('hold f2 went wrong')
    expect(failed.seen).not.toContain('load during')
    const { seen, go, clock } = recorder()
    const abort = new AbortController()
    void clock.sleep(40).then(() => abort.abort(new Error('enough')))
    expect(await go([fault('f1', 1_000)], abort.signal, duet)).toBe(false)
    expect(seen).toContain('load during')
    expect(seen).not.toContain('load during over')
    expect(seen).toContain('release f1')
  })
})
