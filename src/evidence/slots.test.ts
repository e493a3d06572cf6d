/** What can be believed at the edges of all that was observed, by what the sentinel answered. */
import { expect, test } from 'vitest'
import { type Answer, answers, type Seq } from '../journal/event.ts'
import type { History } from '../journal/history.ts'
import { slotNames, slotsOf } from './slots.ts'

const terms = { intervalMs: 100, timeoutMs: 50, latenessMs: 10, seq: 1 as Seq }
const [agent, sentinel] = [0, 1]

function believed(...said: readonly (readonly [atMs: number, target: number, answer?: Answer])[]) {
  const samples = {
    length: said.length,
    scheduledMs: Float64Array.from(said, ([atMs]) => atMs),
    target: Uint16Array.from(said, ([, target]) => target),
    answer: Uint8Array.from(said, ([, , answer = 'ok']) => answers.indexOf(answer)),
  }
  const slots = slotsOf({ topology: { agents: [{ id: 'a' }] }, lags: [], samples } as unknown as History, terms)
  return said.flatMap(([atMs, target], place) => (target === agent ? [`${atMs} ${slotNames[slots[place] as number]}`] : [])).join(', ')
}

test('nothing before the sentinel was heard for the first time, and all from then on', () => {
  expect(believed([0, agent], [10, sentinel], [20, agent])).toBe('0 unknown, 20 ok')
  expect(believed([0, sentinel], [10, agent], [100, sentinel], [110, agent, 'timeout'])).toBe('10 ok, 110 failed')
  expect(believed([0, agent], [10, sentinel, 'unsent'], [110, sentinel], [120, agent])).toBe('0 unknown, 120 ok')
})

test('for one interval behind the last good answer of the sentinel, to the last slot of all', () => {
  expect(believed([0, sentinel], [90, agent], [100, agent])).toBe('90 ok, 100 ok')
  expect(believed([0, sentinel], [90, agent], [101, agent])).toBe('90 unknown, 101 unknown')
  expect(believed([0, agent])).toBe('0 unknown')
  expect(believed()).toBe('')
})
