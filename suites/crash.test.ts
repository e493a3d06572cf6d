/** Five kills of the harness at random moments; two hundred are nightly, and `npm run crash-test -- --n N` makes as many as one likes. */
import { test } from 'vitest'
import { expectNothingLeft } from './crash-expected.ts'

test('a harness that is killed at whatever moment leaves nothing behind', () => expectNothingLeft(5))
