/** Two faults at once on one machine, drawn from all pairs that may be held together: both are proven, last, and are gone, and neither is blamed for the other. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FaultKind, faults } from '../../src/faults/index.ts'
import { samplePlan } from '../../src/faults/samples.ts'
import type { EventBody } from '../../src/journal/event.ts'
import { holdFault } from '../../src/run/hold.ts'
import { planProblems } from '../../src/run/preflight.ts'
import { randomFrom, shuffled } from '../../src/statistics/random.ts'
import { proven } from '../held-faults.ts'
import { pooledFleet } from '../pool.ts'
import { never, pc2, type SmallFleet, smallTopology, until } from '../small-fleet.ts'

const seed = Number(process.env.GAUNTLET_PAIRS_SEED ?? 13)
const kinds = Object.keys(faults) as FaultKind[]
const topology = smallTopology()
const allowed = kinds.flatMap((one, place) =>
  kinds.slice(place + 1).flatMap((other) => {
    const use = (kind: FaultKind, lease: string) => ({ lease, kind, plan: samplePlan(topology, kind, lease, pc2), holdMs: 10_000, atMs: 0 })
    return planProblems([use(one, 'l1'), use(other, 'l2')], topology).length === 0 ? [{ one, other }] : []
  }),
)

let small: SmallFleet
beforeAll(async () => {
  small = await pooledFleet()
})
afterAll(() => small?.[Symbol.asyncDispose]())

test.each(shuffled(allowed, randomFrom(seed)).slice(0, 20))(`$one and $other on one machine, by seed ${seed}`, async ({ one, other }) => {
  const begin = async (kind: FaultKind, lease: string) => {
    const journal: EventBody[] = []
    const plan = samplePlan(small.topology, kind, lease, pc2)
    const held = await holdFault(
      small.fleet,
      { lease, kind, plan, holdMs: 5_000, ttlMs: 90_000 },
      { write: (body) => journal.push(body), signal: never },
    )
    return { held, journal, lasts: plan.lasts }
  }
  const id = `${one}-${other}`
  const first = await begin(one, `p1-${id}`)
  const second = await begin(other, `p2-${id}`)
  const both = [first, second]
  expect(both.flatMap(({ journal }) => proven(journal, 'effective')).filter((shown) => shown !== true)).toEqual([])
  const looked = ({ journal }: (typeof both)[number]) =>
    journal.filter((event) => event.kind === 'proof' && event.query === 'lasting').length > 1
  expect(await until(async () => both.every((each) => each.lasts === 'instant' || looked(each)), 60_000)).toBe(true)
  await first.held.release()
  await second.held.release()
  const lasting = both.filter(({ lasts }) => lasts !== 'instant').flatMap(({ journal }) => proven(journal, 'lasting'))
  expect(lasting.filter((shown) => shown !== true)).toEqual([])
  expect(both.flatMap(({ journal }) => proven(journal, 'gone')).filter((shown) => shown !== true)).toEqual([])
})
