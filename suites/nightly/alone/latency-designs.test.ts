/** What takes minutes more of latency: a release that is as quick, and the designs that need the change to come and go, or agents to compare with. */
import { expect, test } from 'vitest'
import { expectL2By, judged, sentIn, tooNoisy } from '../../load-hands.ts'

test('both at once: a release that is as quick is not called slower, and every answer is in the journal', async () => {
  const { run, stages, outcome, because } = await judged('duet')
  expect(stages).toMatchObject({ effective: 'pass', clean: 'pass' })
  const { parts, sent, written } = sentIn(run)
  expect([parts, sent]).toEqual([expect.toSatisfy((count) => count > 0), expect.toSatisfy((count) => count > 1_000)])
  expect(written).toBe(sent)
  if (outcome === 'unknown') expect(because).toMatch(tooNoisy)
  else expect(because).toMatch(/^p50 on .* slower \(limit .*; duet, /)
  expect(outcome).not.toBe('fail')
})

test.each(['abba', 'control'])('%s: L2 is never shown to be as quick, and is seen on the machine that has it alone', expectL2By)

test('L1: a slow tail is never shown to be as quick, and is seen at the 95th percentile alone', async () => {
  const { run, outcome, because } = await judged('duet', '--defect', 'L1')
  const { sent, written } = sentIn(run)
  expect(sent).toBeGreaterThan(1_000)
  expect(written).toBe(sent)
  expect(outcome).not.toBe('pass')
  expect(because).not.toMatch(/slower: [^;]*p50 on/)
  expect(because).toMatch(outcome === 'fail' ? /slower: [^;]*p95 on/ : tooNoisy)
})
