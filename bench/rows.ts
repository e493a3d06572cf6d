/** All that `npm run bench` measures, in the order in which it does. */
import { once } from '../src/base/gather.ts'
import { prepare } from '../src/setup/prepare.ts'
import { faultRows } from './faults.ts'
import { judgeRows } from './judge.ts'
import { outageRows } from './outage.ts'
import { probeRows } from './probes.ts'
import type { Group } from './row.ts'
import { startUpRows } from './start-up.ts'
import { testRows } from './tests.ts'
import { wholeRows } from './whole.ts'

export function everyGroup(): readonly Group[] {
  const ready = once(async () => {
    const found = await prepare('load')
    // k6 is one of those the observer is compared with.
    process.env.PATH = `${found.k6?.replace(/\/[^/]*$/, '') ?? ''}:${process.env.PATH}`
    return found
  })
  return [startUpRows(ready), wholeRows(ready), faultRows(), probeRows(ready), outageRows(ready), judgeRows(), testRows()]
}
