import { expect, test } from 'vitest'
import { burning, worse } from './hog.ts'

/** Of a hog and its machine, each with so many milliseconds of processor time. */
const usage = (atMs: number, own: number, whole: number) => [own, whole].map((ms) => ({ cpuNs: ms * 1e6, bytes: 0, atMs })) as never

test('a hog burns where its cgroup and its machine’s have used what it should, or most of what there was', () => {
  const start = usage(0, 0, 0)
  expect(burning(start, usage(1_000, 800, 900), 0.8)).toMatchObject({ own: 0.8, whole: 0.9, isEnough: true })
  expect(burning(start, usage(1_000, 100, 150), 0.8).isEnough).toBe(true) // on a host that is busy elsewhere
  expect(burning(start, usage(1_000, 100, 900), 0.8).isEnough).toBe(false)
  expect(burning(start, usage(1_000, 800, 100), 0.8).isEnough).toBe(false) // in another’s cgroup
})

test('one that stopped halfway does not burn, however much it did before', () => {
  const [first, now, after] = [usage(0, 0, 0), usage(10_000, 5_000, 6_000), usage(10_600, 5_000, 6_010)]
  expect(burning(first, after, 0.8).isEnough).toBe(true)
  expect(worse(first, now, after, 0.8).isEnough).toBe(false)
})
