/** `npm run crash-test -- --n 200 --seed 7`: kills the harness so often, and says what was left. Exit code 0 only when nothing was. */
import { parseArgs } from 'node:util'
import { exitCode } from '../src/base/errors.ts'
import { newSeed } from '../src/run/identity.ts'
import { crashTest, summaryOf } from './crash-test.ts'

const { values } = parseArgs({ options: { n: { type: 'string', default: '200' }, seed: { type: 'string', default: `${newSeed()}` } } })
const [n, seed] = [Number(values.n), Number(values.seed)]
if (!Number.isInteger(n) || n < 1 || !Number.isInteger(seed) || seed < 0) {
  process.stderr.write('crash-test takes --n NUMBER and --seed NUMBER\n')
  process.exitCode = exitCode.usage
} else {
  const report = await crashTest(n, seed, (line) => process.stderr.write(`${line}\n`))
  process.stdout.write(summaryOf(report))
  process.exitCode = report.leftovers.length === 0 && report.crashes.every(({ left }) => left.length === 0) ? exitCode.go : exitCode.noGo
}
