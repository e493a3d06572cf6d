/** Two hundred kills of the harness at random moments, with every kind of fault by turns. */
import { test } from 'vitest'
import { expectNothingLeft } from '../../crash-expected.ts'

test('a harness that is killed two hundred times leaves nothing behind', { timeout: 45 * 60_000 }, () => expectNothingLeft(200))
