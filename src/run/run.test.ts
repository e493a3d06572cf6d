import { expect, test } from 'vitest'
import type { Clock } from '../base/clock.ts'
import type { Plan } from '../faults/fault.ts'
import type { AgentId } from '../fleet/topology.ts'
import { type PlannedFault, run, type Stage } from './run.ts'

const agent = 'mainpc/A' as AgentId
const plan = {
  targets: [agent],
  radius: [agent],
  silences: [],
  lasts: 'until-undone',
  steps: [] as unknown as Plan['steps'],
} satisfies Plan
const fault = (lease: string): PlannedFault => ({ lease, kind: 'noop', plan, holdMs: 20 })

/** Notes what was asked of it, in order; `fails` makes one of those askings throw. */
function recorder(fails?: string) {
  const seen: string[] = []
  const note = async (what: string) => {
    seen.push(what)
    if (what === fails) throw new Error(`${what} went wrong`)
  }
  const stage: Stage = {
    async hold({ lease }) {
      await note(`hold ${lease}`)
      return { [Symbol.asyncDispose]: () => note(`release ${lease}`) }
    },
    snapshot: (when) => note(`snapshot ${when}`),
    census: () => note('census'),
    async steadyAgain(agents) {
      await note(`wait for ${agents.join()}`)
      return true
    },
  }
  const clock: Clock = { nowMs: () => 0, wall: () => new Date(0), sleep: (ms) => note(`sleep ${ms}`) }
  const go = (faults: readonly PlannedFault[]) =>
    run(
      { steadyMs: 10, recoveryMs: 30, faults },
      stage,
      (body) => seen.push(body.kind === 'phase' ? `phase ${body.name}` : body.kind),
      clock,
      new AbortController().signal,
    )
  return { seen, go }
}

test('a scenario goes from steady through the fault to recovery and the final reads', async () => {
  const { seen, go } = recorder()
  expect(await go([fault('f1')])).toBe(true)
  expect(seen).toEqual([
    'snapshot before',
    'phase steady',
    'sleep 10',
    'phase fault',
    'hold f1',
    'sleep 20',
    'release f1',
    'phase recovery',
    'wait for mainpc/A',
    'phase final',
    'census',
    'snapshot after',
  ])
})

test('a fault is released when the hold is cut short, and nothing after it runs', async () => {
  const { seen, go } = recorder('sleep 20')
  await expect(go([fault('f1'), fault('f2')])).rejects.toThrow('sleep 20 went wrong')
  expect(seen.at(-1)).toBe('release f1')
  expect(seen).not.toContain('hold f2')
})

test('a release that fails is an error, not a recovery', async () => {
  const { seen, go } = recorder('release f1')
  await expect(go([fault('f1')])).rejects.toThrow('release f1 went wrong')
  expect(seen).not.toContain('phase recovery')
})
