/** Which reads say how a scenario ended. */
import { expect, test } from 'vitest'
import { type Given, scenarioBy } from '../../fixtures/histories/by-hand.ts'
import { finalReads, overBy } from './final-reads.ts'

const phases = { steady: 0, fault: 100_000, recovery: 200_000, final: 300_000 }
const read = (atMs: number, kind: Given['kind'] = 'freshness'): Given => ({ kind, atMs })
const lease = (atMs: number): Given => ({ kind: 'lease', lease: 'one', state: 'released', atMs })
const times = (events: readonly Given[], { by = phases as object, declared = {} } = {}) =>
  finalReads(scenarioBy(by, events, declared), 'freshness').map(({ atMs }) => atMs)

test('those of the final phase, of one kind', () => {
  expect(times([read(301_000), read(302_000, 'pushes'), read(303_000)])).toEqual([301_000, 303_000])
  const early = { ...read(301_000), seq: 52 } // before the final phase, which is the 53rd event
  expect(times([early, { ...read(301_000), seq: 53 }, { ...read(302_000), seq: 54 }])).toEqual([302_000])
})
test('none where the scenario did not get to its final phase', () => {
  expect(times([read(301_000)], { by: { steady: 0, fault: 100_000 } })).toEqual([])
  expect(times([read(301_000)], { by: {} })).toEqual([])
  expect(times([read(301_000)], { by: { final: 0, recovery: 300_000 } })).toEqual([])
})
test('those behind the last that was done to a fault', () => {
  const events = [lease(1_000), read(301_000), lease(302_000), read(303_000)]
  expect(times(events)).toEqual([303_000])
  expect(overBy(scenarioBy(phases, events))?.atMs).toBe(302_000)
  expect(overBy(scenarioBy(phases, []))).toBe(undefined)
})
test('not those that are older than a minute at the last read, of whatever kind', () => {
  expect(times([read(310_000), read(370_000, 'snapshot')])).toEqual([310_000])
  expect(times([read(309_999), read(370_000, 'snapshot')])).toEqual([])
  expect(times([read(309_999), read(370_000, 'samples')])).toEqual([309_999])
})
test('a scenario that waits for its alerts to resolve reads them that much later', () => {
  const alerts = [30_000, 90_000, 60_000].map((resolvedMs) => ({ resolvedMs })) as never
  expect(times([read(310_000), read(460_000, 'notices')], { declared: { alerts } })).toEqual([310_000])
  expect(times([read(309_999), read(460_000, 'notices')], { declared: { alerts } })).toEqual([])
})
