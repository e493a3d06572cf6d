import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Schedule, type Slot, slotAt, slots } from './schedule.ts'

const anySchedule = fc.record({
  originMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  intervalMs: fc.double({ min: 10, max: 60_000, noNaN: true }),
  phase: fc.double({ min: 0, max: 0.999, noNaN: true }),
  targets: fc.integer({ min: 1, max: 200 }),
})

test('slots are where the formula puts them', () => {
  const schedule = { originMs: 1000, intervalMs: 100, phase: 0.5, targets: 4 }
  expect(take(schedule, 6)).toEqual([
    { scheduledMs: 1050, target: 0 },
    { scheduledMs: 1075, target: 1 },
    { scheduledMs: 1100, target: 2 },
    { scheduledMs: 1125, target: 3 },
    { scheduledMs: 1150, target: 0 },
    { scheduledMs: 1175, target: 1 },
  ])
})

test('time only goes forward, and no two slots share an instant', () => {
  fc.assert(
    fc.property(anySchedule, (schedule) => {
      const taken = take(schedule, 3 * schedule.targets)
      for (const [index, slot] of taken.slice(1).entries()) expect(slot.scheduledMs).toBeGreaterThan((taken[index] as Slot).scheduledMs)
    }),
  )
})

test('each target is probed once an interval, at its own instant', () => {
  fc.assert(
    fc.property(anySchedule, fc.nat(10_000), (schedule, round) => {
      const { targets, intervalMs, originMs, phase } = schedule
      const here = Array.from({ length: targets }, (_, a) => slotAt(schedule, round * targets + a))
      expect(here.map((slot) => slot.target)).toEqual([...Array(targets).keys()])
      const begin = originMs + (round + phase) * intervalMs
      for (const { scheduledMs } of here) {
        expect(scheduledMs).toBeGreaterThanOrEqual(begin - 1e-3)
        expect(scheduledMs).toBeLessThan(begin + intervalMs)
      }
    }),
  )
})

test('it can be taken up again anywhere', () => {
  const schedule = { originMs: 0, intervalMs: 250, phase: 0.25, targets: 7 }
  const [resumed] = slots(schedule, 40)
  expect(resumed).toEqual(slotAt(schedule, 40))
})

function take(schedule: Schedule, count: number): Slot[] {
  return slots(schedule).take(count).toArray()
}
