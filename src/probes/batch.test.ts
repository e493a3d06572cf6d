import { expect, test } from 'vitest'
import { batch, type Sample } from './batch.ts'

const sample = (changes: Partial<Sample> = {}): Sample => ({
  scheduledMs: 1_000,
  target: 0,
  answer: 'ok',
  latencyMs: 2,
  lateMs: 0,
  ...changes,
})

test('is told in columns from the first instant on, once, with how late the latest of them was sent', () => {
  const gathered = batch()
  gathered.add(sample({ scheduledMs: 1_250.5, target: 1, latencyMs: 3.00049, lateMs: 4.5 }))
  gathered.add(sample({ lateMs: 12.34567 }))
  gathered.add(sample({ answer: 'unsent', latencyMs: 1_000 }))
  expect(gathered.take()).toEqual({
    kind: 'samples',
    baseMs: 1_000,
    scheduled: [250.5, 0, 0],
    targets: [1, 0, 0],
    answers: [0, 0, 7],
    latency: [3, 2, 1_000],
    lateMs: 12.346,
  })
  expect([gathered.length, gathered.take()]).toEqual([0, undefined])
})

test('of nothing sent nothing was late', () => {
  const gathered = batch()
  gathered.add(sample({ answer: 'unsent' }))
  expect(gathered.take()?.lateMs).toBe(0)
})
