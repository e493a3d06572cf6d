/** The gate on a small pair, end to end, as it is used before a cut-over; on the invented pair of 77 it is nightly. */
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { configs, verdictOf } from '../command.ts'
import { expectGo, expectNothingRunning, expectRestUnknown, expectSameBytes, type Gate } from '../gate-expected.ts'
import { smallGate, timeScale } from '../gate-small.ts'

const { folder, scenarios } = smallGate()
afterAll(() => rmSync(folder, { recursive: true }))

describe('the gate on a small pair', () => {
  let ended: Gate
  beforeAll(async () => {
    const pair = configs('fleet/crowd', 'mainpc', 'pc2')
    ended = await verdictOf(['gate', '--seed', '20251122', ...pair, '--scenarios', folder, '--time-scale', `${timeScale}`])
  }, 15 * 60_000)

  test('is GO: every scenario in all five stages, every required criterion with evidence', () => expectGo(ended, scenarios))
  test('shows what is not judged as such, and never as a pass', () => expectRestUnknown(ended))
  test('is judged again to the same bytes, from its journal alone', () => expectSameBytes(ended))
  test('ends with one line that names the verdict and the report, and leaves nothing running', () => expectNothingRunning(ended))
})
