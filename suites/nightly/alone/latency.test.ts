/** A change under load: k6 sends it all, every answer is in the journal, and a slower release is seen. The other designs: latency-designs.test.ts. */
import { test } from 'vitest'
import { expectL2By } from '../../load-hands.ts'

test('duet: L2 is never shown to be as quick, and is seen on the machine that has it alone', () => expectL2By('duet'))
